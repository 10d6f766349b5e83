"""A listener without a network: it answers the requests of a proof as it is told."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from alb_mtls.handshake.baseline import Baseline, baseline
from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe_clients import ClientCredential, ProbeClients, probe_clients_of
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsSession, TlsVersion
from tests.helpers.certificates import make_root

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW)
PROBES = probe_clients_of(ROOT.certificate, ROOT.key, NOW)
TARGET = Target(address="192.0.2.1", port=443, host="demo.alb.ingress.top")
OTHER_TARGET = Target(address="192.0.2.2", port=443, host="demo.alb.ingress.top")

LET_IN = Observation(verdict=Verdict.LET_IN, status=200, tls="1.3")
ASKED_AND_LET_IN = replace(LET_IN, asked=True)
REFUSED = Observation(verdict=Verdict.REFUSED_BY_ALERT, alert=116, asked=True, tls="1.3")
PAGE = Observation(verdict=Verdict.REFUSED_BY_PAGE, status=400, asked=True, tls="1.3")
SILENT = Observation(verdict=Verdict.UNREACHABLE, reason="Connection refused")
UNSUPPORTED_VERSION = Observation(verdict=Verdict.UNSUPPORTED_VERSION, reason="alert protocol_version")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a listener is asked."""

    target: Target
    identity: ClientCredential | None
    tls: TlsVersion | None
    http: HttpVersion
    session: TlsSession | None


Answering = Callable[[Request], Observation]


@dataclass
class ScriptedListener:
    """Answers by a rule, and remembers what it was asked.

    Attributes:
        rule: can be exchanged, as a switch does.
    """

    rule: Answering
    requests: list[Request] = field(default_factory=list)

    def __call__(self, target: Target, **asked: Any) -> Observation:
        """Answer one request."""
        asked.pop("deadline_seconds")
        request = Request(target=target, session=asked.pop("session", None), **asked)
        self.requests.append(request)
        return self.rule(request)


def before(listener: ScriptedListener, *targets: Target) -> Baseline:
    """Return the baseline of a listener at TARGET and more, and forget what it was asked for that."""
    seen = baseline([TARGET, *targets], deadline_seconds=0, ask=listener)
    listener.requests.clear()
    return seen


def session_of(identity: ClientCredential | None) -> TlsSession:
    """Return a session that stands for one of OpenSSL's."""
    return TlsSession(identity=identity, context=None, session=None)


def opened(request: Request) -> Observation:
    """Let everybody in."""
    return replace(LET_IN, session=session_of(request.identity))


def enforced(request: Request, probes: ProbeClients = PROBES) -> Observation:
    """Let in who has a valid certificate, and nobody else."""
    if request.identity is not None and request.identity is probes.valid:
        return replace(ASKED_AND_LET_IN, session=session_of(request.identity))
    return REFUSED
