"""nginx from Debian's packages, with whatever a test configures."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.helpers.lab import wait_until


@dataclass(frozen=True, kw_only=True)
class RunningNginx:
    """An nginx that serves."""

    port: int
    pid: int

    def reload(self) -> None:
        """Let it read its configuration again; it does so a moment later."""
        os.kill(self.pid, signal.SIGHUP)


@contextmanager
def running_nginx(folder: Path, http: Callable[[int], str]) -> Iterator[RunningNginx]:
    """Run nginx until the block ends. Skipped where it is missing, but not in CI.

    Args:
        folder: for its files.
        http: returns the content of its `http` block, whose one server listens on this port of 127.0.0.1.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        missing = "nginx is missing; as root: apt-get install nginx-light"
        if os.environ.get("CI"):
            pytest.fail(f"{missing}; CI=1 skips nothing")
        pytest.skip(missing)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = int(listening.getsockname()[1])
        configuration = folder / "nginx.conf"
        configuration.write_text(_configuration(folder, http(port)))
        # nginx takes over the sockets that it finds named here, so that nobody can take the port in between. With
        # `master_process off` it would crash on them.
        inherited = str(listening.fileno())
        process = subprocess.Popen(
            [program, "-p", str(folder), "-c", str(configuration), "-e", str(folder / "nginx.log")],
            env={**os.environ, "NGINX": f"{inherited};"},
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    with ended(process):

        def runs() -> bool:
            assert process.poll() is None, (folder / "nginx.log").read_text()
            return (folder / "nginx.pid").exists()

        wait_until(runs, "nginx runs")
        yield RunningNginx(port=port, pid=process.pid)


@contextmanager
def ended(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> Iterator[None]:
    """End a server with the block, however it takes that."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def _configuration(folder: Path, http: str) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = " ".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    return f"""
daemon off; worker_processes 1; pid {folder / "nginx.pid"};
events {{ }}
http {{
  {temporary} access_log off;
{http}
}}
"""
