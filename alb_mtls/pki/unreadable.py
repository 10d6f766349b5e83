"""What no export mends: certificates that cryptography does not read, or soon will not, for the way they were made."""

from collections.abc import Callable, Iterator

from alb_mtls.pki.der import SEQUENCE, T61_STRING, DerError, Element, TbsCertificate, dotted, element
from alb_mtls.pki.errors import shown
from alb_mtls.pki.subject import FIELD_OF_OID

# X.680, 41.4, and the tags of its table 8.
_PRINTABLE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?")
_RESTRICTED: dict[int, tuple[str, Callable[[str], bool]]] = {
    0x13: ("a PrintableString", _PRINTABLE.__contains__),
    0x16: ("an IA5String", str.isascii),
}


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
            problem = next(_unreadable_fields(name), None)
            if problem is not None:
                only_its_own = whose == "subject" and tbs.subject.whole != tbs.issuer.whole
                remedy = "issue it again" if only_its_own else "only a new CA helps"
                field, how = problem
                return f"the {field} of its {whose} {how}; {remedy}, with its names in UTF-8"
    except (DerError, IndexError):
        # Whoever parses it will say so.
        return None
    return None


def _unreadable_fields(name: Element) -> Iterator[tuple[str, str]]:
    for relative in name.children():
        for attribute in relative.children():
            parts = attribute.children() if attribute.tag == SEQUENCE else []
            problem = _text_problem(parts[1]) if len(parts) > 1 else None
            if problem is not None:
                oid = dotted(parts[0])
                yield FIELD_OF_OID.get(oid, oid), problem


def _text_problem(text: Element) -> str | None:
    if text.tag == T61_STRING:
        return "is a T61String, an encoding out of use (RFC 5280, 4.1.2.4) that cannot be read here"
    if text.tag not in _RESTRICTED:
        return None
    kind, may_hold = _RESTRICTED[text.tag]
    strays = [one for one in text.content.decode("iso8859-1") if not may_hold(one)]
    return f"is {kind}, which may not hold {shown(strays[0])} and cannot be read here" if strays else None
