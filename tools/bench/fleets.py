"""What an `up` of a fleet costs, beside a shell loop of openssl that signs the same requests."""

import resource
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tools.bench import project
from tools.bench.bench_lab import BenchLab
from tools.bench.errors import BenchError
from tools.bench.pulumi_cli import Cli
from tools.bench.table import Table, against

Report = Callable[[str], None]

# What signs a folder of requests by hand; the root CA and the extensions come first, and are not timed.
_PREPARED = r"""
set -eu
openssl req -x509 -newkey "$1" $2 -noenc -days 3650 -subj /C=CN/O=alibaba/CN=root \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth \
  subjectKeyIdentifier=hash authorityKeyIdentifier=keyid > client.cnf
"""
_LOOP = r"""
set -eu
for request in "$1"/*.csr; do
  openssl x509 -req -sha256 -days 3649 -in "$request" -CA ca.crt -CAkey ca.key -extfile client.cnf -out client.crt
done
"""
_UP = ("up", "--yes", "--skip-preview")
# Up to here each is timed three times, and the median counts; beyond once, since the loop takes minutes.
_REPEATED, _ROUNDS = 1000, 3
_TENTH, _SEVENTH = 1 / 10, 1 / 7


@dataclass(frozen=True, kw_only=True)
class _Root:
    """A kind of root CA: for a stack, for openssl, and what an `up` may take of the time of the loop."""

    name: str
    key: dict[str, Any]
    openssl: tuple[str, str]
    share: float


_ECDSA = _Root(name="P-256", key=project.P256, openssl=("ec", "-pkeyopt ec_paramgen_curve:P-256"), share=_TENTH)
_RSA = _Root(name="RSA 4096", key=project.RSA_4096, openssl=("rsa:4096", ""), share=_SEVENTH)


@dataclass(kw_only=True)
class _Times:
    """Seconds, and processor seconds of everything that was started, in each round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def timed(self, run: Callable[[], object]) -> None:
        """Time a run."""
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall.append(time.monotonic() - started)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measure(lab: BenchLab, folder: Path, *, numbers: tuple[int, ...], rsa: int, report: Report) -> Table:
    """Time an `up` that adds a fleet to a stack that is deployed, for each number of requests.

    The listener is on already and stays as it is, so no proof is in these times: the one for a change of a listener
    takes the same with and without a fleet.

    Args:
        lab: whose listener the stack is on.
        folder: for projects, requests and state.
        numbers: of requests, signed by an ECDSA root CA.
        rsa: how many are signed by an RSA 4096 root CA.
        report: is called with each step.

    Raises:
        BenchError: a command failed.
    """
    table = Table(
        title="An up that adds a fleet, beside a shell loop of openssl",
        columns=(
            *("P-256 requests", "root CA", "up", "openssl loop", "up / loop", "bound", "up per client"),
            *("CPU of up", "of loop", "preview of one change", "of nothing", "of an empty program"),
        ),
        notes=[
            "The loop is one `openssl x509 -req -CA` for each request.",
            "The stack is deployed before, and its listener stays as it is.",
            "CPU is user and system time of all processes.",
            "Of the last three columns each is one preview: the first with one request exchanged.",
        ],
    )
    most = max(*numbers, rsa)
    report(f"fleets: making {most} requests")
    folder.mkdir(parents=True)
    requests = [_request() for _ in range(most)]
    for root, sizes in ((_ECDSA, numbers), (_RSA, (rsa,))):
        for row in _rows(lab, folder / root.key["algorithm"], root, [requests[:size] for size in sizes], report):
            table.add(*row)
    return table


def _rows(
    lab: BenchLab, folder: Path, root: _Root, fleets: list[list[bytes]], report: Report
) -> Iterator[tuple[str, ...]]:
    environment = lab.environment(folder)
    empty = Cli(folder=project.other(folder / "nothing"), environment=environment)
    empty.init()
    empty.seconds(*_UP)
    cli = Cli(folder=project.program(folder / "whole"), environment=environment)
    cli.init()
    config = project.dev_config(lab)
    config["alb-mtls:rootCa"]["key"] = root.key
    config["alb-mtls:proof"]["mode"] = "api"
    config["alb-mtls:clients"] = []
    project.configure(cli.folder, config)
    by_hand = folder / "openssl"
    by_hand.mkdir()
    _shell(_PREPARED, by_hand, *root.openssl)
    try:
        cli.seconds(*_UP)
        cli.seconds("stack", "export", "--file", "base.json", "--stack", project.STACK)
        for requests in fleets:
            number = len(requests)
            taken = _folder_of(folder / f"csr-{number}", requests)
            project.configure(cli.folder, {**config, "alb-mtls:fleets": [{"name": "f", "csrFolder": str(taken)}]})
            up, loop = _Times(), _Times()
            for each in range(_ROUNDS if number <= _REPEATED else 1):
                report(f"fleets: {number} with a {root.name} root CA, round {each + 1}")
                cli.seconds("stack", "import", "--file", "base.json", "--stack", project.STACK)
                up.timed(lambda: cli.seconds(*_UP))
                loop.timed(lambda: _shell(_LOOP, by_hand, str(taken)))  # noqa: B023 - called at once
            previews = _previews(cli, empty, taken, requests[0])
            yield str(number), root.name, *_row(number, root, up, loop), *(f"{one:.2f} s" for one in previews)
    finally:
        cli.seconds("destroy", "--yes", "--skip-preview")


def _row(number: int, root: _Root, up: _Times, loop: _Times) -> tuple[str, ...]:
    share = median(ours / theirs for ours, theirs in zip(up.wall, loop.wall, strict=True))
    return (
        f"{median(up.wall):.1f} s",
        f"{median(loop.wall):.1f} s",
        f"{share:.3f}",
        against(round(share, 3), {"limit": round(root.share, 3)}) if number >= _REPEATED else "",
        f"{median(up.wall) / number * 1000:.1f} ms",
        f"{median(up.cpu):.1f} s",
        f"{median(loop.cpu):.1f} s",
    )


def _previews(cli: Cli, empty: Cli, folder: Path, original: bytes) -> tuple[float, float, float]:
    """Return how long previews take: of one request that changed, of nothing, and of a program that does nothing."""
    unchanged = cli.seconds("preview", "--expect-no-changes")
    nothing = empty.seconds("preview", "--expect-no-changes")
    first = folder / "sn-00000.csr"
    first.write_bytes(_request())
    changed = cli.seconds("preview")
    first.write_bytes(original)
    return changed, unchanged, nothing


def _request() -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    )
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM)


def _folder_of(folder: Path, requests: list[bytes]) -> Path:
    folder.mkdir()
    for number, request in enumerate(requests):
        (folder / f"sn-{number:05}.csr").write_bytes(request)
    return folder


def _shell(script: str, folder: Path, *arguments: str) -> None:
    done = subprocess.run(
        ["sh", "-c", script, "sh", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        message = f"openssl in {folder} ended with {done.returncode}:\n{done.stderr}"
        raise BenchError(message)
