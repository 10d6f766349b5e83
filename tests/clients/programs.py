"""The clients: curl, and small programs in other languages.

Each program prints the body and, in a line of its own, the status; or what programs of its kind show when they fail.
"""

import functools
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.building import SOURCES, built, run_tool
from tests.clients.one_request import Answer, ClientRequest, curl_options, positional, positional_with_pfx
from tests.helpers.tls_servers import HOST

TLS_VERSIONS = ("1.2", "1.3")
_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client.

    Attributes:
        title: as the documentation names it.
        needs: program that must be on PATH.
        version: returns what is named as its version.
        prepare: returns the command, after building what is missing.
        arguments: of the command, for a request.
        chooses_by_ca: it shows no certificate to a server that names its CAs when none of them signed it.
        blames_server: over TLS 1.2 it takes the alert certificate_expired for a server certificate that it cannot
            verify (docs/facts/x509-and-tls.md, Rejections).
        misses_alerts: over HTTP/2 and TLS 1.3 it sometimes misses the alert and waits until its own timeout (measured:
            JDK 17.0.15, 2 of 64 times, and never over HTTP/1.1). That is no refusal, so it must be asked again.
    """

    title: str
    needs: str
    version: Callable[[], str]
    prepare: Callable[[], list[str]]
    arguments: Callable[[ClientRequest], list[str]] = field(default=positional)
    chooses_by_ca: bool = False
    blames_server: bool = False
    misses_alerts: bool = False

    @property
    def missing(self) -> str:
        """Return in a sentence what is missing to run it; empty when nothing is."""
        return "" if shutil.which(self.needs) else f"{self.title} needs {self.needs}, which is not on PATH"

    def ask(self, request: ClientRequest) -> Answer:
        """Ask a server once."""
        command = [*self.prepare(), *self.arguments(request)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        if run.returncode != 0:
            return Answer(printed=run.stderr.strip())
        body, _, status = run.stdout.rpartition("\n")
        return Answer(status=int(status), body=body)


def _first_line(*command: str) -> Callable[[], str]:
    return lambda: run_tool([*command]).splitlines()[0]


def _rustls_version() -> str:
    packages = tomllib.loads((SOURCES / "rustls" / "Cargo.lock").read_text())["package"]
    version = next(package["version"] for package in packages if package["name"] == "rustls")
    return f"rustls {version}, {_first_line('rustc', '--version')()}"


@functools.cache
def _go() -> list[str]:
    def build(folder: Path) -> None:
        run_tool(["go", "build", "-trimpath", "-o", str(folder / "client"), "."], folder=SOURCES / "go")

    return [str(built("go", ["go", "version"], build) / "client")]


@functools.cache
def _java() -> list[str]:
    def build(folder: Path) -> None:
        run_tool(["javac", "-Xlint:all", "-Werror", "-d", str(folder), "Client.java"], folder=SOURCES / "java")
        (folder / "hosts").write_text(f"127.0.0.1 {HOST}\n")

    classes = built("java", ["javac", "-version"], build)
    settings = {
        "jdk.net.hosts.file": str(classes / "hosts"),
        # Over TLS 1.3 Java leaves its own half open until the server closes TCP, and openssl s_server waits for the
        # client's close_notify before it does: both would wait for ever.
        "jdk.tls.acknowledgeCloseNotify": "true",
    }
    quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
    return ["java", *quick, *(f"-D{name}={value}" for name, value in settings.items()), "-cp", str(classes), "Client"]


@functools.cache
def _rustls() -> list[str]:
    def build(folder: Path) -> None:
        run_tool(["cargo", "build", "--locked", "--quiet", "--target-dir", str(folder)], folder=SOURCES / "rustls")

    return [str(built("rustls", ["cargo", "--version"], build) / "debug" / "client")]


def _node() -> list[str]:
    return ["node", str(SOURCES / "node" / "client.mjs")]


AT_HAND: dict[str, Client] = {
    "curl": Client(
        title="curl",
        needs="curl",
        version=_first_line("curl", "--version"),
        prepare=lambda: ["curl"],
        arguments=curl_options,
        blames_server=True,
    ),
    "python": Client(
        title="Python http.client",
        needs=sys.executable,
        version=_first_line(
            sys.executable, "-c", "import ssl, sys; print(f'Python {sys.version.split()[0]}, {ssl.OPENSSL_VERSION}')"
        ),
        prepare=lambda: [sys.executable, str(SOURCES / "python" / "client.py")],
    ),
    "go": Client(
        title="Go net/http",
        needs="go",
        version=_first_line("go", "version"),
        prepare=_go,
        chooses_by_ca=True,
    ),
}
"""Clients whose tools this project needs anyway."""

OTHERS: dict[str, Client] = {
    "java": Client(
        title="Java HttpClient",
        needs="javac",
        version=_first_line("java", "--version"),
        prepare=_java,
        chooses_by_ca=True,
        misses_alerts=True,
    ),
    "node": Client(title="Node.js https", needs="node", version=_first_line("node", "--version"), prepare=_node),
    "rustls": Client(title="rustls", needs="cargo", version=_rustls_version, prepare=_rustls),
}
"""Clients whose tools have to be looked for."""

NODE_WITH_PFX = Client(
    title="Node.js https with pfx",
    needs="node",
    version=_first_line("node", "--version"),
    prepare=_node,
    arguments=positional_with_pfx,
)
"""Prints what Node.js with key and chain prints; distinguished in tests only."""
