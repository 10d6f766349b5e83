"""Checking a CA that was made elsewhere, as the CA of a listener."""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.x509.oid import NameOID

from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.keys import certified_key_problem
from alb_mtls.pki.signatures import is_issued_by, signature_problem, weak_anchor


@dataclass(frozen=True, kw_only=True)
class ImportedCa:
    """The errors and warnings about an imported CA."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def imported_ca_findings(
    certificate: x509.Certificate, *, has_issuer: bool = False, signs_clients: bool = True
) -> ImportedCa:
    """Check a certificate, as load_chain() returns it, as the CA of a listener.

    What keeps verifiers from accepting its clients is for `verification.ca_problems`, its dates among it.

    Args:
        certificate: of the CA.
        has_issuer: the certificates from it up to its root are at hand.
        signs_clients: it is what CAS and the controller name; not so a CA above that one.
    """
    findings = ImportedCa()
    weak = weak_anchor(certificate)
    problem = certified_key_problem(certificate) if weak is not None else signature_problem(certificate)
    if problem is not None:
        findings.errors.append(problem)
    elif weak is not None:
        findings.warnings.append(weak)
    if signs_clients and not certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        findings.errors.append("its subject has no commonName, and the ALB Ingress controller rejects such a CA")
    of_its_version = _version_1_findings if certificate.version is x509.Version.v1 else _extension_findings
    errors, warnings = of_its_version(certificate)
    if not errors and not has_issuer and not is_issued_by(certificate, certificate):
        warnings.append(
            "it is not self-signed: verifiers that need the whole chain up to a root, as OpenSSL is by default, reject "
            "its clients; put the certificates from its issuer up to the root behind it"
        )
    findings.errors.extend(errors)
    findings.warnings.extend(warnings)
    return findings


def _version_1_findings(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    # Without extensions only a trust anchor can be a CA: OpenSSL takes version 1 when self-signed, never otherwise.
    if not is_issued_by(certificate, certificate):
        return ["it is an X.509 version 1 certificate and not self-signed, so it is not a CA; give the root CA's"], []
    warning = (
        "it is an X.509 version 1 certificate, as the old openssl recipe makes them: lenient TLS stacks accept it, "
        "strict ones (openssl -x509_strict, AWS, Azure) reject it"
    )
    return [], [warning]


def _extension_findings(certificate: x509.Certificate) -> tuple[list[str], list[str]]:
    errors, warnings = [], []
    constraints = extension_of(certificate, x509.BasicConstraints)
    if constraints is None:
        return ["it has no basicConstraints, so it is not a CA; give the CA's certificate"], []
    if not constraints.ca:
        return ["it is not a CA (basicConstraints CA:FALSE), but the certificate of a client or server"], []
    if constraints.path_length == 0:
        warnings.append("it has pathLen 0, so a later generation cannot be introduced by cross-signing")
    usage = extension_of(certificate, x509.KeyUsage)
    if usage is None:
        warnings.append("it has no keyUsage; RFC 5280 requires keyCertSign in a CA")
    elif not usage.key_cert_sign:
        errors.append("its keyUsage does not allow keyCertSign, so it may not sign clients")
    return errors, warnings
