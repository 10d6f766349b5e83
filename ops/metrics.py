"""What a look at a stack comes to in numbers, as Prometheus text. Pure.

Names and units as prometheus.io/docs/practices/naming has them. What is not known is absent and never NaN, which no
comparison of PromQL finds; a number beside it says that it is not known.
"""

import platform
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from alb_mtls.cluster.findings import FindingCode
from alb_mtls.imports import import_turn
from alb_mtls.pki.inventory import fleet_of
from alb_mtls.redaction import one_line
from alb_mtls.version import VERSION
from ops.current_listeners import CurrentListener
from ops.expiry import Expiry
from ops.findings import OF_A_LISTENER, OpsFindingCode, level_of
from ops.git_owned import awaited
from ops.listener_standing import ListenerStanding, StandingState
from ops.moments import moment_of
from ops.status import Status

if TYPE_CHECKING:
    from prometheus_client import Gauge

_STACK: Final = ("project", "stack")
# Each client, and each fleet, is a series for each of its numbers; more of them are one.
_MOST_SERIES: Final = 100
_ALL: Final = "*"
_CODES_OF_ENDS: Final = (str(FindingCode.CA_EXPIRING), str(OpsFindingCode.CLIENT_EXPIRING))
_KINDS: Final = {"root CA": "root_ca", "cross certificate": "cross_certificate", "client": "client"}


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a stack.

    Attributes:
        project: empty when it is not known, as is `stack`.
        began: aware.
        seconds: how long it took.
        status: what was found; None when the state could not be read or the command failed otherwise.
    """

    project: str
    stack: str
    began: datetime
    seconds: float
    status: Status | None


@dataclass(frozen=True, kw_only=True)
class _Group:
    """Certificates that are one series: a single one, or all of a fleet."""

    kind: str
    name: str
    ends: tuple[Expiry, ...]


class _Gauges:
    """The gauges of one look: each is made with its first value, so that nothing without a value is printed."""

    def __init__(self, look: Look) -> None:
        with import_turn:
            from prometheus_client import CollectorRegistry

        self.registry = CollectorRegistry()
        self._look = (look.project, look.stack)
        self._made: dict[str, Gauge] = {}

    def set(self, name: str, text: str, value: float, /, **labels: str) -> None:
        """Set `alb_mtls_<name>` of this stack, with more labels."""
        with import_turn:
            from prometheus_client import Gauge

        if name not in self._made:
            self._made[name] = Gauge(f"alb_mtls_{name}", text, (*_STACK, *labels), registry=self.registry)
        self._made[name].labels(*map(one_line, (*self._look, *labels.values()))).set(value)


def exposition(look: Look) -> str:
    """Return the numbers of a look as text for a file of node_exporter's textfile collector."""
    with import_turn:
        from prometheus_client import generate_latest

    gauges = _Gauges(look)
    status = look.status
    success = status is not None and not status.unknown
    gauges.set("look_success", "1 when everything could be looked at, 0 when something could not.", success)
    gauges.set("look_timestamp_seconds", "When the look began.", look.began.timestamp())
    gauges.set("look_duration_seconds", "How long the look took.", look.seconds)
    gauges.set(
        "build_info",
        "Always 1; the labels say what looked.",
        1,
        version=VERSION,
        python_version=platform.python_version(),
    )
    if status is not None:
        gauges.set("look_unknowns", "What could not be looked at, as status lists it.", len(status.unknown))
        for one, standing in zip(status.listeners, status.standings, strict=True):
            _set_listener(gauges, one, standing)
            _set_problems(gauges, status, one)
        _set_certificates(gauges, status)
        _set_findings(gauges, status)
    text: str = generate_latest(gauges.registry).decode("utf-8")
    return text


def _set_listener(gauges: _Gauges, one: CurrentListener, standing: ListenerStanding) -> None:
    listener = one.key.output_key
    known = standing.state is not StandingState.NOT_KNOWN
    gauges.set("listener_known", "1 when the ALB API showed what the listener does.", known, listener=listener)
    if known:
        gauges.set(
            "listener_enforced",
            "1 when it requests client certificates of the CA of this stack; absent when not known.",
            standing.state is StandingState.ENFORCED,
            listener=listener,
        )
        gauges.set(
            "listener_proven",
            "1 when the last proof has shown what the listener does now; absent when not known.",
            standing.proven_at is not None,
            listener=listener,
        )
    if one.deployed.enabled is not None:
        gauges.set(
            "listener_enforcement_desired",
            "1 when the last up was to let it request client certificates; absent before the first one.",
            one.deployed.enabled,
            listener=listener,
        )
    gauges.set(
        "listener_awaiting_git",
        "1 while Git has not brought the AlbConfig to what an up has prepared; always 0 where an up writes it.",
        awaited(one) is not None,
        listener=listener,
    )
    proven_at = moment_of(one.deployed.proven_at) if one.deployed.proven else None
    if proven_at is not None:
        gauges.set(
            "listener_last_proof_timestamp_seconds",
            "When handshakes last proved what an up made of the listener; absent when none did.",
            proven_at.timestamp(),
            listener=listener,
        )
        _set_proof(gauges, one, listener)


