"""Whether a TLS server would accept a client's certificate, found out as a server does, before anything is touched.

Path, name constraints and critical extensions are OpenSSL's to judge. Its store is given no purpose, so extended key
usage is judged here, and so are dates, to say how far away they are. cryptography's own verifier does not serve: it
rejects clients without a subjectAltName.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from OpenSSL.crypto import X509, Error, X509Store, X509StoreContext, X509StoreContextError, X509StoreFlags

from alb_mtls.pki.extensions import extension_of, is_ca
from alb_mtls.pki.keys import public_key_octets
from alb_mtls.pki.lifetime import date_problem
from alb_mtls.pki.name_constraints import constraints_text, name_text, names_text
from alb_mtls.pki.purposes import ca_purpose_problem, client_purpose_problems
from alb_mtls.pki.signatures import is_issued_by, signature_problem

# X509_V_FLAG_NO_CHECK_TIME, which pyOpenSSL does not name.
_NO_CHECK_TIME = 0x200000

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_BAD_SIGNATURE = 7
_NO_ISSUER = (18, 19, 20)
_PATH_LENGTH, _CRITICAL_EXTENSION, _INVALID_CA = 25, 34, 79
_NAME_CONSTRAINTS = (47, 48)
# X509_supported_extension() of OpenSSL's v3_purp.c: cryptography reads more than these.
_KNOWN_WHEN_CRITICAL = frozenset(
    {
        "1.3.6.1.5.5.7.1.7",  # sbgp-ipAddrBlock
        "1.3.6.1.5.5.7.1.8",  # sbgp-autonomousSysNum
        "1.3.6.1.5.5.7.1.14",  # proxyCertInfo
        "1.3.6.1.5.5.7.48.1.5",  # OCSP noCheck
        "2.16.840.1.113730.1.1",  # nsCertType
        *(f"2.5.29.{last}" for last in (14, 15, 17, 19, 30, 31, 32, 33, 35, 36, 37, 54)),
    }
)


def problems_of(
    certificate: x509.Certificate, chain: Sequence[x509.Certificate], ca: x509.Certificate | None, at: datetime
) -> list[str]:
    """Return why a TLS server that trusts one CA would reject a client, one sentence each.

    What is wrong with the CA itself is for `ca_problems`, so that it is reported once and not with every client.

    Args:
        certificate: the client's own.
        chain: what the client sends beside it, as it stands in its file; the CA may be among it.
        ca: what the server trusts; None when only its identifier is known, and then the path is not judged.
        at: the moment that is judged, aware.
    """
    if chain and is_ca(certificate):
        sentence = (
            f"it begins with a CA, {name_text(certificate.subject)}; the client's own certificate comes first, then "
            "that of whoever issued it"
        )
        return [sentence]
    # Of two certificates of one issuer, OpenSSL takes the one that is valid.
    path = _path_to(ca, [certificate], sorted(chain, key=lambda one: date_problem(one, at) is not None))
    problems = [*_own_problems(certificate, at), *client_purpose_problems(certificate)]
    for issuer in path[1:]:
        if issuer != ca:
            of_issuer = (*_own_problems(issuer, at), ca_purpose_problem(issuer))
            problems += [f"its issuer {name_text(issuer.subject)}: {problem}" for problem in of_issuer if problem]
    if ca is not None:
        if public_key_octets(certificate) == public_key_octets(ca) is not None:
            return [*problems, "it carries the root CA's own key; make the client a key of its own"]
        return [*problems, *_rejections(certificate, chain, ca, path, at)]
    if not problems and not chain and is_issued_by(certificate, certificate):
        problems.append("it is self-signed, so no root CA has issued it")
    return problems


def gaps_in(chain: Sequence[x509.Certificate]) -> list[str]:
    """Return what a client's chain lacks by itself, whoever the CA is: all that is sent beside the client leads to it.

    Args:
        chain: the client's own certificate first.
    """
    path = _path_to(None, [chain[0]], chain[1:])
    apart = [one for one in chain if one not in path]
    if not apart:
        return []
    sentence = (
        f"it holds {name_text(apart[0].subject)}, but not the certificate of the issuer of "
        f"{name_text(path[-1].subject)}, {name_text(path[-1].issuer)}; add that, or take the other one out"
    )
    return [sentence]


def ca_problems(ca: x509.Certificate, at: datetime) -> list[str]:
    """Return why a TLS server that trusts a CA would reject all its clients, one sentence each."""
    problems = [date_problem(ca, at), ca_purpose_problem(ca)]
    return [*(problem for problem in problems if problem), *_rejections(ca, (), ca, [ca], at)]


def path_problems(
    certificate: x509.Certificate, chain: Sequence[x509.Certificate], ca: x509.Certificate, at: datetime
) -> list[str]:
    """Return why OpenSSL does not follow a certificate of whatever kind to a CA, one sentence each.

    Args:
        certificate: at the beginning of the path.
        chain: what may stand between it and the CA.
        ca: what is trusted.
        at: the moment that is judged, aware.
    """
    return list(_rejections(certificate, chain, ca, _path_to(ca, [certificate], chain), at))


def _own_problems(certificate: x509.Certificate, at: datetime) -> list[str]:
    problems = (signature_problem(certificate), date_problem(certificate, at))
    return [problem for problem in problems if problem is not None]


def _path_to(
    ca: x509.Certificate | None, path: list[x509.Certificate], chain: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Return the certificates from the client on towards the CA, as far as they are there."""
    last = path[-1]
    if last == ca or (ca is not None and is_issued_by(last, ca)):
        return path
    longest = path
    for one in chain:
        if one not in path and is_issued_by(last, one):
            # A CA may be there twice: self-signed, and cross-signed by another one.
            further = _path_to(ca, [*path, one], chain)
            if ca is not None and is_issued_by(further[-1], ca):
                return further
            longest = max(longest, further, key=len)
    return longest


