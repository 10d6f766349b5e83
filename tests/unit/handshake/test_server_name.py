"""A server's certificate is for the host or not; one that cannot be read to its end is named as that."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from alb_mtls.handshake.server_name import name_problem
from alb_mtls.pki.der import SEQUENCE, encoded
from tests.helpers.certificates import ROOT_SUBJECT, make_root
from tests.helpers.mutated_certificates import Extensions, Mutation, attribute, mutated_client

HOST = "demo.alb.ingress.top"
ROOT = make_root(subject=ROOT_SUBJECT)
_SAN = x509.ObjectIdentifier("2.5.29.17")


def certificate(*names: tuple[int, bytes], common_name: str = "server") -> x509.Certificate:
    """Return a certificate with these alternative names, each a tag and its octets; without any, with no extension."""
    value = encoded(SEQUENCE, b"".join(encoded(tag, octets) for tag, octets in names))

    def extensions(given: Extensions) -> Extensions:
        kept = [one for one in given if not isinstance(one[0], x509.SubjectAlternativeName)]
        return [*kept, (x509.UnrecognizedExtension(_SAN, value), False)] if names else kept

    named = [attribute(NameOID.COMMON_NAME, common_name)]
    return mutated_client(ROOT, Mutation(extensions=extensions, subject=lambda _: named))


DNS, IP, X400 = 0x82, 0x87, 0xA3


def test_a_certificate_for_the_host_or_its_address_is_taken_and_for_another_is_not() -> None:
    assert name_problem(certificate((DNS, HOST.encode())), HOST) is None
    assert name_problem(certificate((DNS, b"other.example")), HOST) == f"is not for {HOST}"
    assert name_problem(certificate((IP, bytes([127, 0, 0, 1]))), "127.0.0.1") is None
    assert name_problem(certificate((IP, bytes([127, 0, 0, 2]))), "127.0.0.1") == "is not for 127.0.0.1"


@pytest.mark.parametrize("names", [(), ((DNS, b""),)])
def test_a_common_name_alone_is_no_name_of_a_host(names: tuple[tuple[int, bytes], ...]) -> None:
    problem = name_problem(certificate(*names, common_name=HOST), HOST)
    assert problem is not None
    assert problem.endswith(f"so it is not for {HOST}; a commonName does not count")


@pytest.mark.parametrize("odd", [(DNS, b"\xff\xfe.example"), (IP, b"\x01\x02\x03"), (X400, b"\x30\x00")])
def test_a_name_beside_it_that_cannot_be_read_is_the_cause(odd: tuple[int, bytes]) -> None:
    problem = name_problem(certificate(odd, (DNS, HOST.encode())), HOST)
    assert problem is not None
    assert problem.startswith("has an extension that cannot be read")
