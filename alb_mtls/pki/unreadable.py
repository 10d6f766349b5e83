"""What no export mends: certificates that cryptography does not read, or soon will not, for the way they were made."""

from alb_mtls.pki.der import SEQUENCE, T61_STRING, DerError, Element, TbsCertificate, dotted, element
from alb_mtls.pki.subject import FIELD_OF_OID


def unreadable_problem(der: bytes) -> str | None:
    """Return what makes a certificate unreadable that OpenSSL may well read, or None."""
    try:
        tbs = TbsCertificate.of(element(der).children()[0].whole)
        serial = int.from_bytes(tbs.serial_number.content, "big", signed=True)
        if serial <= 0:
            return (
                f"its serial number is {'0' if serial == 0 else 'negative'}, but must be positive (RFC 5280, 4.1.2.2), "
                "or some TLS servers reject it; issue it again"
            )
        for whose, name in (("subject", tbs.subject), ("issuer", tbs.issuer)):
            field = _t61_field(name)
            if field is not None:
                return (
                    f"the {field} of its {whose} is a T61String, an encoding out of use (RFC 5280, 4.1.2.4) that "
                    "cannot be read here; only a new CA helps, with its names in UTF-8"
                )
    except (DerError, IndexError):
        # Whoever parses it will say so.
        return None
    return None


def _t61_field(name: Element) -> str | None:
    for relative in name.children():
        for attribute in relative.children():
            parts = attribute.children() if attribute.tag == SEQUENCE else []
            if len(parts) > 1 and parts[1].tag == T61_STRING:
                oid = dotted(parts[0])
                return FIELD_OF_OID.get(oid, oid)
    return None