def _rejections(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    ca: x509.Certificate,
    path: list[x509.Certificate],
    at: datetime,
) -> Iterator[str]:
    """Yield what OpenSSL says, which stops at the first thing it finds; what can be passed over is, to find more."""
    # An anchor need not be self-signed: one that is not has its warning already (imported_ca_findings).
    flags = X509StoreFlags.PARTIAL_CHAIN
    if any(date_problem(one, at) is not None for one in (*path, ca)):
        # Has been reported, and there may be more.
        flags |= _NO_CHECK_TIME
    while True:
        try:
            verdict = _verdict(certificate, chain, ca, at, flags)
        except Error:
            # It did not even read what cryptography has read, or cannot use its key.
            yield "OpenSSL cannot read it; issue it again"
            return
        if verdict is None:
            return
        if verdict.code != _CRITICAL_EXTENSION:
            yield _rejection(verdict, ca, path)
            return
        found = verdict.certificate
        if found != ca or certificate == ca:
            whose = "it has" if found == certificate else f"its issuer {name_text(found.subject)} has"
            yield f"{whose} a critical extension that OpenSSL does not know ({_unknown(found)})"
        flags |= X509StoreFlags.IGNORE_CRITICAL


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    """Why OpenSSL rejects a chain: one of its codes, its words, and the certificate at which it stopped."""

    code: int
    message: str
    certificate: x509.Certificate


def _verdict(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    ca: x509.Certificate,
    at: datetime,
    flags: int,
) -> _Verdict | None:
    """Return why OpenSSL rejects a chain, or None.

    Raises:
        Error: OpenSSL cannot read one of them.
    """
    store = X509Store()
    store.add_cert(X509.from_cryptography(ca))
    store.set_flags(flags)
    store.set_time(at)
    sent = [X509.from_cryptography(one) for one in chain]
    try:
        X509StoreContext(store, X509.from_cryptography(certificate), sent).verify_certificate()
    except X509StoreContextError as error:
        stopped_at = error.certificate.to_cryptography()
        return _Verdict(code=int(error.errors[0]), message=str(error), certificate=stopped_at)
    return None