def _set_problems(gauges: _Gauges, status: Status, one: CurrentListener) -> None:
    # By listener, so that one alert names a listener whatever else is found of it.
    number = sum(found.code in OF_A_LISTENER and found.subject == one.key.label for found in status.findings)
    if number or not status.unknown:
        gauges.set(
            "listener_problems",
            "Findings NOT_ENFORCED, UNEXPECTED_CA and DRIFT of the listener; absent when none is known.",
            number,
            listener=one.key.output_key,
        )


def _set_proof(gauges: _Gauges, one: CurrentListener, listener: str) -> None:
    shown = None if one.deployed.switch is None else one.deployed.switch.proof_shown
    if shown is None or not shown.connections:
        return
    for name, text, value in (
        ("connections", "Right answers in a row to each address in the last proof.", shown.connections),
        ("wrong_ratio_bound", "At most this share of the machines behind answers otherwise (95 %).", shown.bound),
        ("addresses_asked", "Addresses that the last proof connected to.", len(shown.addresses_asked)),
        (
            "addresses_known",
            "Addresses that the listener had then; absent when nobody could look them up.",
            len(shown.addresses_known),
        ),
    ):
        if name != "addresses_known" or value:
            gauges.set(f"listener_proof_{name}", text, value, listener=listener)


def _set_certificates(gauges: _Gauges, status: Status) -> None:
    accepted = {(str(one.finding.code), one.finding.subject) for one in status.accepted}
    for group in _groups(status.expiries):
        labels = {"kind": group.kind, "name": group.name}
        windows = [one.renewed_from for one in group.ends if one.renewed_from is not None]
        alarms = [
            one.finding_from
            for one in group.ends
            if one.matters and not any((code, one.subject) in accepted for code in _CODES_OF_ENDS)
        ]
        gauges.set("certificates", "Certificates in force, of a fleet all of them.", len(group.ends), **labels)
        gauges.set(
            "certificates_in_renewal_window",
            "How many of them the next up renews.",
            sum(moment <= status.now for moment in windows),
            **labels,
        )
        gauges.set(
            "certificate_not_after_timestamp_seconds",
            "When the certificate ends; of a fleet the first one.",
            min(one.not_after for one in group.ends).timestamp(),
            **labels,
        )
        if windows:
            gauges.set(
                "certificate_renewal_timestamp_seconds",
                "From when on an up renews it; of a fleet the first one. Absent when no up does.",
                min(windows).timestamp(),
                **labels,
            )
        if alarms:
            gauges.set(
                "certificate_overdue_timestamp_seconds",
                "From when on status finds its end; absent when nobody is rejected by it, or somebody accepted it.",
                min(alarms).timestamp(),
                **labels,
            )


def _groups(ends: Sequence[Expiry]) -> Iterator[_Group]:
    """Yield each root CA and cross certificate, and clients and fleets: each, or all where they are many."""
    clients = [one for one in ends if one.kind == "client"]
    for one in ends:
        if one.kind != "client":
            yield _Group(kind=_KINDS[one.kind], name=one.name, ends=(one,))
    fleets: dict[str, list[Expiry]] = {}
    single: list[Expiry] = []
    for one in clients:
        fleet = fleet_of(one.name)
        (single if fleet is None else fleets.setdefault(fleet, [])).append(one)
    yield from _capped([_Group(kind="client", name=one.name, ends=(one,)) for one in single])
    yield from _capped([_Group(kind="fleet", name=fleet, ends=tuple(some)) for fleet, some in fleets.items()])


def _capped(some: Sequence[_Group]) -> Sequence[_Group]:
    if len(some) <= _MOST_SERIES:
        return some
    return [_Group(kind=some[0].kind, name=_ALL, ends=tuple(end for one in some for end in one.ends))]


def _set_findings(gauges: _Gauges, status: Status) -> None:
    counting = _numbers(str(one.code) for one in status.findings)
    passed = _numbers(str(one.finding.code) for one in status.accepted)
    # A series that comes with the first finding would have no earlier value to compare with; where something could not
    # be looked at, none found is none known.
    for code in sorted({*FindingCode, *OpsFindingCode} - {OpsFindingCode.SUPERSEDED_CLIENT}):
        for accepted, numbers in (("false", counting), ("true", passed)):
            if status.unknown and str(code) not in numbers:
                continue
            gauges.set(
                "findings",
                "Findings of status by code; the accepted ones make no exit code.",
                numbers.get(str(code), 0),
                code=str(code),
                level=str(level_of(code)),
                accepted=accepted,
            )


def _numbers(codes: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code in codes:
        found[code] = found.get(code, 0) + 1
    return found
