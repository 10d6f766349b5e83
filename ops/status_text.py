"""How `status` reads to a person."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from alb_mtls.cluster.acceptance import Accepted
from alb_mtls.cluster.findings import Finding, time_left
from alb_mtls.pki.inventory import fleet_of
from ops.blocks import Block, Level
from ops.current_listeners import CurrentListener
from ops.expiry import Expiry
from ops.findings import block_of
from ops.fleet_rows import few_for_each_fleet, one_row_for_each_fleet
from ops.output import Output
from ops.status import ClientStanding, Status


def print_status(status: Status, output: Output) -> None:
    """Print a status as tables."""
    output.line(f"stack {status.project}/{status.stack}")
    if status.rollover is not None:
        output.line(status.rollover.line)
    output.table(
        "listeners",
        ("AlbConfig", "listener", "requests a certificate", "CA", "edition", "proven"),
        map(_listener, status.listeners),
    )
    on_alb = {one.key: one.snapshot.on_alb is not None for one in status.listeners}
    output.table(
        "clients",
        ("client", "listener", "with its certificate"),
        one_row_for_each_fleet(
            (one.name, one.listener.label, _standing(one, on_alb=on_alb[one.listener])) for one in status.clients
        ),
    )
    output.table(
        "hosts whose clients are rejected without such a certificate",
        ("host", "Ingress", "listener"),
        (row for one in status.listeners if one.requests_certificates for row in _hosts(one)),
    )
    output.table(
        "certificates",
        ("kind", "name", "ends", "time left", "renewed by an up from"),
        (
            (
                end.kind,
                end.name,
                f"{end.not_after:%Y-%m-%d %H:%M} UTC",
                "none" if end.not_after <= status.now else time_left(end.not_after, status.now),
                _renewal(end),
            )
            for end in _one_for_each_fleet(status.expiries)
        ),
    )
    others = sorted(
        {f"{one.key.alb_config}: {name}" for one in status.listeners for name in one.snapshot.field_managers}
    )
    if others:
        output.line(f"others that write the AlbConfig: {'; '.join(others)}")
    for plan in status.plans:
        for line in plan.lines(status.now):
            output.line(line)
    for note in few_for_each_fleet(status.notes):
        output.block(block_of(note, Level.NOTE))
    print_findings(status.findings, status.unknown, output)
    print_accepted(status.accepted, output)
    for sentence in status.superfluous:
        output.line(sentence)


def print_findings(findings: tuple[Finding, ...], unknown: tuple[str, ...], output: Output) -> None:
    """Print findings with what to do about each, and what is not known."""
    if not findings:
        output.line("findings: none")
    for finding in few_for_each_fleet(findings):
        output.block(block_of(finding))
    for sentence in unknown:
        output.block(Block(level=Level.UNKNOWN, subject=sentence))


def print_accepted(accepted: Sequence[Accepted], output: Output) -> None:
    """Print the findings that somebody has accepted; nothing where nobody has."""
    for one in accepted:
        output.line(one.text)


def _one_for_each_fleet(ends: Sequence[Expiry]) -> Iterator[Expiry]:
    """Yield all ends but those of fleets, of which the next counts, with how many there are."""
    number = Counter(fleet for end in ends if (fleet := _fleet_of(end)) is not None)
    for end in ends:
        fleet = _fleet_of(end)
        if fleet is None:
            yield end
        elif fleet in number:
            yield replace(end, name=f"{fleet}: the next of {number.pop(fleet)}, {end.name.removeprefix(f'{fleet}/')}")


def _fleet_of(end: Expiry) -> str | None:
    return fleet_of(end.name) if end.kind == "client" else None


def _renewal(end: Expiry) -> str:
    if end.renewed_from is not None:
        return f"{end.renewed_from:%Y-%m-%d %H:%M} UTC"
    return "never" if end.ends_with is None else f"never: it ends with {end.ends_with}"


def _listener(one: CurrentListener) -> tuple[str, ...]:
    deployed, on_alb = one.deployed, one.snapshot.on_alb
    return (
        one.key.alb_config,
        one.key.text,
        "not known" if on_alb is None else "yes" if on_alb.ca_enabled else "no",
        deployed.ca_identifier or "none",
        one.snapshot.edition or "not known",
        f"at {deployed.proven_at}" if deployed.proven and deployed.proven_at else "no",
    )


def _standing(client: ClientStanding, *, on_alb: bool) -> str:
    if client.accepted is None:
        return f"not known: {client.because}"
    text = "accepted" if client.accepted else f"rejected: {client.because}"
    return text if on_alb else f"{text}, if the listener is as the last up left it"


def _hosts(one: CurrentListener) -> Iterator[tuple[str, ...]]:
    if one.snapshot.hosts is None:
        yield "not known", "", one.key.label
    for host in one.snapshot.hosts or ():
        yield host.host, host.ingress_text, one.key.label
