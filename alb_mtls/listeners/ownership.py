"""Whether a listener, and the CA on it, is ours: by the claim, and without one by the CA."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509

from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.errors import AnotherCa, ClaimedByAnother
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.repository_names import is_own_name
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.subject import Subject, to_name

# What the commonName of a generation ends in.
_GENERATION = re.compile(r" G[0-9]+\Z")


def refuse_if_owned_by_others(
    listener: ListenerKey,
    claim: Claim | None,
    state: ListenerState,
    *,
    deployment: str,
    take_over: str | None,
    is_own_ca: Callable[[str], bool],
) -> None:
    """Refuse a listener that another deployment claims, or that has a CA of somebody else which may not be taken over.

    Args:
        listener: which one it is.
        claim: as it stands in the cluster; None when nobody claims the listener.
        state: of the listener.
        deployment: id of this one.
        take_over: what may be taken over: the id of the deployment that claims the listener, or, of one that nobody
            claims, the identifier of the CA. A value that names anything else takes nothing.
        is_own_ca: says of an identifier whether it is this stack's, although the claim was removed by hand.

    Raises:
        ClaimedByAnother: names the deployment.
        AnotherCa: names the CA that is there.
    """
    if claim is not None:
        if claim.deployment not in {deployment, take_over}:
            raise ClaimedByAnother(listener, owner=claim.owner, deployment=claim.deployment)
        return
    others = others_on(state, take_over=take_over, is_own_ca=is_own_ca)
    if others:
        raise AnotherCa(listener, identifiers=others)


def others_on(state: ListenerState, *, take_over: str | None, is_own_ca: Callable[[str], bool]) -> list[str]:
    """Return the CAs of somebody else on a listener that may not be taken over; the arguments are those above."""
    return [
        one for one in state.identifiers if not (take_over and same_identifier(one, take_over)) and not is_own_ca(one)
    ]


@dataclass(frozen=True, kw_only=True)
class OwnCa:
    """What a stack's own CA is known by, before anything of the stack's state is at hand.

    Attributes:
        identifier: of a purchased one.
        certificate_pem: of an imported one.
        repository: stem of the name of the stack's own; None when the user named one, where others have certificates
            too.
        subject: of a generated one.
    """

    identifier: str | None
    certificate_pem: str | None
    repository: str | None
    subject: Subject | None

    def is_meant_by(self, identifier: str, cas: Callable[[], CasClient]) -> bool:
        """Say whether an identifier means a CA of the stack, of whatever generation.

        Args:
            identifier: of a certificate in CAS.
            cas: gives the client of the site, which is seldom needed.

        Raises:
            CloudError: CAS did not answer.
        """
        if self.identifier is not None:
            return same_identifier(identifier, self.identifier)
        if self.certificate_pem is not None:
            held = cas().describe(identifier)
            return held is not None and same_certificate(held.pem, self.certificate_pem)
        if self.repository is None:
            # Whether it is the very one, the switch knows from the state.
            return self._has_our_name(identifier, cas())
        site = cas()
        repositories = (one for one in site.repositories() if is_own_name(one.name, self.repository))
        return any(
            same_identifier(identifier, one.identifier) for each in repositories for one in site.certificates_in(each)
        )

    def _has_our_name(self, identifier: str, cas: CasClient) -> bool:
        held = cas.describe(identifier)
        if held is None or self.subject is None:
            return False
        try:
            found = load_chain(held.pem)[0].subject
        except PkiError:
            return False
        return _apart_from_generation(found) == _apart_from_generation(to_name(self.subject))


def _apart_from_generation(name: x509.Name) -> list[tuple[x509.ObjectIdentifier, str]]:
    return [(one.oid, _GENERATION.sub("", str(one.value))) for one in name]
