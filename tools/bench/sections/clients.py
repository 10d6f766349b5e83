"""What an `up` of many clients costs, beside a shell loop of openssl that makes the same, and where the time goes."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from pydantic import BaseModel

from alb_mtls.pki.client import ClientIssuer
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.subject import Subject
from tools.bench import project
from tools.bench.bench_lab import BenchLab, bench_lab
from tools.bench.deployed import Deployed, deployed
from tools.bench.openssl import CLIENTS, P256_KEY, ROOT, shell
from tools.bench.processes import PARTS, Usage
from tools.bench.pulumi_cli import Cli
from tools.bench.section import Bench, Goal, Section
from tools.bench.table import Table, against, ratios, spread_text

_DAYS = 3650
_ROUNDS = 3
_GOAL_CLIENTS, _AIM = 100, 1.0


class Added(BaseModel):
    """Adding a number of clients.

    Attributes:
        up: seconds of an `up` that adds them to a deployed stack, by round.
        first: of a first `up` of a stack that has them, with its proof; where it was timed.
        loop: of the openssl loop, by round.
        unsaved: of the first kind of `up`, without checkpoints.
        issuing: of keys and certificates alone.
        usage: of the processes of an `up` that adds them.
    """

    number: int
    up: list[float]
    first: list[float]
    loop: list[float]
    unsaved: float
    issuing: float
    usage: Usage


class Clients(BaseModel):
    """All numbers.

    Attributes:
        one: seconds of an `up` that adds one client, by round.
    """

    one: list[float]
    numbers: list[Added]


def measure(bench: Bench) -> Clients:
    """Time an `up` for each number of P-256 clients.

    Raises:
        BenchError: a command failed.
    """
    with bench_lab(bench.report) as lab:
        added = []
        with deployed(lab, bench.folder / "added", project.P256, checkpoints=False) as stack:
            bench.report("clients: up that adds one")
            one = [_add(stack, 1).up() for _ in range(_ROUNDS)]
            for number in bench.size.clients:
                rounds = _ROUNDS if number <= bench.size.clients_repeated else 1
                added.append(_added(bench, stack, number, rounds))
        for each in added:
            if each.number <= bench.size.clients_repeated:
                bench.report(f"clients: first up of {each.number}, with its proof")
                each.first = [
                    _first_up(lab, bench.folder / f"first-{each.number}-{take}", each.number)
                    for take in range(len(each.up))
                ]
    return Clients(one=one, numbers=added)


def _add(stack: Deployed, number: int) -> Deployed:
    stack.configure(clients=project.clients(number, project.P256))
    return stack


def _added(bench: Bench, stack: Deployed, number: int, rounds: int) -> Added:
    up, loop = [], []
    usage = None
    for take in range(rounds):
        bench.report(f"clients: up that adds {number}, and openssl loop, round {take + 1} of {rounds}")
        if rounds > 1:
            up.append(_add(stack, number).up())
        else:
            # Minutes: it is not repeated just to look at its processes.
            seconds, usage = _add(stack, number).observed_up()
            up.append(seconds)
        by_hand = bench.folder / f"openssl-{number}-{take}"
        by_hand.mkdir()
        loop.append(shell(ROOT, by_hand, *P256_KEY) + shell(CLIENTS, by_hand, str(number)))
    bench.report(f"clients: up that adds {number}, without checkpoints, and with a look at its processes")
    unsaved = _add(stack, number).up(PULUMI_SKIP_CHECKPOINTS="true")
    if usage is None:
        _, usage = _add(stack, number).observed_up()
    return Added(
        number=number, up=up, first=[], loop=loop, unsaved=unsaved, issuing=_issuing_seconds(number), usage=usage
    )


def _first_up(lab: BenchLab, folder: Path, number: int) -> float:
    cli = Cli(folder=project.program(folder), environment=lab.environment(folder.with_suffix(".pulumi")))
    cli.init()
    project.configure(cli.folder, project.with_clients(lab, number, project.P256))
    try:
        return cli.seconds("up", "--yes", "--skip-preview")
    finally:
        cli.seconds("destroy", "--yes", "--skip-preview", PULUMI_SKIP_CHECKPOINTS="true")


def _issuing_seconds(number: int) -> float:
    """Return how long keys and certificates alone take, made by alb_mtls/pki in this process, one after another."""
    spec = KeySpec(algorithm="ecdsa", size=None, curve="P-256")
    root_key = generate_private_key(spec)
    now = datetime.now(UTC)
    root = issue_root(key=root_key, subject=Subject(common_name="root"), validity=timedelta(days=_DAYS), now=now)
    started = time.monotonic()
    issuer = ClientIssuer(issuer_certificate=root, issuer_key=root_key)
    for each in range(number):
        key = generate_private_key(spec)
        certificate = issuer.issue(
            public_key=key.public_key(),
            subject=Subject(common_name=f"client-{each}"),
            sans=[],
            validity=timedelta(days=_DAYS),
            now=now,
        )
        private_key_pem(key)
        certificate_pem(certificate)
    return time.monotonic() - started


def _tables(figures: Clients) -> list[Table]:
    total = Table(
        title="An up of many clients, beside a shell loop of openssl",
        columns=(
            *("P-256 clients", "up that adds them to a deployed stack", "openssl loop", "up / loop", "bound"),
            *("first up, with its proof", "first up / loop", "up per client", "loop per client"),
        ),
        notes=[
            (
                "The loop makes a root CA, and a key, a request and a certificate of each client. Ratios are "
                "medians of those of each round; of the largest number there is one."
            ),
        ],
    )
    for one in figures.numbers:
        share = median(ratios(one.up, one.loop))
        first = (
            [spread_text(one.first, digits=1), f"{median(ratios(one.first, one.loop)):.1f}"] if one.first else ["", ""]
        )
        total.add(
            str(one.number),
            spread_text(one.up, digits=1),
            spread_text(one.loop, digits=1),
            f"{share:.2f}",
            against(share, {"aim": _AIM}) if one.number == _GOAL_CLIENTS else "",
            *first,
            f"{median(one.up) / one.number * 1000:.0f} ms",
            f"{median(one.loop) / one.number * 1000:.0f} ms",
        )
    return [total, _parts(figures)]


def _parts(figures: Clients) -> Table:
    parts = Table(
        title="Where the time of an up that adds clients goes",
        columns=("", *(f"{one.number} clients" for one in figures.numbers)),
        notes=[
            "The first four rows add up to the `up`, but for what scatters between two runs.",
            (
                "Saving is what the same `up` is faster with `PULUMI_SKIP_CHECKPOINTS=true`, which saves once. "
                "A file backend writes the whole file before and after each step, so this part grows with the square."
            ),
            (
                "It is what lets a killed run be healed: the program refuses that variable, and the bench times a "
                "copy that does not."
            ),
        ],
    )
    one = median(figures.one)
    columns = [_column(added, one) for added in figures.numbers]
    for name in columns[0] if columns else ():
        parts.add(name, *(column[name] for column in columns))
    return parts


def _column(added: Added, one: float) -> dict[str, str]:
    saving = median(added.up) - added.unsaved
    return {
        "saving the state file": _shown(saving),
        "what an `up` that adds one client takes": _shown(one),
        "keys and certificates": _shown(added.issuing),
        "registering and calling the providers": _shown(median(added.up) - saving - one - added.issuing),
        **{f"CPU time of the {part}": cell for part, cell in zip(PARTS, added.usage.cpu_cells(), strict=True)},
        **{f"memory of the {part}": cell for part, cell in zip(PARTS, added.usage.peak_cells(), strict=True)},
    }


def _shown(seconds: float) -> str:
    # Differences of measurements scatter around nothing.
    return f"{max(seconds, 0.0):.1f} s"


def _goals(figures: Clients) -> list[Goal]:
    found = [one for one in figures.numbers if one.number == _GOAL_CLIENTS]
    return [
        Goal(
            figure="`up` of 100 `clients`, by the openssl loop",
            aim=f"{_AIM:g}",
            measured=(
                f"{spread_text(ratios(one.up, one.loop), unit='')} added to a deployed stack; "
                f"{spread_text(ratios(one.first, one.loop), unit='')} as a first `up`, with its proof of the listener"
            ),
            met=median(ratios(one.up, one.loop)) <= _AIM,
        )
        for one in found
    ]


SECTION = Section(name="clients", figures=Clients, measure=measure, tables=_tables, goals=_goals)
