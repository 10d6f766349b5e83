"""A listener without a network: it answers the requests of a proof by a rule."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from alb_mtls.handshake.baseline import Baseline, baseline
from alb_mtls.handshake.checks import Client, Proof
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe_clients import ProbeClients, probe_clients_of
from alb_mtls.handshake.proof import prove_enforced
from alb_mtls.handshake.proving import Measure
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsSession, TlsVersion
from alb_mtls.handshake.ways import ORDINARY, Way
from tests.helpers.certificates import make_client, make_root

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW)
ALICE = make_client(ROOT, now=NOW)
PROBES = probe_clients_of(
    ROOT.certificate, ROOT.key, NOW, given=ClientCredential(chain=[ALICE.certificate], key=ALICE.key)
)
OF_GENERATIONS = {
    Client.WITH_CROSS,
    Client.STILL_WITH_CROSS,
    Client.OLD_GENERATION,
    Client.OLD_GENERATION_WITH_ALL,
    Client.RESUMED_OLD_GENERATION,
}
EVERYBODY = set(Client) - {Client.RESUMED_ELSEWHERE} - OF_GENERATIONS
"""Who asks a listener that has its load balancer and its host for itself, of a CA of one generation."""
OURS = (PROBES.valid, PROBES.given)


def few() -> Measure:
    """Return a measure that takes a test no time."""
    return Measure(connections=12)


KNOWN = ProofContext(ca_name=ROOT.certificate.subject)
TARGET = Target(address="192.0.2.1", port=443, host="demo.alb.ingress.top")
OTHER_TARGET = Target(address="192.0.2.2", port=443, host="demo.alb.ingress.top")

ACCEPTED = Observation(verdict=Verdict.ACCEPTED, status=200, tls="1.3")
REQUESTED_AND_ACCEPTED = replace(ACCEPTED, requested=True)
REJECTED = Observation(verdict=Verdict.REJECTED_BY_ALERT, alert=116, requested=True, tls="1.3")
PAGE = Observation(verdict=Verdict.REJECTED_BY_PAGE, status=400, requested=True, tls="1.3")
SILENT = Observation(verdict=Verdict.UNREACHABLE, reason="Connection refused")
UNSUPPORTED_VERSION = Observation(verdict=Verdict.UNSUPPORTED_VERSION, reason="alert protocol_version")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a listener gets."""

    target: Target
    credential: ClientCredential | None
    tls: TlsVersion | None
    http: HttpVersion
    session: TlsSession | None
    way: Way = ORDINARY


Answering = Callable[[Request], Observation]


@dataclass
class ScriptedListener:
    """Answers by a rule, and remembers its requests."""

    rule: Answering
    requests: list[Request] = field(default_factory=list)

    def __call__(self, target: Target, **how: Any) -> Observation:
        """Answer one request."""
        how.pop("deadline_seconds")
        request = Request(target=target, session=how.pop("session", None), **how)
        self.requests.append(request)
        return self.rule(request)


def before(listener: ScriptedListener, *targets: Target) -> Baseline:
    """Return the baseline of a listener at TARGET and more, and forget the requests for that."""
    earlier = baseline([TARGET, *targets], deadline_seconds=0, send=listener)
    listener.requests.clear()
    return earlier


def switched(was: Answering, is_now: Answering, *targets: Target) -> tuple[Baseline, ScriptedListener]:
    """Return the baseline of a listener that answered by one rule, and the listener, which answers by another now."""
    listener = ScriptedListener(was)
    earlier = before(listener, *targets)
    listener.rule = is_now
    return earlier, listener


def session_of(credential: ClientCredential | None) -> TlsSession:
    return TlsSession(credential=credential, context=None, session=None)


def opened(request: Request) -> Observation:
    return replace(ACCEPTED, session=session_of(request.credential))


def enforced(request: Request) -> Observation:
    """Accept who has a valid certificate, and nobody else."""
    if request.credential is not None and request.credential in OURS:
        return replace(REQUESTED_AND_ACCEPTED, session=session_of(request.credential))
    return REJECTED


def resumes_old_sessions(request: Request) -> Observation:
    """Reject as `enforced` does, but for who resumes a session of before the switch."""
    if request.session is not None and request.credential is None:
        return replace(ACCEPTED, resumed=True)
    return enforced(request)


def proven(was: Answering, is_now: Answering, *targets: Target, probes: ProbeClients = PROBES) -> Proof:
    """Return the proof that a listener, which answered by one rule, enforces client certificates by another now."""
    earlier, listener = switched(was, is_now, *targets)
    return prove_enforced(earlier, probes, deadline_seconds=9, context=KNOWN, measure=few(), send=listener)


def failure(was: Answering, is_now: Answering, *targets: Target, probes: ProbeClients = PROBES) -> ProofFailed:
    """Return why one round does not prove that such a listener enforces client certificates."""
    earlier, listener = switched(was, is_now, *targets)
    with pytest.raises(ProofFailed) as failed:
        prove_enforced(earlier, probes, deadline_seconds=0, context=KNOWN, measure=few(), send=listener)
    return failed.value
