"""Names and name constraints as words, for whoever has to find out which name breaks which constraint."""

from collections.abc import Iterable

from cryptography import x509

from alb_mtls.pki.errors import shown
from alb_mtls.pki.extensions import extension_of

# Readers know it by this name; without it it would be shown as numbers.
_SHORT = {x509.NameOID.EMAIL_ADDRESS: "emailAddress"}


def name_text(name: x509.Name) -> str:
    """Return a distinguished name as it may stand in a message."""
    return shown(whole_name(name))


def whole_name(name: x509.Name) -> str:
    """Return a distinguished name as RFC 4514 writes it, without quotes and however long."""
    return name.rfc4514_string(_SHORT)


def names_text(certificate: x509.Certificate) -> str:
    """Return every name of a certificate that constraints may be about."""
    subject = [f"subject {name_text(certificate.subject)}"] if list(certificate.subject) else []
    alternative = extension_of(certificate, x509.SubjectAlternativeName) or ()
    return ", ".join([*subject, *map(_text, alternative)])


def constraints_text(certificate: x509.Certificate) -> str:
    """Return what the nameConstraints of a CA permit and exclude."""
    constraints = extension_of(certificate, x509.NameConstraints)
    if constraints is None:
        return ""
    parts = (("permits only", constraints.permitted_subtrees), ("excludes", constraints.excluded_subtrees))
    return " and ".join(f"{word} {_list(names)}" for word, names in parts if names)


def _list(names: Iterable[x509.GeneralName]) -> str:
    return ", ".join(map(_text, names))


def _text(name: x509.GeneralName) -> str:
    kinds = {x509.DNSName: "dns", x509.RFC822Name: "email", x509.UniformResourceIdentifier: "uri"}
    kind = kinds.get(type(name))
    if kind is not None:
        return f"{kind}:{shown(str(name.value))}"
    if isinstance(name, x509.DirectoryName):
        return f"subject {name_text(name.value)}"
    return shown(str(name.value))
