"""Programs that judge chains as a TLS server does: those of other people, in one process for all chains."""

import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.clients.building import SOURCES, built, run_tool

_LINE = re.compile(r"(?P<name>[a-z-]+): (?P<verdict>accepted|rejected).*")


@dataclass(frozen=True, kw_only=True)
class Verifier:
    """A program.

    Attributes:
        needs: program that must be on PATH.
        judge: returns what it prints of the chains of a folder, a line each.
    """

    needs: str
    judge: Callable[[Path, list[str]], str]

    def verdicts(self, folder: Path, names: Iterable[str]) -> dict[str, str]:
        """Return `accepted` or `rejected` for each chain by name."""
        found = map(_LINE.fullmatch, self.judge(folder, list(names)).splitlines())
        return {one["name"]: one["verdict"] for one in found if one is not None}


def _openssl(folder: Path, names: list[str]) -> str:
    lines = []
    for name in names:
        chain, anchor = folder / f"{name}.chain.pem", folder / f"{name}.anchor.pem"
        # OpenSSL takes the first certificate of a file for the one in question, and -untrusted for what is sent.
        command = ["openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-partial_chain", "-no-CApath"]
        command += ["-no-CAstore", "-CAfile", str(anchor), "-untrusted", str(chain), str(chain)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        lines.append(f"{name}: {'accepted' if run.returncode == 0 else 'rejected'}")
    return "\n".join(lines)


def _go(folder: Path, names: list[str]) -> str:
    def build(made: Path) -> None:
        run_tool(["go", "build", "-trimpath", "-o", str(made / "chains"), "."], folder=SOURCES / "go-chains")

    return run_tool([str(built("go-chains", ["go", "version"], build) / "chains"), str(folder), *names])


def _java(folder: Path, names: list[str]) -> str:
    def build(made: Path) -> None:
        run_tool(["javac", "-Xlint:all", "-Werror", "-d", str(made), "Chains.java"], folder=SOURCES / "java-chains")

    classes = built("java-chains", ["javac", "-version"], build)
    return run_tool(["java", "-XX:TieredStopAtLevel=1", "-cp", str(classes), "Chains", str(folder), *names])


def _rustls(folder: Path, names: list[str]) -> str:
    def build(made: Path) -> None:
        run_tool(["cargo", "build", "--locked", "--quiet", "--target-dir", str(made)], folder=SOURCES / "rustls")

    return run_tool([str(built("rustls", ["cargo", "--version"], build) / "debug" / "chains"), str(folder), *names])


AT_HAND = {
    "openssl": Verifier(needs="openssl", judge=_openssl),
    "go": Verifier(needs="go", judge=_go),
}
"""Those whose tools this project needs anyway."""

OTHERS = {
    "java": Verifier(needs="javac", judge=_java),
    "rustls": Verifier(needs="cargo", judge=_rustls),
}
"""Those whose tools have to be looked for."""