def _rejection(verdict: _Verdict, ca: x509.Certificate, path: list[x509.Certificate]) -> str:
    code, at = verdict.code, verdict.certificate
    if code in _NAME_CONSTRAINTS:
        constrained = [one for one in (*path[1:], ca) if extension_of(one, x509.NameConstraints) is not None]
        constraints = "; ".join(f"{name_text(one.subject)} {constraints_text(one)}" for one in constrained)
        return f"one of its names ({names_text(at)}) breaks the nameConstraints of its issuers: {constraints}"
    if code in _NO_ISSUER:
        return _no_path(path, at, ca)
    if code == _PATH_LENGTH:
        return f"there are more CAs between it and the root CA than the pathLen of {name_text(at.subject)} allows"
    if code == _INVALID_CA:
        return f"its issuer {name_text(at.subject)} is not a CA (basicConstraints), so it may not issue certificates"
    if code == _BAD_SIGNATURE:
        return "it was not issued by the root CA: it names the root CA as its issuer, but another key signed it"
    return f"OpenSSL rejects it: {verdict.message}"


def _no_path(path: list[x509.Certificate], at: x509.Certificate, ca: x509.Certificate) -> str:
    last = path[-1]
    if at in path and is_issued_by(last, ca) and not is_issued_by(at, at):
        if _fits_key_identifier(at, ca if at == last else path[path.index(at) + 1]):
            return (
                f"OpenSSL does not take {name_text(at.issuer)} for the issuer of {name_text(at.subject)}, although "
                "name and signature fit: an extension of one of the two is malformed (openssl x509 -in FILE -noout "
                "-text shows them); issue that again"
            )
        whose = "it has" if at == path[0] else f"its issuer {name_text(at.subject)} has"
        return (
            f"{whose} an authorityKeyIdentifier that does not fit the certificate of its issuer "
            f"{name_text(at.issuer)}, so OpenSSL does not take that for its issuer; issue it again"
        )
    if is_issued_by(last, ca):
        return (
            f"OpenSSL follows {name_text(at.subject)}, which stands in the file too, and does not find the root CA "
            "that way; take that certificate out"
        )
    if last.issuer in (ca.subject, last.subject):
        return f"it was not issued by the root CA {name_text(ca.subject)}, but by another one, {name_text(last.issuer)}"
    whose = "its issuer" if len(path) == 1 else f"the issuer of {name_text(last.subject)}"
    return (
        f"it was not issued by the root CA {name_text(ca.subject)}, and the certificate of {whose}, "
        f"{name_text(last.issuer)}, is not in the file. Put it there, after the client's own; where a key takes one "
        "certificate only, as clients[].certificateFile does, give that CA to the listener as its root CA"
    )


def _fits_key_identifier(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Say whether the authorityKeyIdentifier of a certificate, where there is one, is that of its issuer."""
    named = extension_of(certificate, x509.AuthorityKeyIdentifier)
    own = extension_of(issuer, x509.SubjectKeyIdentifier)
    if named is None:
        return True
    same_key = own is None or named.key_identifier in (None, own.digest)
    names = [one.value for one in named.authority_cert_issuer or () if isinstance(one, x509.DirectoryName)]
    same_name = not names or issuer.issuer in names
    return same_key and same_name and named.authority_cert_serial_number in (None, issuer.serial_number)


def _unknown(certificate: x509.Certificate) -> str:
    critical = [one for one in certificate.extensions if one.critical]
    unknown = [one for one in critical if one.oid.dotted_string not in _KNOWN_WHEN_CRITICAL]
    return ", ".join(one.oid.dotted_string for one in unknown or critical)
