"""A client's request or certificate that cannot be used: each is reported by its key, beside one that is taken."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from tests.helpers.authorities import issued
from tests.helpers.certificates import P256, ClientCredential, make_client, signing_request
from tests.helpers.documents import REPOSITORY
from tests.helpers.imported_stack import ALICE, OTHER, ROOT, SOUND, generated, imported

KEY = generate_private_key(P256)
DAY = timedelta(days=1)

ProblemsOf = Callable[..., tuple[str, ...]]


# One of each kind here and below; tests/unit/pki has them all.
REQUESTS: dict[str, tuple[str | bytes, str]] = {
    "DER": (signing_request(KEY, "device").public_bytes(Encoding.DER), "is not text; give the PEM form, not DER"),
    "a certificate": (SOUND, "this is a certificate, not a certificate signing request"),
    "weak key": (
        signing_request(rsa.generate_private_key(65537, 1024), "device").public_bytes(Encoding.PEM),
        "has 1024 bits, but at least",
    ),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_file_that_is_no_usable_request_is_reported(problems_of: ProblemsOf, kind: str) -> None:
    values = {"rootCa": generated(), "clients": [{"name": "device", "csrFile": "device.pem"}]}
    content, said = REQUESTS[kind]
    assert problems_of(values, device=signing_request(KEY, "device").public_bytes(Encoding.PEM)) == ()
    [line] = problems_of(values, device=content)
    assert line.startswith("clients[0].csrFile: device.pem")
    assert said in line


def test_a_request_that_windows_saved_in_utf16_is_taken_and_one_that_is_no_text_is_not(problems_of: ProblemsOf) -> None:
    values = {"rootCa": generated(), "clients": [{"name": "device", "csrFile": "device.pem"}]}
    assert problems_of(values, device=(REPOSITORY / "tests/cases/csr-utf16.pem").read_bytes()) == ()
    assert "is not text" in problems_of(values, device=b"\xff\xfe\xff")[0]


CERTIFICATES: dict[str, tuple[str | bytes, str]] = {
    "of another root": (certificate_pem(make_client(OTHER).certificate), "it was not issued by the root CA"),
    "with its key": (certificate_pem(ALICE.certificate) + private_key_pem(ALICE.key), "this holds a private key"),
    "DER": (ALICE.certificate.public_bytes(Encoding.DER), "is not text; give the PEM form, not DER"),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_file_that_is_no_usable_certificate_of_a_client_is_reported(problems_of: ProblemsOf, kind: str) -> None:
    values = imported(clients=[{"name": "alice", "certificateFile": "alice.pem"}])
    content, said = CERTIFICATES[kind]
    assert problems_of(values, ca=SOUND, alice=certificate_pem(ALICE.certificate)) == ()
    [line] = problems_of(values, ca=SOUND, alice=content)
    assert line.startswith("clients[0].certificateFile: alice.pem")
    assert said in line


def test_a_request_with_the_roots_own_key_is_reported(problems_of: ProblemsOf) -> None:
    values = imported(clients=[{"name": "device", "csrFile": "device.pem"}])
    said = "clients[0].csrFile: device.pem: it carries the root CA's own key; make the client a key of its own"
    assert problems_of(values, ca=SOUND, device=signing_request(KEY, "device").public_bytes(Encoding.PEM)) == ()
    assert problems_of(values, ca=SOUND, device=signing_request(ROOT.key, "device").public_bytes(Encoding.PEM)) == (
        said,
    )


def test_one_key_under_two_names_is_reported_be_it_in_requests_or_certificates(problems_of: ProblemsOf) -> None:
    def request(identity: ClientCredential) -> bytes:
        return signing_request(identity.key, "any").public_bytes(Encoding.PEM)

    bob = make_client(ROOT, name="bob")
    two = imported(
        clients=[{"name": "alice", "csrFile": "one.pem"}, {"name": "bob", "csrFile": "two.pem"}],
    )
    assert problems_of(two, ca=SOUND, one=request(ALICE), two=request(bob)) == ()
    [line] = problems_of(two, ca=SOUND, one=request(ALICE), two=request(ALICE))
    assert line.startswith("clients[1].csrFile: holds the same key as client 'alice'")
    mixed = imported(
        clients=[{"name": "alice", "csrFile": "one.pem"}, {"name": "bob", "certificateFile": "two.pem"}],
    )
    assert problems_of(mixed, ca=SOUND, one=request(ALICE), two=certificate_pem(bob.certificate)) == ()
    [line] = problems_of(mixed, ca=SOUND, one=request(ALICE), two=certificate_pem(ALICE.certificate))
    assert line.startswith("clients[1].certificateFile: holds the same key as client 'alice'")


def test_one_subject_under_two_names_is_reported_however_the_clients_come_by_it(problems_of: ProblemsOf) -> None:
    said = "is the subject of client 'alice' too, and backends that read the subject cannot tell the two apart"
    files = {
        "ca": SOUND,
        "device": signing_request(KEY, "device").public_bytes(Encoding.PEM),
        "brought": certificate_pem(issued(ROOT, "Alice").certificate),
        "other": certificate_pem(issued(ROOT, "alice2").certificate),
    }
    first = {"name": "alice"}
    for second, key in (
        ({"name": "bob", "subject": {"commonName": "ALICE"}}, "subject"),
        ({"name": "bob", "csrFile": "device.pem", "subject": {"commonName": "alice"}}, "subject"),
        ({"name": "bob", "certificateFile": "brought.pem"}, "certificateFile"),
    ):
        [line] = problems_of(imported(clients=[first, second]), **files)
        assert line.startswith(f"clients[1].{key}: {said}")
    for second in (
        {"name": "bob"},
        {"name": "bob", "subject": {"commonName": "alice", "organization": "alibaba"}},
        {"name": "bob", "csrFile": "device.pem"},
        {"name": "bob", "certificateFile": "other.pem"},
    ):
        assert problems_of(imported(clients=[first, second]), **files) == ()


def test_two_clients_of_one_name_or_without_a_name_are_reported_for_that_alone(problems_of: ProblemsOf) -> None:
    [line] = problems_of(imported(clients=[{"name": "alice"}, {"name": "alice"}]), ca=SOUND)
    assert line.startswith("clients[1].name: 'alice' is the name of clients[0] too")
    lines = problems_of(imported(clients=[{}, {}]), ca=SOUND)
    assert [line.endswith("each client needs a name") for line in lines] == [True, True]
