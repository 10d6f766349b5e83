"""A provider process ends when its engine is gone, and not before.

The engine is a socket of the test, as the real one is to the watch: it takes connections, or it does not.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from components.providers.engine_watch import engine_address
from tests.helpers.documents import REPOSITORY

SECONDS = 20
PROVIDER = """
import os, sys
from components.providers.engine_watch import Watch
host, port = sys.argv[1].split(":")
watch = Watch(lambda: os._exit(1))
watch.start((host, int(port)))
with watch.to_the_end():
    print("holds a claim", flush=True)
    sys.stdin.readline()
print("is done", flush=True)
sys.stdin.readline()
print("goes on", flush=True)
"""


@pytest.fixture
def engine() -> Iterator[socket.socket]:
    """The engine, as long as it listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def provider(engine: socket.socket) -> Iterator["subprocess.Popen[str]"]:
    """A process that watches the engine and holds a claim until it reads a line."""
    address = f"127.0.0.1:{engine.getsockname()[1]}"
    words = [sys.executable, "-c", PROVIDER, address]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert heard(process) == "holds a claim"
            yield process
        finally:
            process.kill()


@contextmanager
def server_of(engine: socket.socket) -> "Iterator[subprocess.Popen[str]]":
    """The process that Pulumi starts by Pulumi.yaml, for an engine that has not called it yet."""
    [plugin] = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text("utf-8"))["plugins"]["providers"]
    words = [str(REPOSITORY / plugin["path"] / "pulumi-resource-pulumi-python"), f"127.0.0.1:{engine.getsockname()[1]}"]
    environment = {**os.environ, "PULUMI_RUNTIME_VIRTUALENV": ".venv"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def heard(process: "subprocess.Popen[str]") -> str:
    """Return the next line of the provider; nothing when it has ended."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def accepted(engine: socket.socket) -> socket.socket:
    """Return the connection by which the engine is watched."""
    engine.settimeout(SECONDS)
    return engine.accept()[0]


def test_it_ends_with_its_engine(engine: socket.socket, provider: "subprocess.Popen[str]") -> None:
    watched = accepted(engine)
    tell(provider)
    assert heard(provider) == "is done"
    engine.close()
    watched.close()
    assert provider.wait(SECONDS) == 1


def test_what_holds_the_claim_comes_to_its_end_first(engine: socket.socket, provider: "subprocess.Popen[str]") -> None:
    watched = accepted(engine)
    engine.close()
    watched.close()
    with pytest.raises(subprocess.TimeoutExpired):
        provider.wait(1)
    tell(provider)
    assert provider.wait(SECONDS) == 1
    assert heard(provider) == ""


def test_it_goes_on_when_the_engine_only_drops_a_connection(
    engine: socket.socket, provider: "subprocess.Popen[str]"
) -> None:
    accepted(engine).close()
    with accepted(engine):
        tell(provider)
        assert heard(provider) == "is done"
        tell(provider)
        assert heard(provider) == "goes on"
        assert provider.wait(SECONDS) == 0


def test_a_process_that_was_never_called_ends_with_its_engine(engine: socket.socket) -> None:
    with server_of(engine) as process:
        watched = accepted(engine)
        engine.close()
        watched.close()
        assert process.wait(SECONDS) == 1


def test_a_process_that_was_never_called_waits_for_an_engine_that_is_there(engine: socket.socket) -> None:
    with server_of(engine) as process, accepted(engine):
        # Its port: Pulumi's server is ready.
        assert heard(process).isdecimal()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)


@pytest.mark.parametrize(
    ("argv", "address"),
    [
        (["/lib/pulumi/dynamic/__main__.py", "127.0.0.1:4711"], ("127.0.0.1", 4711)),
        (["/program/components/providers/server/__main__.py", "127.0.0.1:4711"], ("127.0.0.1", 4711)),
        (["/lib/pulumi/dynamic/__main__.py"], None),
        (["/bin/pytest", "127.0.0.1:4711"], None),
    ],
)
def test_only_the_process_of_the_providers_has_an_engine(argv: list[str], address: tuple[str, int] | None) -> None:
    assert engine_address(argv) == address
