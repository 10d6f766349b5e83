"""What a listener answers before anything is changed; what cannot be proven later is refused here."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from alb_mtls.handshake.checks import ProbeRoute, is_server_error
from alb_mtls.handshake.errors import BackendBroken, HandshakeError, Unreachable
from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ClientCredential
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsSession, TlsVersion
from alb_mtls.retrying import repeat, steady

PROBE_SECONDS = 10.0
WORKERS = 8
PROTOCOLS: Sequence[tuple[TlsVersion, HttpVersion]] = (("1.2", "1.1"), ("1.3", "1.1"), ("1.2", "2"), ("1.3", "2"))

_PAUSE_SECONDS = 0.5
_NOT_ROUTED = 503
_NOT_TO_BE_ASKED = frozenset({Verdict.UNREACHABLE, Verdict.NOT_TLS, Verdict.SERVER_NOT_TRUSTED})


class Ask(Protocol):
    """Sends one request; `probe.probe` in the program."""

    def __call__(
        self,
        target: Target,
        *,
        identity: ClientCredential | None,
        tls: TlsVersion | None,
        http: HttpVersion,
        session: TlsSession | None = None,
        deadline_seconds: float,
    ) -> Observation:
        """Return what became of it."""


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What clients without a certificate met.

    Attributes:
        seen: by way, of every version that the server speaks.
        not_spoken: ways in a version that it does not speak, asked twice. A proof asks them again: what is spoken
            afterwards is a way in like any other.
    """

    seen: Mapping[ProbeRoute, Observation]
    not_spoken: Sequence[ProbeRoute] = field(default=())

    @property
    def ways(self) -> tuple[ProbeRoute, ...]:
        """Every address in every version that it speaks."""
        return tuple(self.seen)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every address, in the order in which they were given."""
        return tuple(dict.fromkeys(way.target for way in self.seen))

    @property
    def asked_already(self) -> bool:
        """Whether no client without a certificate was let in on any way."""
        return not any(map(_is_in, self.seen.values()))

    def lets_in(self, way: ProbeRoute) -> bool:
        """Say whether a client was let in; on a way that nobody answered on then, whether one was at its address."""
        if way in self.seen:
            return _is_in(self.seen[way])
        return any(_is_in(seen) for other, seen in self.seen.items() if other.target == way.target)

    def status(self, way: ProbeRoute) -> int | None:
        """Return the HTTP status of a client that was let in, None when none was."""
        seen = self.seen.get(way)
        return seen.status if seen is not None and _is_in(seen) else None

    def session(self, way: ProbeRoute) -> TlsSession | None:
        """Return a session that was opened without a certificate and let in."""
        seen = self.seen.get(way)
        return seen.session if seen is not None and _is_in(seen) else None

    def may_have_refused(self, way: ProbeRoute) -> bool:
        """Say whether the answer was HTTP 400 on a page that does not speak of the certificate that was asked for."""
        return way in self.seen and self.seen[way].may_be_refusal


def _is_in(seen: Observation) -> bool:
    return seen.let_in and not seen.may_be_refusal


def baseline(
    targets: Iterable[Target], *, needs_backend: bool = True, deadline_seconds: float = 20.0, ask: Ask = probe
) -> Baseline:
    """Ask every target once without a certificate, in every version of TLS and HTTP.

    A target that does not answer, and a backend that fails, get until the deadline: one pod may just be starting.

    Args:
        targets: every address of the listener.
        needs_backend: False where a failing backend must not stop anybody, as when clients are no longer asked.
        deadline_seconds: for all rounds together.
        ask: sends one request.

    Raises:
        Unreachable: an address does not answer in TLS, or with a certificate that is not trusted.
        BackendBroken: the backend answers with a status of class 5.
        HandshakeError: there is no target, or one is malformed.
    """
    asked = tuple(targets)
    if not asked:
        message = "the listener has no address to ask; set connectTo on it"
        raise HandshakeError(message)

    return repeat(
        lambda: _look(asked, ask, needs_backend=needs_backend),
        HandshakeError,
        may_repeat=lambda error: isinstance(error, Unreachable | BackendBroken),
        pause=steady(_PAUSE_SECONDS),
        deadline_seconds=lambda _: deadline_seconds,
    )


def _look(targets: Sequence[Target], ask: Ask, *, needs_backend: bool) -> Baseline:
    ways = [ProbeRoute(target=target, tls=tls, http=http) for target in targets for tls, http in PROTOCOLS]

    def seen_on(way: ProbeRoute) -> Observation:
        return ask(way.target, identity=None, tls=way.tls, http=way.http, deadline_seconds=PROBE_SECONDS)

    with ThreadPoolExecutor(WORKERS) as pool:
        seen = dict(zip(ways, pool.map(seen_on, ways), strict=True))
        # A single handshake that went wrong looks just like a version that is not spoken.
        doubtful = [way for way, each in seen.items() if each.verdict is Verdict.UNSUPPORTED_VERSION]
        seen |= zip(doubtful, pool.map(seen_on, doubtful), strict=True)
    for way, observation in seen.items():
        _refuse_unusable(way, observation)
        if needs_backend:
            _refuse_broken(way, observation)
    spoken = {way: each for way, each in seen.items() if each.verdict is not Verdict.UNSUPPORTED_VERSION}
    for target in targets:
        if not any(way.target == target for way in spoken):
            message = f"{target.label} speaks neither TLS 1.2 nor TLS 1.3; is it the listener's address and port?"
            raise Unreachable(message)
    return Baseline(seen=spoken, not_spoken=tuple(way for way in seen if way not in spoken))


def _refuse_unusable(way: ProbeRoute, seen: Observation) -> None:
    if seen.verdict is Verdict.SERVER_NOT_TRUSTED:
        message = (
            f"{way.target.label}: {seen.reason}; set proof.serverCa to the file of the CA that signed it, "
            "or proof.host to a name in it"
        )
        raise Unreachable(message)
    if seen.verdict in _NOT_TO_BE_ASKED:
        message = (
            f"{way.label} does not answer: {seen.reason}; open the way from here to the ALB, or set connectTo on the "
            "listener, or proof.mode: api"
        )
        raise Unreachable(message)
    if seen.refused and not seen.asked:
        message = (
            f"{way.label} turns clients away before it asks for a certificate ({seen.said}); does it serve "
            f"{way.target.host}, and does a firewall stand in between?"
        )
        raise Unreachable(message)


def _refuse_broken(way: ProbeRoute, seen: Observation) -> None:
    if not seen.let_in or seen.status is None or not is_server_error(seen.status):
        return
    request = f"https://{way.target.host}{way.target.path} on {way.target.label}"
    cause = "no Ingress routes it there, or no pod behind it is ready" if seen.status == _NOT_ROUTED else "it is broken"
    message = (
        f"{request} answers HTTP {seen.status} before anything was changed: {cause}; repair the backend, or set "
        "proof.host and proof.path to what works"
    )
    raise BackendBroken(message)
