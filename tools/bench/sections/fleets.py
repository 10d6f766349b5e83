"""What an `up` of a fleet costs, beside a shell loop of openssl that signs the same requests."""

import itertools
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel

from tools.bench import project
from tools.bench.bench_lab import BenchLab, bench_lab
from tools.bench.deployed import Deployed, deployed
from tools.bench.openssl import P256_KEY, REQUESTS, ROOT, RSA_KEY, shell
from tools.bench.processes import Usage
from tools.bench.pulumi_cli import Cli
from tools.bench.section import Bench, Goal, Section
from tools.bench.sections.previews import EMPTY, nothing
from tools.bench.table import Table, against, ratios, spread_text

_ROUNDS = 3
_GOAL_REQUESTS, _TENTH, _SEVENTH = 1000, 1 / 10, 1 / 7
_PREVIEW = ("preview", "--expect-no-changes")


@dataclass(frozen=True, kw_only=True)
class _Root:
    """A kind of root CA: for a stack, for openssl, and what an `up` may take of the time of the loop."""

    name: str
    key: dict[str, Any]
    openssl: tuple[str, str]
    share: float


_ECDSA = _Root(name="P-256", key=project.P256, openssl=P256_KEY, share=_TENTH)
_RSA = _Root(name="RSA 4096", key=project.RSA_4096, openssl=RSA_KEY, share=_SEVENTH)
_SHARES = {root.name: root.share for root in (_ECDSA, _RSA)}


class Times(BaseModel):
    """Seconds, and processor seconds of everything that was started, in each round."""

    wall: list[float] = []
    cpu: list[float] = []

    def timed(self, run: Callable[[], object]) -> None:
        """Time a run."""
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        run()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.wall.append(time.monotonic() - started)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


class Fleet(BaseModel):
    """An `up` that adds a fleet to a deployed stack, beside the loop.

    Attributes:
        root: kind of the root CA's key.
        usage: of the processes of one more such `up`; None where it takes too long.
        changed: seconds of a preview with one request exchanged.
        unchanged: of one that finds nothing to do.
        empty: of one of a program that does nothing.
    """

    number: int
    root: str
    up: Times
    loop: Times
    usage: Usage
    changed: float
    unchanged: float
    empty: float


class Fleets(BaseModel):
    """All of them."""

    fleets: list[Fleet]


def measure(bench: Bench) -> Fleets:
    """Time an `up` that adds a fleet to a stack that is deployed, for each number of requests.

    Raises:
        BenchError: a command failed.
    """
    size = bench.size
    most = max(*size.fleet, size.fleet_of_rsa)
    bench.report(f"fleets: making {most} requests")
    requests = [_request() for _ in range(most)]
    fleets: list[Fleet] = []
    with bench_lab(bench.report) as lab:
        empty = nothing(lab, bench.folder / "nothing")[EMPTY].cli
        for root, numbers in ((_ECDSA, size.fleet), (_RSA, (size.fleet_of_rsa,))):
            fleets += _of_root(bench, lab, empty, root, [requests[:number] for number in numbers])
    return Fleets(fleets=fleets)


def _of_root(bench: Bench, lab: BenchLab, empty: Cli, root: _Root, fleets: list[list[bytes]]) -> Iterator[Fleet]:
    folder = bench.folder / root.key["algorithm"]
    by_hand = folder / "openssl"
    by_hand.mkdir(parents=True)
    shell(ROOT, by_hand, *root.openssl)
    with deployed(lab, folder / "stack", root.key) as stack:
        for requests in fleets:
            number = len(requests)
            csrs = _folder_of(folder / f"csr-{number}", requests)
            up, loop = Times(), Times()
            rounds = _ROUNDS if number <= bench.size.fleet_repeated else 1
            for each in range(rounds):
                bench.report(f"fleets: {number} with a {root.name} root CA, round {each + 1} of {rounds}")
                _add(stack, csrs)
                up.timed(stack.up)
                loop.timed(lambda: shell(REQUESTS, by_hand, str(csrs)))  # noqa: B023 - called at once
            _, usage = _add(stack, csrs).observed_up()
            changed, unchanged, nothing_at_all = _previews(stack.cli, empty, csrs, requests[0])
            yield Fleet(
                number=number,
                root=root.name,
                up=up,
                loop=loop,
                usage=usage,
                changed=changed,
                unchanged=unchanged,
                empty=nothing_at_all,
            )


