"""Which answers of a backend are headers, and which forms of a name and of a fingerprint are those of a certificate."""

import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from alb_mtls.handshake.echo_answers import form_of_fingerprint, form_of_name, headers_in_answer, is_verified
from tests.helpers.certificates import make_root

NAME = x509.Name(
    [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "Zhejiang"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "A/B, Ltd"),
        x509.NameAttribute(NameOID.COMMON_NAME, "alice=admin"),
        x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@b.example"),
    ]
)
CERTIFICATE = make_root().certificate
DER = CERTIFICATE.public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"X-Client": "a", "n": 1}', {"x-client": ["a"]}),
        (b'{"x-client": ["a", "b"]}', {"x-client": ["a", "b"]}),
        (b'{"x-client": "a", "x-client": ["b", "c"]}', {"x-client": ["a", "b", "c"]}),
        (b'{"url": "/", "headers": {"X-Client": "a"}}', {"x-client": ["a"]}),
        (
            b"GET /echo HTTP/1.1\r\nHost: h\r\nX-Client: a\r\nx-client:b\r\n\r\n",
            {"host": ["h"], "x-client": ["a", "b"]},
        ),
    ],
)
def test_headers_are_read_as_an_object_or_as_lines(body: bytes, headers: dict[str, list[str]]) -> None:
    assert headers_in_answer(body) == headers


@pytest.mark.parametrize("body", [b"", b"old\n", b"[]", b"{}", b"1", b"\xff\xfe", b"[" * 100_000, b"<p>no</p>"])
def test_what_shows_no_header_is_no_echo(body: bytes) -> None:
    assert headers_in_answer(body) is None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (NAME.rfc4514_string(), "separated by commas, last part first (RFC 4514)"),
        (r"C=CN, ST=Zhejiang, O=A/B\, Ltd, CN=alice\=admin, E=a@b.example", "separated by commas, in the order of"),
        (r'C=CN,S=Zhejiang,O="A/B, Ltd",CN=alice=admin,emailAddress=a@b.example', "separated by commas, in the order"),
        ("/C=CN/ST=Zhejiang/O=A/B, Ltd/CN=alice=admin/emailAddress=a@b.example", "separated by /, in the order of the"),
        (
            r"CN=alice\3Dadmin,C=CN,ST=Zhejiang,O=A/B\2C Ltd,E=a@b.example",
            "separated by commas, in an order of its own",
        ),
    ],
)
def test_a_name_is_known_in_each_spelling(text: str, form: str) -> None:
    found = form_of_name(text, NAME)
    assert found is not None
    assert found.startswith(form)


COMPANY = x509.Name(
    [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "阿里 Ä"),
        x509.NameAttribute(NameOID.SERIAL_NUMBER, "5"),
        x509.NameAttribute(NameOID.SURNAME, "s"),
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        COMPANY.rfc4514_string(),
        "SN=s,serialNumber=5,O=阿里 Ä",
        "SN=s,serialNumber=5,O=阿里 Ä".encode().decode("latin-1"),
        r"SN=s,serialNumber=5,O=\E9\98\BF\E9\87\8C \C3\84",
        r"/O=\xE9\x98\xBF\xE9\x87\x8C \xC3\x84/serialNumber=5/SN=s",
    ],
    ids=["RFC 4514", "OpenSSL", "octets as Latin-1", "escaped", "escaped with x"],
)
def test_a_name_that_is_not_ascii_is_known_however_its_octets_are_written(text: str) -> None:
    assert form_of_name(text, COMPANY) is not None


@pytest.mark.parametrize(
    "text",
    [
        "SN=s,serialNumber=5,O=阿里 A",
        "SN=5,serialNumber=s,O=阿里 Ä",
        r"SN=s,serialNumber=5,O=\E9\98\BF\E9\87\8D \C3\84",
    ],
)
def test_another_name_that_is_not_ascii_is_not_taken_for_it(text: str) -> None:
    assert form_of_name(text, COMPANY) is None


@pytest.mark.parametrize("text", ["CN=alice", "/CN=alice", "commonName = alice"])
def test_a_name_of_one_part_shows_no_order(text: str) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")])
    assert form_of_name(text, name) == "of one part, which shows neither order nor separator"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice=admin",
        "CN=alice=admin",
        "/C=CN/ST=Zhejiang/O=A/CN=alice=admin/emailAddress=a@b.example",
        f"{NAME.rfc4514_string()},CN=admin",
        f"CN=forged, {NAME.rfc4514_string()}",
        NAME.rfc4514_string().replace("alice", "Alice"),
    ],
)
def test_another_name_is_not_taken_for_it(text: str) -> None:
    assert form_of_name(text, NAME) is None


@pytest.mark.parametrize("digest", ["sha256", "sha1"])
def test_a_fingerprint_is_known_in_each_digest_and_case(digest: str) -> None:
    plain = hashlib.new(digest, DER).hexdigest()
    pairs = ":".join(plain[place : place + 2] for place in range(0, len(plain), 2))
    assert form_of_fingerprint(plain, CERTIFICATE) == f"{digest}, hexadecimal in lower case"
    assert form_of_fingerprint(pairs.upper(), CERTIFICATE) == f"{digest}, hexadecimal in upper case, with colons"


@pytest.mark.parametrize(
    "text",
    ["", "00", hashlib.sha256(b"another").hexdigest(), hashlib.sha256(DER).hexdigest()[:-1]],
    # The certificate is another in each process: its fingerprint must not name a test.
    ids=["nothing", "short", "another", "cut"],
)
def test_another_fingerprint_is_not_taken_for_it(text: str) -> None:
    assert form_of_fingerprint(text, CERTIFICATE) is None


@pytest.mark.parametrize(
    ("text", "verified"),
    [("SUCCESS", True), ("0x0", True), ("NONE", False), (" ", False), ("FAILED:certificate has expired", False)],
)
def test_a_result_that_says_no_is_no_verification(text: str, *, verified: bool) -> None:
    assert is_verified(text) is verified
