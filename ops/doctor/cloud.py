"""Examining credentials, the CAS site and the ALB API: each API that the program calls, tried when it only reads."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.errors import CloudError, InvalidCredentials, NoCredential, Unreachable
from alb_mtls.cluster.listener_key import ListenerKey
from ops.access import Access
from ops.configuration import Configuration
from ops.doctor.diagnosis import Line, fine, note, problem, tried, unknown
from ops.state import StackState, UploadedCaRecord

# An identifier that CAS cannot know: the answer "not found" shows that the caller may ask.
_NO_SUCH_IDENTIFIER = "00000000-0000-0000-0000-000000000000"
_WRITING = ("CreateWarehouse", "UploadPCACert", "DeletePCACert", "DeleteWarehouse")
_NEARLY_FULL = 0.9
# The next call would be answered no differently.
_IN_VAIN = (NoCredential, Unreachable, InvalidCredentials)


def examine_credentials(configuration: Configuration) -> Iterator[Line]:
    """Ask the credential chain, as the program will."""

    def examine() -> Iterator[Line]:
        credential(configuration.get)
        yield fine("credentials", "an access key was found; whether it is accepted is said below")

    yield from tried("credentials", examine)


def examine_cas(configuration: Configuration, state: StackState | None, access: Access) -> Iterator[Line]:
    """Ask the CAS site whether it answers, what the caller may do there, and whether what is ours is there."""
    topic = "CAS"
    if configuration.cas_endpoint is None:
        yield unknown(topic, "cas.endpoint is not set", "say which site the account belongs to: china or international")
        return
    endpoint = configuration.cas_endpoint

    def examine() -> Iterator[Line]:
        cas = access.cas(endpoint)
        repositories = cas.repositories()
        yield fine(topic, f"the site {endpoint} answers, and the caller may ListCertWarehouse")
        yield from _cas_permissions(cas, repositories)
        yield from _ours(cas, repositories, state)
        yield note(
            topic,
            f"not tried, since they write: {', '.join(_WRITING)}",
            f"allow {', '.join(f'yundun-cert:{api}' for api in _WRITING)} on * to whoever runs `pulumi up`",
        )

    yield from tried(topic, examine)


def _cas_permissions(cas: CasClient, repositories: list[Repository]) -> Iterator[Line]:
    yield from _permission("DescribeWarehouseCert", lambda: cas.describe(_NO_SUCH_IDENTIFIER))
    if repositories:
        yield from _permission("ListCert", lambda: cas.certificates_in(repositories[0]))
    else:
        yield unknown("CAS", "yundun-cert:ListCert was not tried, since the account has no repository yet")
    yield from tried("CAS", lambda: _quota(cas))


def _permission(api: str, call: Callable[[], object]) -> Iterator[Line]:
    def examine() -> Iterator[Line]:
        call()
        yield fine("CAS", f"the caller may {api}")

    yield from tried("CAS", examine)


def _quota(cas: CasClient) -> Iterator[Line]:
    quota = cas.quota()
    said = f"{quota.used} of {quota.total} certificates of the account's repositories are used"
    if quota.total and quota.used >= quota.total:
        yield problem("CAS", said, "delete certificates that nothing binds, or have the quota raised")
    elif quota.total and quota.used >= _NEARLY_FULL * quota.total:
        yield note("CAS", said)
    else:
        yield fine("CAS", said)


def _ours(cas: CasClient, repositories: list[Repository], state: StackState | None) -> Iterator[Line]:
    if state is None:
        return
    if state.repository is not None:
        held = [one for one in repositories if one.name == state.repository]
        if held:
            yield fine("CAS", f"repository {state.repository} is there")
        else:
            yield problem("CAS", f"repository {state.repository} is not on this site", _REPAIR)
    for ca in state.uploaded_cas:
        yield from tried("CAS", partial(_uploaded, cas, ca))


_REPAIR = "check cas.endpoint and the account of the access key; if both are right, `pulumi up` uploads it again"


def _uploaded(cas: CasClient, ca: UploadedCaRecord) -> Iterator[Line]:
    found = cas.describe(ca.identifier)
    if found is None:
        yield problem("CAS", f"the CA certificate {ca.identifier} is not on this site", _REPAIR)
    elif ca.certificate_pem is not None and not same_certificate(found.pem, ca.certificate_pem):
        yield problem("CAS", f"{ca.identifier} is another certificate than this stack's root CA", _REPAIR)
    else:
        yield fine("CAS", f"the CA certificate {ca.identifier} is there")


@dataclass(frozen=True, kw_only=True)
class AlbListener:
    """A listener as the ALB API is asked about it.

    Attributes:
        load_balancer_id: None while the controller has made none.
        connect_to: where it is reached instead of the ALB's own address, or None.
    """

    key: ListenerKey
    load_balancer_id: str | None
    connect_to: str | None


def examine_alb(configuration: Configuration, listeners: list[AlbListener], access: Access) -> Iterator[Line]:
    """Ask the ALB API about each load balancer: edition, state, listener; and the DNS about its name."""
    if not listeners:
        yield unknown("ALB", "no listener is configured", "name at least one under alb-mtls:listeners")
        return

    def examine() -> Iterator[Line]:
        alb = access.alb(configuration.alb_endpoint, configuration.region)
        for listener in listeners:
            yield from _listener(alb, listener)

    yield from tried("ALB", examine)


def _listener(alb: AlbClient, listener: AlbListener) -> Iterator[Line]:
    if listener.load_balancer_id is None:
        yield unknown("ALB", f"{listener.key.label} was not asked about, since the cluster named no ALB for it")
        return
    try:
        load_balancer = alb.load_balancer(listener.load_balancer_id)
        live = alb.listener(listener.load_balancer_id, port=listener.key.port, protocol=listener.key.protocol)
    except CloudError as error:
        if isinstance(error, _IN_VAIN):
            raise
        yield problem("ALB", str(error))
        return
    name = f"ALB {load_balancer.load_balancer_id}"
    if not load_balancer.authenticates_clients:
        yield problem("ALB", f"{name} is of edition Basic, which cannot ask for certificates", "upgrade it to Standard")
    elif load_balancer.status != "Active":
        yield problem("ALB", f"{name} is {load_balancer.status}, not Active", "look at it in the ALB console")
    else:
        yield fine("ALB", f"{name} is of edition {load_balancer.edition} and Active")
    if live is None:
        yield problem("ALB", f"{listener.key.label} is not on {name}", "look at the events of the AlbConfig")
    elif live.status != "Running":
        yield problem("ALB", f"{listener.key.label} is {live.status}, not Running", "ask again in a minute")
    else:
        yield fine("ALB", f"{listener.key.label}: {live.summary}")
    yield from _name(load_balancer.dns_name, listener)


def _name(dns_name: str, listener: AlbListener) -> Iterator[Line]:
    if listener.connect_to is not None:
        yield note(
            "DNS", f"{listener.key.label} is reached at {listener.connect_to} (connectTo), so no name was resolved"
        )
        return
    if not dns_name:
        yield unknown("DNS", f"the ALB of {listener.key.label} has no name yet")
        return
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(dns_name, listener.key.port, type=socket.SOCK_STREAM)}
    except OSError as error:
        remedy = "check this machine's resolver, or set connectTo to where the listener can be reached"
        yield problem("DNS", f"{dns_name} has no address here: {error.strerror}", remedy)
        return
    yield fine("DNS", f"{dns_name} is {', '.join(sorted(found))}")
