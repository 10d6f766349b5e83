"""One round of a proof: which client takes which route, and what their results mean beside each other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from alb_mtls.handshake.baseline import PROBE_SECONDS, PROTOCOLS, WORKERS, Baseline, Probe, sent
from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute
from alb_mtls.handshake.observation import Verdict
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.probe_clients import ClientCredential, ProbeClients
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsSession


@dataclass(frozen=True, kw_only=True)
class Job:
    """One client that is to send a request on one route.

    Attributes:
        resumes: whether it sends another with the session that it was given.
    """

    route: ProbeRoute
    client: Client
    expected: Expected
    credential: ClientCredential | None = None
    session: TlsSession | None = None
    resumes: bool = False


Plan = Callable[[Sequence[ProbeRoute]], Iterable[Job]]


def only_our_clients(before: Baseline, probes: ProbeClients | None) -> Plan:
    """Return the plan by which only clients of our CA are accepted."""

    def plan(routes: Sequence[ProbeRoute]) -> Iterator[Job]:
        # Who signed what is decided before HTTP begins: once for each version of TLS is enough, and that is in the
        # first version of HTTP that is supported, since no listener need support HTTP/1.1.
        leading = {(route.target, route.tls): route for route in reversed(routes)}.values()
        for route in routes:
            yield from _only_our_clients(route, before, probes, leads=route in leading)

    return plan


def _only_our_clients(
    route: ProbeRoute, before: Baseline, probes: ProbeClients | None, *, leads: bool
) -> Iterator[Job]:
    without = Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=Expected.REJECTED)
    yield without
    old = before.session(route)
    if leads and old is not None:
        yield replace(without, client=Client.RESUMED_WITHOUT, session=old)
    if probes is None:
        return
    if probes.valid is not None:
        ours = Job(route=route, client=Client.WITH_CERTIFICATE, expected=Expected.ACCEPTED, credential=probes.valid)
        yield replace(ours, resumes=leads)
        if leads and probes.given is not None:
            yield replace(ours, client=Client.GIVEN, credential=probes.given)
    if leads:
        for client, credential in impostors(probes):
            yield replace(without, client=client, credential=credential)


def impostors(probes: ProbeClients) -> Iterator[tuple[Client, ClientCredential]]:
    """Yield every client with a certificate that must be rejected, where it could be made."""
    clients = (
        (Client.OTHER_CA, probes.other_ca),
        (Client.OTHER_CA_SAME_NAME, probes.other_ca_same_name),
        (Client.SELF_SIGNED, probes.self_signed),
        (Client.EXPIRED, probes.expired),
        (Client.NOT_YET_VALID, probes.not_yet_valid),
        (Client.WRONG_USAGE, probes.wrong_eku),
    )
    return ((client, credential) for client, credential in clients if credential is not None)


def without_certificate(accepts: Callable[[ProbeRoute], bool]) -> Plan:
    """Return the plan by which a client without a certificate is accepted, or rejected, on each route."""

    def plan(routes: Sequence[ProbeRoute]) -> Iterator[Job]:
        for route in routes:
            expected = Expected.ACCEPTED if accepts(route) else Expected.REJECTED
            yield Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=expected)

    return plan


class Rounds:
    """Sends the same requests again and again, and more where a version turns out to be supported after all."""

    def __init__(self, plan: Plan, before: Baseline, send: Probe, pace: Pace) -> None:
        """Begin with the routes that were supported before."""
        self._plan = plan
        self._before = before
        self._send = send
        self._pace = pace
        self._targets = list(before.targets)
        self._supported = list(before.routes)
        self._unsupported = list(before.unsupported)
        self._controls: dict[ProbeRoute, Check] = {}

    @property
    def targets(self) -> Sequence[Target]:
        """Every address that is probed."""
        return self._targets

    def routes(self, target: Target) -> Sequence[ProbeRoute]:
        """Return how an address is probed, by now."""
        return [route for route in self._supported if route.target == target]

    def add_targets(self, targets: Iterable[Target]) -> bool:
        """Take up addresses that are new; say whether any is."""
        new = [target for target in dict.fromkeys(targets) if target not in self._targets]
        self._targets += new
        self._unsupported += [
            ProbeRoute(target=target, tls=tls, http=http) for target in new for tls, http in PROTOCOLS
        ]
        return bool(new)

    def once(self) -> list[Check]:
        """Send the requests of every client on every route."""
        with ThreadPoolExecutor(WORKERS) as pool:
            unanswered = self._checked(pool, [self._without_certificate(route) for route in self._unsupported])
            self._add_supported(unanswered)
            jobs = list(self._plan(self._supported))
            checks = self._checked(pool, jobs)
            checks += self._checked(pool, list(_resumptions(jobs, checks)))
        self._controls = {check.route: check for check in checks if check.client is Client.WITH_CERTIFICATE}
        return [*self._compared(checks), *(check for check in unanswered if check.route in self._unsupported)]

    def ask(self, job: Job) -> Check:
        """Send one request of one client, whose result counts beside those of the last round."""
        return self._compare(self._check(job))

    def _checked(self, pool: ThreadPoolExecutor, jobs: Sequence[Job]) -> list[Check]:
        return sent(pool, self._check, jobs, lambda check: check.result.verdict is Verdict.UNREACHABLE)

    @property
    def note(self) -> str:
        """The versions that could not be proven: `TLS 1.3 is not supported at 192.0.2.1:443`."""
        return "; ".join(dict.fromkeys(map(self._unsupported_text, self._unsupported)))

    @property
    def not_tried(self) -> Sequence[str]:
        """What could not be tried in the last round, for people."""
        return ()

    def _unsupported_text(self, route: ProbeRoute) -> str:
        here = [other for other in self._supported if other.target == route.target]
        if not any(other.tls == route.tls for other in here):
            what = f"TLS {route.tls}"
        elif not any(other.http == route.http for other in here):
            what = f"HTTP/{route.http}"
        else:
            what = f"HTTP/{route.http} over TLS {route.tls}"
        return f"{what} is not supported at {route.target.label}"

    @staticmethod
    def _without_certificate(route: ProbeRoute) -> Job:
        return Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=Expected.UNSUPPORTED_VERSION)

    def _add_supported(self, checks: Iterable[Check]) -> None:
        """Take up every route that answers by now: a version that is supported must be proven."""
        answered = {check.route for check in checks if check.result.accepted or check.result.rejected}
        supported = answered.union(self._supported)
        self._unsupported = [route for route in self._unsupported if route not in answered]
        self._supported = sorted(
            supported, key=lambda route: (self._order(route), PROTOCOLS.index((route.tls, route.http)))
        )

    def _order(self, route: ProbeRoute) -> int:
        return self._targets.index(route.target)

    def _check(self, job: Job) -> Check:
        self._pace.wait_for(job.route.target.endpoint[0])
        result = self._send(
            job.route.target,
            credential=job.credential,
            tls=job.route.tls,
            http=job.route.http,
            session=job.session,
            deadline_seconds=PROBE_SECONDS,
        )
        before = self._before.status(job.route)
        return Check(route=job.route, client=job.client, expected=job.expected, result=result, status_before=before)

    def _compared(self, checks: Sequence[Check]) -> Iterator[Check]:
        """Decide what one result alone does not tell."""
        fresh = {
            check.route for check in checks if check.client is Client.WITHOUT_CERTIFICATE and check.result.requested
        }
        for check in checks:
            resumes_old = check.client is Client.RESUMED_WITHOUT
            yield self._compare(replace(check, fresh_requested=resumes_old and check.route in fresh))

    def _compare(self, check: Check) -> Check:
        if self._is_rejection_page(check, self._controls.get(check.route)):
            return replace(check, result=replace(check.result, verdict=Verdict.REJECTED_BY_PAGE))
        return check

    def _is_rejection_page(self, check: Check, control: Check | None) -> bool:
        """Say whether HTTP 400 rejects a certificate although its page does not name one.

        It does where a client with a certificate is accepted on the same route in the same round, or, without such a
        client, where the route answered just so before.
        """
        requested = check.result.requested or check.fresh_requested
        if not (check.result.accepted and check.result.is_bad_request and requested):
            return False
        if check.client in (Client.WITH_CERTIFICATE, Client.GIVEN):
            return is_success(check.status_before)
        if check.expected is not Expected.REJECTED:
            return False
        if control is None:
            return self._before.may_have_rejected(check.route)
        return control.passed and is_success(control.result.status)


def is_success(status: int | None) -> bool:
    """Say whether an HTTP status is of class 2."""
    return status is not None and status // 100 == 2  # noqa: PLR2004 - RFC 9110, 15.3


def _resumptions(jobs: Sequence[Job], checks: Sequence[Check]) -> Iterator[Job]:
    """Yield what resumes the sessions that valid clients have just opened."""
    for job, check in zip(jobs, checks, strict=True):
        if job.resumes and check.passed and check.result.session is not None:
            yield replace(job, client=Client.RESUMED_WITH, session=check.result.session, resumes=False)
