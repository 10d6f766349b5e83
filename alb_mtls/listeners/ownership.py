"""Whether a listener, and the CA on it, is ours: by the claim, and without one by the CA."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.certificates import same_chain
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.imports import import_turn
from alb_mtls.listeners.desired import is_named
from alb_mtls.listeners.repository_names import is_own_name
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.subject import Subject, to_name

if TYPE_CHECKING:
    from cryptography import x509

# What the commonName of a generation ends in.
_GENERATION = re.compile(r" G[0-9]+\Z")


def others_on(state: ListenerState, *, take_over: str | None, is_own_ca: Callable[[str], bool]) -> list[str]:
    """Return the CAs of somebody else on a listener that nobody claims, which may not be taken over.

    Args:
        state: of the listener.
        take_over: identifier of the CA that may be; a value that names anything else takes nothing.
        is_own_ca: says of an identifier whether it is this stack's, although the claim was removed by hand.
    """
    return [one for one in state.identifiers if not (take_over and is_named(one, take_over)) and not is_own_ca(one)]


@dataclass(frozen=True, kw_only=True)
class OwnCa:
    """What a stack's own CA is known by, before anything of the stack's state is at hand.

    Attributes:
        identifiers: of purchased generations.
        certificate_pems: of imported ones.
        repository: stem of the name of the stack's own; None when the user named one, where others have certificates
            too.
        subjects: of generated ones.
        trusted: the same of that generation alone that the listeners trust; None when this is it.
    """

    identifiers: tuple[str, ...] = ()
    certificate_pems: tuple[str, ...] = ()
    repository: str | None
    subjects: tuple[Subject, ...] = ()
    trusted: "OwnCa | None" = None

    def is_meant_by(self, identifier: str, cas: Callable[[], CasClient]) -> bool:
        """Say whether an identifier means a CA of the stack, of whatever generation.

        Args:
            identifier: of a certificate in CAS.
            cas: gives the client of the site, which is seldom needed.

        Raises:
            CloudError: CAS did not answer.
        """
        if any(same_identifier(identifier, one) for one in self.identifiers):
            return True
        if self.certificate_pems:
            held = cas().describe(identifier)
            if held is not None and any(same_chain(held.pem, one) for one in self.certificate_pems):
                return True
        if not self.subjects:
            return False
        if self.repository is None:
            # Whether it is the very one, the switch knows from the state.
            return self._has_our_name(identifier, cas())
        site = cas()
        repositories = (one for one in site.repositories() if is_own_name(one.name, self.repository))
        return any(
            same_identifier(identifier, one.identifier) for each in repositories for one in site.certificates_in(each)
        )

    def is_of_this_generation(self, identifier: str, cas: Callable[[], CasClient]) -> bool:
        """Say whether an identifier means the CA that the listeners are to trust, as far as its name tells.

        Args:
            identifier: of a certificate in CAS.
            cas: gives the client of the site.

        Raises:
            CloudError: CAS did not answer.
        """
        trusted = self.trusted or self
        if not trusted.subjects:
            return trusted.is_meant_by(identifier, cas)
        return _subject_of(identifier, cas()) in [to_name(one) for one in trusted.subjects]

    def _has_our_name(self, identifier: str, cas: CasClient) -> bool:
        found = _subject_of(identifier, cas)
        names = [_apart_from_generation(to_name(one)) for one in self.subjects]
        return found is not None and _apart_from_generation(found) in names


def _subject_of(identifier: str, cas: CasClient) -> "x509.Name | None":
    with import_turn:
        from alb_mtls.pki.encoding import load_chain

    held = cas.describe(identifier)
    try:
        return None if held is None else load_chain(held.pem)[0].subject
    except PkiError:
        return None


def _apart_from_generation(name: "x509.Name") -> "list[tuple[x509.ObjectIdentifier, str]]":
    return [(one.oid, _GENERATION.sub("", str(one.value))) for one in name]
