"""Whether what stands on a listener is somebody else's, found out before anything is uploaded."""

import re
from collections.abc import Callable

from cryptography import x509

from alb_mtls.aliyun.alb import same_identifier
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.errors import AnotherCa, ClaimedByAnother
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.configuration.model import ListenerSettings, Settings
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.subject import to_name

# What the commonName of a generation ends in.
_GENERATION = re.compile(r" G[0-9]+\Z")


def refuse_if_owned_by_others(
    settings: Settings,
    listener: ListenerSettings,
    claim: Claim | None,
    state: ListenerState,
    cas: Callable[[], CasClient],
) -> None:
    """Refuse a listener that another stack claims, or that has a CA of somebody else and was not given up.

    Args:
        settings: of the stack.
        listener: as configured.
        claim: as it stands in the cluster; None when nobody claims the listener.
        state: of the listener.
        cas: gives the client of the CAS site, which is seldom needed.

    Raises:
        ClaimedByAnother: names the owner.
        AnotherCa: names the CA that is there.
        CloudError: CAS cannot be asked.
    """
    if claim is not None:
        if claim.owner != settings.owner:
            raise ClaimedByAnother(listener.key, owner=claim.owner)
        return
    if listener.take_over:
        return
    foreign = [identifier for identifier in state.identifiers if not _is_ours(settings, identifier, cas)]
    if foreign:
        raise AnotherCa(listener.key, identifiers=foreign)


def _is_ours(settings: Settings, identifier: str, cas: Callable[[], CasClient]) -> bool:
    """Say whether a CA on the listener is this stack's, although the claim was removed by hand."""
    root_ca = settings.root_ca
    if root_ca.identifier is not None:
        return same_identifier(identifier, root_ca.identifier)
    if root_ca.certificate_pem is not None:
        held = cas().describe(identifier)
        return held is not None and same_certificate(held.pem, root_ca.certificate_pem)
    if not settings.cas.repository_owned:
        # Others have certificates there too. Whether it is the very one, the switch knows from the state.
        return _has_our_name(settings, identifier, cas())
    repository = cas().find_repository(settings.cas.repository)
    if repository is None:
        return False
    return any(same_identifier(identifier, one.identifier) for one in cas().certificates_in(repository))


def _has_our_name(settings: Settings, identifier: str, cas: CasClient) -> bool:
    """Say whether a CA is called as this stack calls one that it generates, of whatever generation."""
    held, subject = cas.describe(identifier), settings.root_ca.subject
    if held is None or subject is None:
        return False
    try:
        found = load_chain(held.pem)[0].subject
    except PkiError:
        return False
    return _apart_from_generation(found) == _apart_from_generation(to_name(subject))


def _apart_from_generation(name: x509.Name) -> list[tuple[x509.ObjectIdentifier, str]]:
    return [(one.oid, _GENERATION.sub("", str(one.value))) for one in name]
