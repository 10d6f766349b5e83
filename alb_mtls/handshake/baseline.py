"""What a listener answers before anything is changed; what could not be proven later fails here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from alb_mtls.handshake.checks import OLD_VERSIONS, ProbeRoute, is_server_error
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.errors import BackendBroken, HandshakeError, Unreachable, UntrustedServer
from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsSession, TlsVersion
from alb_mtls.handshake.ways import ORDINARY, Way, another_host, ways_to
from alb_mtls.listing import listing
from alb_mtls.retrying import repeat, steady

_T = TypeVar("_T")
_R = TypeVar("_R")
PROBE_SECONDS = 10.0
WORKERS = 8
PROTOCOLS: Sequence[tuple[TlsVersion, HttpVersion]] = (("1.2", "1.1"), ("1.3", "1.1"), ("1.2", "2"), ("1.3", "2"))

_RETRIES = 4
_PAUSE_SECONDS = 0.5
_NOT_ROUTED = 503
_UNUSABLE = frozenset({Verdict.UNREACHABLE, Verdict.NOT_TLS, Verdict.SERVER_NOT_TRUSTED})


class Probe(Protocol):
    """Sends one request; `probe.probe` in the program."""

    def __call__(
        self,
        target: Target,
        *,
        credential: ClientCredential | None,
        tls: TlsVersion | None,
        http: HttpVersion,
        session: TlsSession | None = None,
        way: Way = ORDINARY,
        deadline_seconds: float,
    ) -> Observation:
        """Return the result."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a listener shares its load balancer with, as far as it is known.

    Attributes:
        hosts: of the listener.
        elsewhere: the same addresses at other HTTPS listeners: a session that is opened there must open nothing here.
        not_tried: for people: what is not reached.
    """

    hosts: Sequence[str] = ()
    elsewhere: Sequence[Target] = ()
    not_tried: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The results of clients without a certificate.

    Attributes:
        results: by route, of every version that the server supports.
        unsupported: routes in a version that it does not support, probed twice. A proof probes them again: a version
            that is supported afterwards must be proven like any other. So must a way on which nobody was accepted.
        surroundings: what else there is on the load balancer.
        former_sessions: by route, opened with a certificate that must count for nothing afterwards.
    """

    results: Mapping[ProbeRoute, Observation]
    unsupported: Sequence[ProbeRoute] = field(default=())
    surroundings: Surroundings = field(default_factory=Surroundings)
    former_sessions: Mapping[ProbeRoute, TlsSession] = field(default_factory=dict)

    @property
    def routes(self) -> tuple[ProbeRoute, ...]:
        """Every address in every version that it supports."""
        return tuple(self.results)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every address, in the order in which they were given."""
        return tuple(dict.fromkeys(route.target for route in self.results))

    @property
    def rejected_all(self) -> bool:
        """Whether no client without a certificate was accepted on any route."""
        return not any(map(_is_accepted, self.results.values()))

    def accepts(self, route: ProbeRoute) -> bool:
        """Say whether a client was accepted; on a route that nobody answered on, whether one was at its address."""
        if route in self.results:
            return _is_accepted(self.results[route])
        return self.accepted_at(route.target)

    def accepted_at(self, target: Target) -> bool:
        """Say whether a client was accepted at an address on any route."""
        return any(_is_accepted(result) for other, result in self.results.items() if other.target == target)

    def status(self, route: ProbeRoute) -> int | None:
        """Return the HTTP status of a client that was accepted, None when none was."""
        result = self.results.get(route)
        return result.status if result is not None and _is_accepted(result) else None

    def session(self, route: ProbeRoute) -> TlsSession | None:
        """Return a session that was opened without a certificate and accepted."""
        result = self.results.get(route)
        return result.session if result is not None and _is_accepted(result) else None

    def sessions_of_other_hosts(self, route: ProbeRoute) -> Sequence[TlsSession]:
        """Return sessions that were opened for other hosts at an address, in its version of TLS."""
        others = [other for other in self.results if other.target == route.target and other.tls == route.tls]
        sessions = [self.session(other) for other in others if other.way.server_name]
        return [session for session in sessions if session is not None]

    def rejects_by_page(self, route: ProbeRoute) -> bool:
        """Say whether HTTP 400 can only be a rejection: another answer came before, or just such a one rejected."""
        result = self.results.get(route)
        if result is not None and _is_accepted(result):
            return not result.is_bad_request
        return self.may_have_rejected(route)

    def may_have_rejected(self, route: ProbeRoute) -> bool:
        """Say whether the answer was HTTP 400 on a page that does not name the certificate that was requested."""
        return route in self.results and self.results[route].may_be_rejection


def _is_accepted(result: Observation) -> bool:
    return result.accepted and not result.may_be_rejection


def baseline(
    targets: Iterable[Target],
    *,
    needs_backend: bool = True,
    surroundings: Surroundings | None = None,
    deadline_seconds: float = 20.0,
    send: Probe = probe,
) -> Baseline:
    """Send every target one request without a certificate, in every version of TLS and HTTP.

    A target that does not answer, and a backend that fails, get until the deadline: one pod may just be starting. One
    whose certificate is not trusted does not.

    Args:
        targets: every address of the listener.
        needs_backend: False where a failing backend does not matter, as when certificates are no longer requested.
        surroundings: of the listener; None leaves out all but the ordinary ways to it.
        deadline_seconds: for all rounds together.
        send: sends one request.

    Raises:
        Unreachable: an address does not answer in TLS.
        UntrustedServer: it does, with a certificate that is not trusted.
        BackendBroken: the backend answers with a status of class 5.
        HandshakeError: there is no target, or one is malformed.
    """
    every = tuple(targets)
    if not every:
        message = "the listener has no address to probe; set connectTo on it"
        raise HandshakeError(message)

    return repeat(
        lambda: _round(every, send, surroundings, needs_backend=needs_backend),
        HandshakeError,
        what=f"{listing(list(dict.fromkeys(one.label for one in every)))} to answer",
        may_repeat=lambda one: isinstance(one, Unreachable | BackendBroken) and not isinstance(one, UntrustedServer),
        pause=steady(_PAUSE_SECONDS),
        deadline_seconds=lambda _: deadline_seconds,
    )


def ordinary_routes(target: Target) -> list[ProbeRoute]:
    """Return how the clients of an address come."""
    return [ProbeRoute(target=target, tls=tls, http=http) for tls, http in PROTOCOLS]


def extra_routes(target: Target, supported: Sequence[ProbeRoute], hosts: Sequence[str]) -> list[ProbeRoute]:
    """Return the other ways in to an address, in the versions that it supports and in those that are out of use."""
    versions = {route.tls: route.http for route in reversed(supported) if route.target == target}
    routes = [
        ProbeRoute(target=target, tls=tls, http=http, way=way)
        for way in ways_to(target, another_host(hosts, target))
        for number, (tls, http) in enumerate(reversed(versions.items()))
        if way.each_version or not number
    ]
    return [*routes, *(ProbeRoute(target=target, tls=tls, http="1.1") for tls in OLD_VERSIONS)]


def _round(
    targets: Sequence[Target], send: Probe, surroundings: Surroundings | None, *, needs_backend: bool
) -> Baseline:
    routes = [route for target in targets for route in ordinary_routes(target)]

    def probed(route: ProbeRoute) -> Observation:
        return send(
            route.target,
            credential=None,
            tls=route.tls,
            http=route.http,
            way=route.way,
            deadline_seconds=PROBE_SECONDS,
        )

    with ThreadPoolExecutor(WORKERS) as pool:
        results = dict(zip(routes, sent(pool, probed, routes, _is_lost), strict=True))
        # A single handshake that went wrong looks just like a version that is not supported.
        doubtful = [route for route, each in results.items() if each.verdict is Verdict.UNSUPPORTED_VERSION]
        results |= zip(doubtful, pool.map(probed, doubtful), strict=True)
    for route, result in results.items():
        _refuse_unusable(route, result)
        if needs_backend:
            _refuse_broken(route, result)
    supported = {route: each for route, each in results.items() if each.verdict is not Verdict.UNSUPPORTED_VERSION}
    for target in targets:
        if not any(route.target == target for route in supported):
            message = f"{target.label} supports neither TLS 1.2 nor TLS 1.3; check the listener's address and port"
            raise Unreachable(message)
    unsupported = [route for route in results if route not in supported]
    if surroundings is not None:
        extra = [route for target in targets for route in extra_routes(target, list(supported), surroundings.hosts)]
        with ThreadPoolExecutor(WORKERS) as pool:
            found = dict(zip(extra, sent(pool, probed, extra, _is_lost), strict=True))
        supported |= {route: each for route, each in found.items() if each.shows_listener}
        unsupported += [route for route, each in found.items() if not each.shows_listener]
    return Baseline(results=supported, unsupported=tuple(unsupported), surroundings=surroundings or Surroundings())


def sent(
    pool: ThreadPoolExecutor, send: Callable[[_T], _R], requests: Sequence[_T], is_lost: Callable[[_R], bool]
) -> list[_R]:
    """Send requests at once; what a network lost is sent again, but not to a listener that is silent."""
    results, before = list(pool.map(send, requests)), len(requests) + 1
    for _ in range(_RETRIES):
        lost = [index for index, result in enumerate(results) if is_lost(result)]
        # One address of several that is silent loses just what it lost before.
        if not lost or 2 * len(lost) > len(results) or (len(lost) > WORKERS and len(lost) == before):
            break
        before = len(lost)
        for index, result in zip(lost, pool.map(send, [requests[index] for index in lost]), strict=True):
            results[index] = result
    return results


def _is_lost(result: Observation) -> bool:
    return result.verdict is Verdict.UNREACHABLE


def _refuse_unusable(route: ProbeRoute, result: Observation) -> None:
    if result.verdict is Verdict.SERVER_NOT_TRUSTED:
        message = (
            f"{route.target.label}: {result.reason}; set proof.serverCa to the file of the CA that signed it, "
            "or proof.host to a name in it"
        )
        raise UntrustedServer(message)
    if result.verdict is Verdict.UNREACHABLE and result.finished:
        message = (
            f"https://{route.target.host}{route.target.path} on {route.target.label}: the TLS handshake is done, "
            f"but then: {result.reason}; repair the backend, or set proof.path to what answers at once"
        )
        raise Unreachable(message)
    if result.verdict in _UNUSABLE:
        message = (
            f"{route.label} does not answer: {result.reason}; open the network from this machine to the ALB, or set "
            "or correct connectTo on the listener, or set proof.mode: api"
        )
        raise Unreachable(message)
    if result.verdict is Verdict.REJECTED_BY_PAGE and not result.requested:
        message = (
            f"https://{route.target.host}{route.target.path} on {route.target.label} answers HTTP {result.status} with "
            "a page about a certificate, although the listener requests none, so a page that rejects clients looks the "
            "same; set proof.path to a path that answers HTTP 200"
        )
        raise Unreachable(message)
    if result.rejected and not result.requested:
        message = (
            f"{route.label} rejects clients before it requests a certificate ({result.summary}); check that it serves "
            f"{route.target.host}, and that no firewall stands in between"
        )
        raise Unreachable(message)


def _refuse_broken(route: ProbeRoute, result: Observation) -> None:
    if not result.accepted or result.status is None or not is_server_error(result.status):
        return
    request = f"https://{route.target.host}{route.target.path} on {route.target.label}"
    reason = (
        "no Ingress routes it there, or no pod behind it is ready" if result.status == _NOT_ROUTED else "it is broken"
    )
    message = (
        f"{request} answers HTTP {result.status} before anything was changed: {reason}; repair the backend, or set "
        "proof.host and proof.path to what works"
    )
    raise BackendBroken(message)
