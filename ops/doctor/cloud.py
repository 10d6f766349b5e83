"""Examining credentials and the CAS site: each API that the program calls, tried when it only reads."""

from collections.abc import Callable, Iterator
from functools import partial

from alb_mtls.aliyun.cas import CasClient, Repository
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.aliyun.errors import AccessDenied
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.owned_in_cas import without_repository
from alb_mtls.resources import CasCertificateOutputs
from alb_mtls.session import Session
from ops.configuration import Configuration
from ops.doctor.diagnosis import Line, fine, note, problem, stopping, tried, unknown
from ops.state import StackState

# An identifier that CAS cannot know: the answer "not found" shows that the caller may call it.
_NO_SUCH_IDENTIFIER = "00000000-0000-0000-0000-000000000000"
_WRITING = ("CreateWarehouse", "UploadPCACert", "DeletePCACert", "DeleteWarehouse")
_NEARLY_FULL = 0.9


def examine_credentials(session: Session) -> Iterator[Line]:
    """Try the credential chain, as the program will."""

    def examine() -> Iterator[Line]:
        session.credential()
        yield fine("credentials", "an access key was found; the lines below say whether it is accepted")

    yield from tried("credentials", examine)


def examine_cas(
    configuration: Configuration, settings: Settings | None, state: StackState | None, session: Session
) -> Iterator[Line]:
    """Check that the CAS site answers, what the caller may do there, and whether what is ours is there.

    Args:
        configuration: of the stack.
        settings: the same, where an `up` takes it.
        state: None before the first `up`.
        session: reaches the site.
    """
    topic = "CAS"
    if configuration.cas_endpoint is None:
        yield unknown(topic, "cas.endpoint is not set", "set the site of the account: china or international")
        return
    endpoint = configuration.cas_endpoint

    def examine() -> Iterator[Line]:
        cas = session.cas(endpoint)
        repositories = cas.repositories()
        yield fine(topic, f"the site {endpoint} answers, and the caller may ListCertWarehouse")
        yield from _cas_permissions(cas, repositories, uploads=_uploads(settings, state))
        if settings is not None:
            yield from _named(settings, repositories)
        yield from _ours(cas, repositories, state)
        if state is not None:
            return
        yield note(
            topic,
            f"not tried, since they write: {', '.join(_WRITING)}",
            f"allow {', '.join(f'yundun-cert:{api}' for api in _WRITING)} on * to whoever runs `pulumi up`, "
            "as rbac/ram-policy-up.json does",
        )

    yield from tried(topic, examine)


def _uploads(settings: Settings | None, state: StackState | None) -> bool:
    """Say whether an `up` puts a CA into CAS that no `up` has made before."""
    made = set() if state is None else {one.generation for one in state.root_cas}
    root_cas = () if settings is None else settings.root_cas
    return any(one.source != "purchased" and one.generation not in made for one in root_cas)


def _cas_permissions(cas: CasClient, repositories: list[Repository], *, uploads: bool) -> Iterator[Line]:
    yield from _permission("DescribeWarehouseCert", lambda: cas.describe(_NO_SUCH_IDENTIFIER))
    if repositories:
        yield from _permission("ListCert", lambda: cas.certificates_in(repositories[0]))
    else:
        yield note("CAS", "ListCert was not tried: the account has no repository, and the first `pulumi up` makes one")
    yield from tried("CAS", lambda: _quota(cas, uploads=uploads))


def _permission(api: str, call: Callable[[], object]) -> Iterator[Line]:
    def examine() -> Iterator[Line]:
        call()
        yield fine("CAS", f"the caller may {api}")

    yield from tried("CAS", examine)


def _quota(cas: CasClient, *, uploads: bool) -> Iterator[Line]:
    try:
        quota = cas.quota()
    except AccessDenied as error:
        # An up does not read it.
        yield unknown("CAS", f"how many certificates the account may have is not known: {error}")
        return
    found = f"{quota.used} of {quota.total} certificates of the account's repositories are used"
    if quota.total and quota.used >= quota.total:
        full = stopping if uploads else problem
        yield full("CAS", found, "delete certificates that nothing binds, or have the quota raised")
    elif quota.total and quota.used >= _NEARLY_FULL * quota.total:
        yield note("CAS", found)
    else:
        yield fine("CAS", found)


def _ours(cas: CasClient, repositories: list[Repository], state: StackState | None) -> Iterator[Line]:
    if state is None:
        return
    if state.repository is not None:
        name = state.repository.name
        if any(one.name == name for one in repositories):
            yield fine("CAS", f"repository {name} is there")
        else:
            yield problem("CAS", f"repository {name} is not on this site", _REPAIR)
    certificates = {one.ca_identifier: one for one in state.in_cas}
    # A purchased CA is known by the listeners that trust it, and by nothing else.
    for identifier in dict.fromkeys([*certificates, *(one.ca_identifier for one in state.listeners)]):
        if identifier is not None:
            yield from tried("CAS", partial(_certificate, cas, identifier, certificates.get(identifier)))


def _named(settings: Settings, repositories: list[Repository]) -> Iterator[Line]:
    """Look for a repository that the configuration names; its own one the first `up` makes."""
    named = settings.cas
    uploads = any(one.source != "purchased" for one in settings.root_cas)
    if uploads and not named.repository_owned and named.repository not in {one.name for one in repositories}:
        yield stopping("CAS", without_repository(named.repository, named.endpoint))


_REPAIR = "check cas.endpoint and the account of the access key; if both are right, `pulumi up` uploads it again"


def _certificate(cas: CasClient, identifier: str, ours: CasCertificateOutputs | None) -> Iterator[Line]:
    found = cas.describe(identifier)
    if found is None:
        yield problem("CAS", f"the CA certificate {identifier} is not on this site", _REPAIR)
    elif ours is not None and not same_certificate(found.pem, ours.certificate_pem):
        yield problem("CAS", f"{identifier} is another certificate than this stack's root CA", _REPAIR)
    else:
        yield fine("CAS", f"the CA certificate {identifier} is there")
