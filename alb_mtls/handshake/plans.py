"""Which client takes which route in a round, and what must become of it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from alb_mtls.handshake.baseline import Baseline
from alb_mtls.handshake.checks import Client, Expected, ProbeRoute
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.probe_clients import ProbeClients
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
        leading, deciding = leading_routes(routes), _deciding_routes(routes)
        for route in routes:
            yield from _only_our_clients(route, before, probes, leads=route in leading, decides=route in deciding)

    return plan


def leading_routes(routes: Iterable[ProbeRoute]) -> Sequence[ProbeRoute]:
    """Return the first ordinary route of each address in each version of TLS."""
    ordinary = [route for route in routes if not route.is_extra]
    return list({(route.target, route.tls): route for route in reversed(ordinary)}.values())


def _deciding_routes(routes: Sequence[ProbeRoute]) -> Sequence[ProbeRoute]:
    """Return the first route of each address for each version of TLS and server name, by which a server chooses CAs."""
    return list({(one.target, one.tls, one.way.server_name): one for one in reversed(routes)}.values())


def _only_our_clients(
    route: ProbeRoute, before: Baseline, probes: ProbeClients | None, *, leads: bool, decides: bool
) -> Iterator[Job]:
    without = Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=Expected.REJECTED)
    yield without
    old = before.session(route)
    if leads and old is not None:
        yield replace(without, client=Client.RESUMED_WITHOUT, session=old)
    if leads:
        yield from _resuming_others(without, before)
    if probes is None:
        return
    if probes.valid is not None:
        ours = Job(route=route, client=Client.WITH_CERTIFICATE, expected=Expected.ACCEPTED, credential=probes.valid)
        yield replace(ours, resumes=leads)
        if leads and probes.given is not None:
            yield replace(ours, client=Client.GIVEN, credential=probes.given)
    for client, credential in _crossed(probes) if leads else ():
        yield replace(without, client=client, expected=Expected.ACCEPTED, credential=credential)
    if decides:
        for client, credential in impostors(probes):
            yield replace(without, client=client, credential=credential)


def _crossed(probes: ProbeClients) -> Iterator[tuple[Client, ClientCredential]]:
    """Yield every client that sends a cross certificate."""
    yield from ((Client.WITH_CROSS, credential) for credential in probes.with_cross)
    if probes.still_with_cross is not None:
        yield Client.STILL_WITH_CROSS, probes.still_with_cross


def _resuming_others(without: Job, before: Baseline) -> Iterator[Job]:
    """Yield who offers a session that was opened for another host, or with a certificate of another CA."""
    for session in before.sessions_of_other_hosts(without.route):
        yield replace(without, client=Client.RESUMED_ELSEWHERE, session=session)
    former = before.former_sessions.get(without.route)
    if former is not None:
        client = Client.RESUMED_OLD_GENERATION
        yield replace(without, client=client, credential=former.credential, session=former)


def impostors(probes: ProbeClients) -> Iterator[tuple[Client, ClientCredential]]:
    """Yield every client with a certificate that must be rejected, where it could be made."""
    clients = (
        (Client.OTHER_CA, probes.other_ca),
        (Client.OTHER_CA_SAME_NAME, probes.other_ca_same_name),
        (Client.SELF_SIGNED, probes.self_signed),
        (Client.EXPIRED, probes.expired),
        (Client.NOT_YET_VALID, probes.not_yet_valid),
        (Client.WRONG_USAGE, probes.wrong_eku),
        *_of_old_generations(probes),
    )
    return ((client, credential) for client, credential in clients if credential is not None)


def _of_old_generations(probes: ProbeClients) -> Iterator[tuple[Client, ClientCredential]]:
    """Yield the clients of generations that are not trusted any more: of each its leaf alone comes first."""
    leaves = set()
    for credential in probes.old_generation:
        yield (Client.OLD_GENERATION_WITH_ALL if credential.chain[0] in leaves else Client.OLD_GENERATION), credential
        leaves.add(credential.chain[0])


def without_certificate(accepts: Callable[[ProbeRoute], bool]) -> Plan:
    """Return the plan by which a client without a certificate is accepted, or rejected, on each route."""

    def plan(routes: Sequence[ProbeRoute]) -> Iterator[Job]:
        for route in routes:
            expected = Expected.ACCEPTED if accepts(route) else Expected.REJECTED
            yield Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=expected)

    return plan
