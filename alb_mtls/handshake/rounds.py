"""One round of a proof: who is asked on which way, and what their answers mean beside each other."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from alb_mtls.handshake.baseline import PROBE_SECONDS, PROTOCOLS, WORKERS, Ask, Baseline
from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute
from alb_mtls.handshake.observation import Verdict
from alb_mtls.handshake.probe_clients import ClientCredential, ProbeClients
from alb_mtls.handshake.tls import TlsSession


@dataclass(frozen=True, kw_only=True)
class Job:
    """One client that is to be asked on one way.

    Attributes:
        resumes: whether it asks once more with the session that it was given.
    """

    way: ProbeRoute
    client: Client
    expected: Expected
    identity: ClientCredential | None = None
    session: TlsSession | None = None
    resumes: bool = False


Plan = Callable[[Sequence[ProbeRoute]], Iterable[Job]]


def only_ours(before: Baseline, probes: ProbeClients | None) -> Plan:
    """Return the plan by which only clients of our CA get in."""

    def plan(ways: Sequence[ProbeRoute]) -> Iterator[Job]:
        # Who signed what is decided before HTTP is spoken: once for each version of TLS is enough, and that is in the
        # first version of HTTP that is spoken, since no listener need speak HTTP/1.1.
        leading = {(way.target, way.tls): way for way in reversed(ways)}.values()
        for way in ways:
            yield from _only_ours(way, before, probes, leads=way in leading)

    return plan


def _only_ours(way: ProbeRoute, before: Baseline, probes: ProbeClients | None, *, leads: bool) -> Iterator[Job]:
    nobody = Job(way=way, client=Client.WITHOUT_CERTIFICATE, expected=Expected.REFUSED)
    yield nobody
    old = before.session(way)
    if leads and old is not None:
        yield replace(nobody, client=Client.RESUMED_WITHOUT, session=old)
    if probes is None:
        return
    if probes.valid is not None:
        ours = Job(way=way, client=Client.WITH_CERTIFICATE, expected=Expected.LET_IN, identity=probes.valid)
        yield replace(ours, resumes=leads)
    if leads:
        yield replace(nobody, client=Client.FOREIGN, identity=probes.foreign)
        if probes.foreign_same_name is not None:
            yield replace(nobody, client=Client.FOREIGN_SAME_NAME, identity=probes.foreign_same_name)
        if probes.expired is not None:
            yield replace(nobody, client=Client.EXPIRED, identity=probes.expired)


def without_a_certificate(lets_in: Callable[[ProbeRoute], bool]) -> Plan:
    """Return the plan by which a client without a certificate is let in, or refused, on each way."""

    def plan(ways: Sequence[ProbeRoute]) -> Iterator[Job]:
        for way in ways:
            expected = Expected.LET_IN if lets_in(way) else Expected.REFUSED
            yield Job(way=way, client=Client.WITHOUT_CERTIFICATE, expected=expected)

    return plan


class Rounds:
    """Asks the same again and again, and more where a version turns out to be spoken after all."""

    def __init__(self, plan: Plan, before: Baseline, ask: Ask) -> None:
        """Begin with the ways that were spoken before."""
        self._plan = plan
        self._before = before
        self._ask = ask
        self._spoken = list(before.ways)
        self._not_spoken = list(before.not_spoken)

    def once(self) -> list[Check]:
        """Ask everybody on every way."""
        with ThreadPoolExecutor(WORKERS) as pool:
            silent = list(pool.map(self._still_not_spoken, self._not_spoken))
            self._keep_spoken(silent)
            jobs = list(self._plan(self._spoken))
            checks = list(pool.map(self._check, jobs))
            again = list(_resumptions(jobs, checks))
            checks += pool.map(self._check, again)
        return [*self._beside_each_other(checks), *(check for check in silent if check.way in self._not_spoken)]

    @property
    def note(self) -> str:
        """What could not be asked, as nobody answers in it: `TLS 1.3 is not spoken at 192.0.2.1:443`."""
        return "; ".join(dict.fromkeys(map(self._left_out, self._not_spoken)))

    def _left_out(self, way: ProbeRoute) -> str:
        here = [other for other in self._spoken if other.target == way.target]
        if not any(other.tls == way.tls for other in here):
            what = f"TLS {way.tls}"
        elif not any(other.http == way.http for other in here):
            what = f"HTTP/{way.http}"
        else:
            what = f"HTTP/{way.http} over TLS {way.tls}"
        return f"{what} is not spoken at {way.target.label}"

    def _still_not_spoken(self, way: ProbeRoute) -> Check:
        return self._check(Job(way=way, client=Client.WITHOUT_CERTIFICATE, expected=Expected.UNSUPPORTED_VERSION))

    def _keep_spoken(self, checks: Iterable[Check]) -> None:
        """Take up every way that somebody answers on by now: what is spoken must be proven."""
        answered = {check.way for check in checks if check.seen.let_in or check.seen.refused}
        spoken = answered.union(self._spoken)
        self._not_spoken = [way for way in self._not_spoken if way not in answered]
        self._spoken = sorted(spoken, key=lambda way: (self._order(way), PROTOCOLS.index((way.tls, way.http))))

    def _order(self, way: ProbeRoute) -> int:
        return list(self._before.targets).index(way.target)

    def _check(self, job: Job) -> Check:
        seen = self._ask(
            job.way.target,
            identity=job.identity,
            tls=job.way.tls,
            http=job.way.http,
            session=job.session,
            deadline_seconds=PROBE_SECONDS,
        )
        before = self._before.status(job.way)
        return Check(way=job.way, client=job.client, expected=job.expected, seen=seen, status_before=before)

    def _beside_each_other(self, checks: Sequence[Check]) -> Iterator[Check]:
        """Judge what one answer alone does not tell."""
        controls = {check.way: check for check in checks if check.client is Client.WITH_CERTIFICATE}
        fresh = {check.way for check in checks if check.client is Client.WITHOUT_CERTIFICATE and check.seen.asked}
        for alone in checks:
            check = replace(alone, fresh_asked=alone.client is Client.RESUMED_WITHOUT and alone.way in fresh)
            if self._is_wordless_page(check, controls.get(check.way)):
                check = replace(check, seen=replace(check.seen, verdict=Verdict.REFUSED_BY_PAGE))
            yield check

    def _is_wordless_page(self, check: Check, control: Check | None) -> bool:
        """Say whether HTTP 400 is the refusal of a certificate though its page does not speak of one.

        It is where a client with a certificate gets through on the same way in the same round, or, without such a
        one, where the way answered just so before.
        """
        asked = check.seen.asked or check.fresh_asked
        if not (check.seen.let_in and check.seen.is_bad_request and asked):
            return False
        if check.client is Client.WITH_CERTIFICATE:
            return is_success(check.status_before)
        if check.expected is not Expected.REFUSED:
            return False
        if control is None:
            return self._before.may_have_refused(check.way)
        return control.passed and is_success(control.seen.status)


def is_success(status: int | None) -> bool:
    """Say whether an HTTP status is of class 2."""
    return status is not None and status // 100 == 2  # noqa: PLR2004 - RFC 9110, 15.3


def _resumptions(jobs: Sequence[Job], checks: Sequence[Check]) -> Iterator[Job]:
    """Yield what asks once more with the sessions that valid clients have just opened."""
    for job, check in zip(jobs, checks, strict=True):
        if job.resumes and check.passed and check.seen.session is not None:
            yield replace(job, client=Client.RESUMED_WITH, session=check.seen.session, resumes=False)
