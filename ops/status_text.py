"""How `status` reads to a person."""

from collections.abc import Iterator

from alb_mtls.cluster.findings import Finding
from ops.output import Output
from ops.snapshots import Observed
from ops.status import ClientStanding, Status, asks


def print_status(status: Status, output: Output) -> None:
    """Print a status as tables."""
    output.line(f"stack {status.project}/{status.stack}")
    output.table(
        "listeners", ("AlbConfig", "listener", "asks", "CA", "edition", "proven"), map(_listener, status.observed)
    )
    known = {one.record.key: one.live is not None for one in status.observed}
    output.table(
        "who gets in",
        ("client", "listener", "with its certificate"),
        ((c.name, c.listener.label, _standing(c, known=known[c.listener.key])) for c in status.clients),
    )
    output.table(
        "who is locked out: whoever asks these hosts without such a certificate",
        ("host", "Ingress", "listener"),
        (row for one in status.observed if asks(one) for row in _hosts(one)),
    )
    output.table(
        "certificates",
        ("kind", "name", "ends", "days left", "renewed by an up from"),
        (
            (
                end.kind,
                end.name,
                f"{end.not_after:%Y-%m-%d}",
                str(end.days_left(status.now)),
                "never" if end.renewed_from is None else f"{end.renewed_from:%Y-%m-%d}",
            )
            for end in status.expiries
        ),
    )
    writers = sorted({f"{one.record.key.alb_config}: {writer}" for one in status.observed for writer in one.writers})
    if writers:
        output.line(f"others that write the AlbConfig: {'; '.join(writers)}")
    print_findings(status.findings, status.unknown, output)


def print_findings(findings: tuple[Finding, ...], unknown: tuple[str, ...], output: Output) -> None:
    """Print findings with what to do about each, and what could not be told."""
    output.table(
        "findings",
        ("code", "about", "seen", "what to do"),
        ((str(one.code), one.subject, one.evidence, one.remedy) for one in findings),
    )
    for sentence in unknown:
        output.line(f"could not tell: {sentence}")


def _listener(one: Observed) -> tuple[str, ...]:
    record = one.record
    asking = "not known" if one.live is None else "yes" if one.live.ca_enabled else "no"
    return (
        record.key.alb_config,
        record.key.text,
        asking,
        record.identifier or "none",
        "not known" if one.load_balancer is None else one.load_balancer.edition,
        f"at {record.proven_at}" if record.proven and record.proven_at else "no",
    )


def _standing(client: ClientStanding, *, known: bool) -> str:
    if client.admitted is None:
        return f"not known: {client.because}"
    said = "let in" if client.admitted else f"refused: {client.because}"
    return said if known else f"{said}, if the listener is as the last up left it"


def _hosts(one: Observed) -> Iterator[tuple[str, ...]]:
    if one.albconfig is None:
        yield "not known", "", one.record.label
    for host in one.hosts:
        yield host.host, f"{host.namespace}/{host.ingress}", one.record.label
