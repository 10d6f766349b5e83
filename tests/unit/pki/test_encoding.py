"""One form of PEM, whatever came in; what is no certificate is refused in one sentence; PKCS#12 that others open."""

import subprocess
import textwrap
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from hypothesis import example, given
from hypothesis import strategies as st

from alb_mtls.pki.encoding import (
    certificate_pem,
    fingerprint,
    load_certificate,
    load_chain,
    normalise_certificate_pem,
    pkcs12,
    serial_hex,
)
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.verification import ca_problems, problems_of
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.profiles import ca_profile_violations, client_profile_violations

ROOT = make_root()
CLIENT = make_client(ROOT)
PEM = certificate_pem(ROOT.certificate)
DER = ROOT.certificate.public_bytes(Encoding.DER)


def _pem_of(der: bytes, width: int = 64) -> str:
    lines = textwrap.fill(b64encode(der).decode(), width)
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n"


def _openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout + done.stderr


@given(
    line_end=st.sampled_from(["\n", "\r\n", "\r\n\r\n", " \n"]),
    around=st.text(alphabet=st.characters(exclude_characters="-", exclude_categories=["Cs"]), max_size=40),
    width=st.integers(min_value=10, max_value=2000),
)
def test_line_ends_line_lengths_and_text_around_a_certificate_change_nothing(
    line_end: str, around: str, width: int
) -> None:
    assert normalise_certificate_pem(around + "\n" + _pem_of(DER, width).replace("\n", line_end) + around) == PEM


def test_the_one_form_has_lines_of_64_characters_and_one_line_end_at_its_end() -> None:
    first, *body, last, end = PEM.split("\n")
    assert (first, last, end) == ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "")
    assert {len(line) for line in body[:-1]} == {64}


def test_a_chain_keeps_its_order_and_one_certificate_means_one() -> None:
    both = certificate_pem(CLIENT.certificate) + PEM
    assert load_chain(both) == [CLIENT.certificate, ROOT.certificate]
    assert normalise_certificate_pem(both) == both
    assert load_certificate(PEM) == ROOT.certificate
    with pytest.raises(PkiError, match="holds 2 certificates, but must hold exactly one"):
        load_certificate(both)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a certificate in PEM form"),
        ("hello", "not a certificate in PEM form"),
        (PEM.replace("M", "?", 1), "certificate 1 of 1 cannot be parsed"),
        (_pem_of(DER[:-1]), "certificate 1 of 1 cannot be parsed"),
        (_pem_of(DER + b"\0"), "certificate 1 of 1 cannot be parsed"),
        (
            _pem_of(DER.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07", 1)),
            "certificate 1 of 1 cannot be parsed",
        ),
        (PEM + PEM[:200], "cut off"),
        (PEM + private_key_pem(ROOT.key), "private key beside the certificate"),
    ],
    ids=["nothing", "prose", "no base64", "too short", "too long", "version 8", "second cut off", "with its key"],
)
def test_what_is_no_certificate_is_refused_without_showing_it(text: str, said: str) -> None:
    with pytest.raises(PkiError, match=said) as refused:
        load_chain(text)
    assert PEM.split("\n")[1] not in str(refused.value)


@pytest.mark.filterwarnings("ignore")  # cryptography warns of some oddities that it reads nevertheless
# The commonName as a BIT STRING, which cryptography answers with a TypeError.
@example(DER.index(b"\x55\x04\x03") + 3, 3)
@given(st.integers(min_value=0, max_value=len(DER) - 1), st.integers(min_value=0, max_value=255))
def test_a_certificate_with_any_octet_changed_is_refused_or_checked_but_never_crashes(
    position: int, octet: int
) -> None:
    changed = bytearray(DER)
    changed[position] = octet
    try:
        certificate = load_certificate(_pem_of(bytes(changed)))
    except PkiError:
        return
    imported_ca_findings(certificate)
    ca_problems(certificate, NOW)
    problems_of(CLIENT.certificate, (), certificate, NOW)
    problems_of(certificate, (CLIENT.certificate,), ROOT.certificate, NOW)
    client_profile_violations(CLIENT.certificate, certificate)
    assert (ca_profile_violations(certificate) == []) is (bytes(changed) == DER)


def test_fingerprint_and_serial_number_are_those_that_openssl_shows(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(PEM)
    shown = _openssl("x509", "-in", str(path), "-noout", "-fingerprint", "-sha256", "-serial").lower()
    values = [line.partition("=")[2] for line in shown.splitlines()]
    assert values[0].replace(":", "") == fingerprint(ROOT.certificate)
    assert values[1].lstrip("0") == serial_hex(ROOT.certificate)


def _bundle(*, password: str, legacy: bool) -> bytes:
    return pkcs12(
        name="alice",
        key=CLIENT.key,
        certificate=CLIENT.certificate,
        chain=[ROOT.certificate],
        password=password,
        legacy=legacy,
    )


@pytest.mark.parametrize("legacy", [False, True])
def test_a_pkcs12_file_opens_with_its_password_in_python_and_openssl(tmp_path: Path, *, legacy: bool) -> None:
    bundle = _bundle(password="open sesame", legacy=legacy)
    opened = load_pkcs12(bundle, b"open sesame")
    assert opened.cert is not None
    assert opened.cert.certificate == CLIENT.certificate
    assert [c.certificate for c in opened.additional_certs] == [ROOT.certificate]
    path = tmp_path / "alice.p12"
    path.write_bytes(bundle)
    shown = _openssl("pkcs12", "-in", str(path), "-passin", "pass:open sesame", "-nokeys", "-info")
    assert ("3-KeyTripleDES" if legacy else "AES-256-CBC") in shown
    with pytest.raises(ValueError, match="password"):
        load_pkcs12(bundle, b"wrong")


def test_a_pkcs12_file_without_password_or_with_another_key_is_not_made() -> None:
    with pytest.raises(PkiError, match="needs a password"):
        _bundle(password="", legacy=False)
    with pytest.raises(PkiError, match="key is not the certificate's"):
        pkcs12(name="alice", key=ROOT.key, certificate=CLIENT.certificate, chain=[], password="x", legacy=False)