def _add(stack: Deployed, csrs: Path) -> Deployed:
    stack.configure(fleets=[{"name": "f", "csrFolder": str(csrs)}])
    return stack


def _previews(cli: Cli, empty: Cli, folder: Path, original: bytes) -> tuple[float, float, float]:
    """Return how long previews take: of one request that changed, of nothing, and of a program that does nothing."""
    unchanged = cli.seconds(*_PREVIEW)
    nothing_at_all = empty.seconds(*_PREVIEW)
    first = folder / "sn-00000.csr"
    first.write_bytes(_request())
    changed = cli.seconds("preview")
    first.write_bytes(original)
    return changed, unchanged, nothing_at_all


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


def slopes(points: list[tuple[int, float]]) -> list[tuple[str, float]]:
    """Return between each two numbers of clients the milliseconds that one more costs.

    Args:
        points: number of clients and seconds of the `up`, in their order.
    """
    return [
        (f"{first:,} to {last:,}", (after - before) / (last - first) * 1000)
        for (first, before), (last, after) in itertools.pairwise(points)
    ]


def _points(figures: Fleets) -> list[tuple[int, float]]:
    return [(one.number, median(one.up.wall)) for one in figures.fleets if one.root == _ECDSA.name]


def _tables(figures: Fleets) -> list[Table]:
    made = Table(
        title="An up that adds a fleet, beside a shell loop of openssl",
        columns=(
            *("P-256 requests", "root CA", "up", "openssl loop", "up / loop", "bound", "up per client", "CPU of up"),
            *("of loop", "of program", "of provider", "of engine", "preview of one change", "of nothing"),
            "of an empty program",
        ),
        notes=[
            (
                "The loop is one `openssl x509 -req -CA` for each request. The stack is deployed before, and its "
                "listener stays as it is."
            ),
            (
                "CPU is user and system time, of all processes; of program, provider and engine that of one more "
                "`up`. Of the last three columns each is one preview: the first with one request exchanged."
            ),
        ],
    )
    for one in figures.fleets:
        share = median(ratios(one.up.wall, one.loop.wall))
        made.add(
            f"{one.number:,}",
            one.root,
            spread_text(one.up.wall, digits=1),
            spread_text(one.loop.wall, digits=1),
            f"{share:.3f}",
            against(round(share, 3), {"limit": round(_SHARES[one.root], 3)}) if one.number >= _GOAL_REQUESTS else "",
            f"{median(one.up.wall) / one.number * 1000:.1f} ms",
            f"{median(one.up.cpu):.1f} s",
            f"{median(one.loop.cpu):.1f} s",
            *one.usage.cpu_cells(),
            *(f"{each:.2f} s" for each in (one.changed, one.unchanged, one.empty)),
        )
    slope = Table(
        title="What one more request costs",
        columns=("from one number of requests to the next", "up, for each request more"),
        rows=[(between, f"{cost:.2f} ms") for between, cost in slopes(_points(figures))],
        notes=["Linear is the same in each row; each is a difference of two times of the table above."],
    )
    return [made, slope]


def _goals(figures: Fleets) -> list[Goal]:
    found = [one for one in figures.fleets if one.root == _ECDSA.name and one.number == _GOAL_REQUESTS]
    lines = ", ".join(f"{cost:.2f} ms ({between})" for between, cost in slopes(_points(figures)))
    return [
        Goal(
            figure="`up` of 1,000 clients as a fleet, by the openssl loop, P-256 root CA",
            aim=f"{_TENTH:g}, linear to 10,000",
            measured=f"{spread_text(shares, digits=3, unit='')}; each request more costs {lines}",
            met=median(shares) <= _TENTH,
        )
        for one in found
        for shares in [ratios(one.up.wall, one.loop.wall)]
    ]


SECTION = Section(name="fleets", figures=Fleets, measure=measure, tables=_tables, goals=_goals)
