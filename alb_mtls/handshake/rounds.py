"""One round of a proof: all its requests, and what their results mean beside each other."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from alb_mtls.handshake.baseline import (
    PROBE_SECONDS,
    PROTOCOLS,
    WORKERS,
    Baseline,
    Probe,
    extra_routes,
    ordinary_routes,
    sent,
)
from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute
from alb_mtls.handshake.cuts import Cuts
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.plans import Job, Plan, leading_routes
from alb_mtls.handshake.stretch import Answer
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsSession, TlsVersion
from alb_mtls.handshake.ways import ORDINARY, UNVERIFIED

_WITH_CROSS = (Client.WITH_CROSS, Client.STILL_WITH_CROSS)
_OF_BEFORE = (Client.RESUMED_WITHOUT, Client.RESUMED_OLD_GENERATION)
_MODERN: Sequence[TlsVersion] = ("1.2", "1.3")


class Rounds:
    """Sends the same requests again and again, and more where a version turns out to be supported after all."""

    def __init__(
        self, plan: Plan, before: Baseline, send: Probe, pace: Pace, *, elsewhere: Sequence[Target] = ()
    ) -> None:
        """Begin with the routes that were supported before.

        Args:
            plan: who takes which route.
            before: the results of before.
            send: sends one request.
            pace: of all connections.
            elsewhere: where sessions are opened that must be rejected.
        """
        self._plan = plan
        self._elsewhere = elsewhere
        self._inconclusive: dict[ProbeRoute, Check] = {}
        self._not_accepted: Sequence[Check] = ()
        self._not_opened: Sequence[str] = ()
        self._before = before
        self._send = send
        self._pace = pace
        self._targets = list(before.targets)
        self._supported = list(before.routes)
        self._unsupported = list(before.unsupported)
        self._controls: dict[ProbeRoute, Check] = {}
        self._renewed: dict[tuple[ProbeRoute, Client], TlsSession] = {}
        self._cuts = {target: Cuts() for target in self._targets}

    @property
    def targets(self) -> Sequence[Target]:
        """Every address that is probed."""
        return self._targets

    def routes(self, target: Target) -> Sequence[ProbeRoute]:
        """Return how an address is probed, by now."""
        return [route for route in self._supported if route.target == target and route not in self._inconclusive]

    def add_targets(self, targets: Iterable[Target]) -> bool:
        """Take up addresses that are new; say whether any is."""
        new = [target for target in dict.fromkeys(targets) if target not in self._targets]
        self._targets += new
        for target in new:
            self._cuts[target] = Cuts()
            ordinary = ordinary_routes(target)
            self._unsupported += [*ordinary, *extra_routes(target, ordinary, self._before.surroundings.hosts)]
        return bool(new)

    def once(self) -> list[Check]:
        """Send the requests of every client on every route."""
        with ThreadPoolExecutor(WORKERS) as pool:
            unanswered = self._checked(pool, [self._without_certificate(route) for route in self._unsupported])
            self._add_supported(unanswered)
            jobs = [*map(self._with_newest_session, self._plan(self._supported)), *self._resumed_elsewhere(pool)]
            checks = self._checked(pool, jobs)
            self._keep_renewed(checks)
            checks += self._checked(pool, list(_resumptions(jobs, checks)))
        self._controls = {check.route: check for check in checks if check.client is Client.WITH_CERTIFICATE}
        unanswered = [check for check in unanswered if check.route in self._unsupported]
        self._not_accepted = [check for check in unanswered if check.route.way != ORDINARY]
        return [*self._conclusive(list(self._compared(checks))), *unanswered]

    def _with_newest_session(self, job: Job) -> Job:
        """Let who resumed an old session go on with the one that it got for that: a ticket may count only once."""
        newest = self._renewed.get((job.route, job.client))
        return job if newest is None else replace(job, session=newest)

    def _keep_renewed(self, checks: Iterable[Check]) -> None:
        for check in checks:
            result = check.result
            if check.client in _OF_BEFORE and result.accepted and result.session is not None:
                self._renewed[check.route, check.client] = result.session

    def _conclusive(self, checks: Sequence[Check]) -> Iterator[Check]:
        """Leave out what an extra route does not show: on it, only a client that is wrongly accepted fails a proof."""
        self._inconclusive = {check.route: check for check in checks if check.route.is_extra and not check.passed}
        for check in checks:
            if check.route not in self._inconclusive or _is_telling(check):
                yield check

    def _resumed_elsewhere(self, pool: ThreadPoolExecutor) -> Iterator[Job]:
        """Open sessions at other listeners, and yield who offers them to this one."""
        places = [
            ProbeRoute(target=place, tls=tls, http="1.1", way=UNVERIFIED)
            for place in self._elsewhere
            for tls in _MODERN
        ]
        opened = dict(zip(places, pool.map(self._sent, places), strict=True))
        self._not_opened = [
            f"sessions of {place.target.label} (TLS {place.tls}): {result.summary}"
            for place, result in opened.items()
            if not result.accepted or result.session is None
        ]
        for route in leading_routes(self._supported):
            for place, result in opened.items():
                if place.tls == route.tls and result.accepted and result.session is not None:
                    yield Job(
                        route=route,
                        client=Client.RESUMED_ELSEWHERE,
                        expected=Expected.REJECTED,
                        session=result.session,
                    )

    def ask(self, job: Job) -> Check:
        """Send one request of one client, whose result counts beside those of the last round."""
        return self._compare(self._check(job))

    def _checked(self, pool: ThreadPoolExecutor, jobs: Sequence[Job]) -> list[Check]:
        return sent(pool, self._check, jobs, self._is_lost)

    def _is_lost(self, check: Check) -> bool:
        return check.result.verdict is Verdict.UNREACHABLE or self._is_cut_by_network(check)

    def _is_cut_by_network(self, check: Check) -> bool:
        result = check.result
        if check.expected is not Expected.ACCEPTED or result.verdict is not Verdict.REJECTED_BY_RESET:
            return False
        if check.client is Client.WITHOUT_CERTIFICATE:
            return not result.requested
        return (result.requested or result.resumed) and self._cuts[check.route.target].are_of_network

    @property
    def note(self) -> str:
        """The versions that could not be proven: `TLS 1.3 is not supported at 192.0.2.1:443`."""
        return "; ".join(
            dict.fromkeys(self._unsupported_text(route) for route in self._unsupported if not route.is_extra)
        )

    @property
    def not_tried(self) -> Sequence[str]:
        """What could not be tried in the last round, for people."""
        ways = [*self._not_accepted, *(check for check in self._inconclusive.values() if not _is_telling(check))]
        texts = (
            f"{check.route.way.name or f'TLS {check.route.tls}'} at {check.route.target.label}: "
            f"a client {check.client} was {check.result.summary}"
            for check in ways
        )
        return list(dict.fromkeys((*self._before.surroundings.not_tried, *texts, *self._not_opened)))

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
        expected = Expected.NOT_ACCEPTED if route.is_extra else Expected.UNSUPPORTED_VERSION
        return Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=expected)

    def _add_supported(self, checks: Iterable[Check]) -> None:
        """Take up every route that answers by now: a version that is supported must be proven."""
        answered = [check.route for check in checks if _shows_listener(check)]
        self._unsupported = [route for route in self._unsupported if route not in answered]
        self._supported = sorted([*self._supported, *answered], key=self._order)

    def _order(self, route: ProbeRoute) -> tuple[int, bool, int]:
        place = self._targets.index(route.target)
        return (place, True, 0) if route.is_extra else (place, False, PROTOCOLS.index((route.tls, route.http)))

    def _sent(self, route: ProbeRoute, job: Job | None = None) -> Observation:
        self._pace.wait_for(route.target.endpoint[0])
        return self._send(
            route.target,
            credential=None if job is None else job.credential,
            tls=route.tls,
            http=route.http,
            session=None if job is None else job.session,
            way=route.way,
            deadline_seconds=PROBE_SECONDS,
        )

    def _check(self, job: Job) -> Check:
        result = self._sent(job.route, job)
        before = self._before.status(job.route)
        check = Check(route=job.route, client=job.client, expected=job.expected, result=result, status_before=before)
        self._cuts[job.route.target].take(check)
        return check

    def _compared(self, checks: Sequence[Check]) -> Iterator[Check]:
        """Decide what one result alone does not tell."""
        fresh = {
            check.route for check in checks if check.client is Client.WITHOUT_CERTIFICATE and check.result.requested
        }
        for check in checks:
            resumes_old = check.client in (*_OF_BEFORE, Client.RESUMED_ELSEWHERE)
            yield self._compare(replace(check, fresh_requested=resumes_old and check.route in fresh))

    def _compare(self, check: Check) -> Check:
        if check.client is not Client.WITHOUT_CERTIFICATE and self._is_cut_by_network(check):
            return replace(check, result=replace(check.result, verdict=Verdict.UNREACHABLE))
        if self._is_rejection_page(check, self._controls.get(check.route)):
            return replace(check, result=replace(check.result, verdict=Verdict.REJECTED_BY_PAGE))
        return check

    def _is_rejection_page(self, check: Check, control: Check | None) -> bool:
        """Say whether HTTP 400 rejects a certificate although its page does not name one.

        It does where a client with a certificate is answered otherwise on the same route in the same round, or where
        the route answered just so before.
        """
        requested = check.result.requested or check.fresh_requested
        if not (check.result.accepted and check.result.is_bad_request and requested):
            return False
        if check.client in (Client.WITH_CERTIFICATE, Client.GIVEN):
            return self._before.rejects_by_page(check.route)
        if check.expected is not Expected.REJECTED and check.client not in _WITH_CROSS:
            return False
        if self._before.may_have_rejected(check.route):
            return True
        return control is not None and control.passed and not control.result.is_bad_request


def _is_telling(check: Check) -> bool:
    """Say whether a client was wrongly accepted, which fails a proof on whatever route."""
    return check.answer is Answer.WRONG and check.client is not Client.WITH_CERTIFICATE


def _shows_listener(check: Check) -> bool:
    result = check.result
    return result.shows_listener if check.route.is_extra else result.accepted or result.rejected


def _resumptions(jobs: Sequence[Job], checks: Sequence[Check]) -> Iterator[Job]:
    """Yield what resumes the sessions that valid clients have just opened."""
    for job, check in zip(jobs, checks, strict=True):
        if job.resumes and check.passed and check.result.session is not None:
            yield replace(job, client=Client.RESUMED_WITH, session=check.result.session, resumes=False)
