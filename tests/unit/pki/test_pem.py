"""What a file of certificates may look like: what is taken as it is, and what has to be converted, and how."""

import shlex
import subprocess
import sys
from datetime import MAXYEAR, UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.encoding import certificate_pem, load_certificate, load_chain, pkcs12
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import key_matches, private_key_pem
from alb_mtls.pki.pem import pem_of
from alb_mtls.pki.pem_files import chain_in_file, private_key_in_file
from tests.helpers.authorities import issued
from tests.helpers.certificates import make_client, make_root
from tests.helpers.documents import REPOSITORY

CASES = REPOSITORY / "tests" / "cases"
ROOT = make_root()
PEM = certificate_pem(ROOT.certificate)


@pytest.mark.parametrize("text", [PEM.replace("CERTIFICATE", "X509 CERTIFICATE"), f"Bag Attributes\n{PEM}\x00"])
def test_a_certificate_under_an_old_label_or_with_words_around_it_is_taken(text: str) -> None:
    assert load_certificate(text) == ROOT.certificate


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("ca-trusted", "openssl x509 -in FILE -out FILE2"),
        ("ca-pkcs7", "openssl pkcs7 -in FILE -print_certs -out FILE2"),
    ],
)
def test_a_certificate_in_another_wrapping_is_refused_with_the_command_that_converts_it(
    tmp_path: Path, name: str, command: str
) -> None:
    with pytest.raises(PkiError) as refused:
        load_certificate((CASES / f"{name}.pem").read_text())
    assert str(refused.value).endswith(command)
    converted = tmp_path / "converted.pem"
    line = command.replace("FILE2", str(converted)).replace("FILE", str(CASES / f"{name}.pem"))
    subprocess.run(shlex.split(line), check=True, capture_output=True, timeout=30)
    assert load_certificate(converted.read_text()).subject.rfc4514_string() == "CN=Root"


def test_a_wrapped_certificate_beside_a_plain_one_is_not_passed_over_in_silence() -> None:
    assert load_chain(PEM + PEM) == [ROOT.certificate] * 2
    with pytest.raises(PkiError, match="OpenSSL's own trust settings"):
        load_chain(PEM + (CASES / "ca-trusted.pem").read_text())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PEM.replace("CERTIFICATE", "CERTIFICATE REQUEST"), "this is a certificate signing request, not a certificate"),
        (PEM.replace("CERTIFICATE", "CMS"), "this is CMS; write PKCS7 for CMS in its first and last line"),
        (
            PEM.replace("CERTIFICATE", "X509 CRL"),
            "not a certificate in PEM form (it has no -----BEGIN",
        ),
        ("\0".join(PEM), "this is UTF-16 without a byte order mark, or no text; save it as UTF-8"),
        (PEM + "-----BEGIN CERTIFICATE-----\n", "a certificate is cut off"),
        (PEM + "-----END CERTIFICATE-----\n", "a certificate is cut off"),
        (PEM.replace("END CERTIFICATE", "END X509 CERTIFICATE"), "a certificate is cut off"),
        (PEM.replace("MI", "M*"), "certificate 1 of 1 cannot be parsed"),
    ],
)
def test_what_is_no_certificate_is_named_for_what_it_is(text: str, said: str) -> None:
    with pytest.raises(PkiError) as refused:
        load_chain(text)
    assert said in str(refused.value)


def test_a_name_in_an_encoding_out_of_use_is_refused_by_its_field_and_in_utf8_taken() -> None:
    with pytest.raises(PkiError, match="certificate 1 of 1: the commonName of its subject is a T61String"):
        load_certificate((CASES / "ca-t61.pem").read_text())
    assert load_certificate((CASES / "ca-eku-server.pem").read_text()).subject.rfc4514_string() == "CN=Root"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (b"\x0c", None),
        (b"\x16", None),
        (b"\x13", "is a PrintableString, which may not hold '&' and cannot be read here"),
        (b"\x14", "is a T61String, an encoding out of use (RFC 5280, 4.1.2.4) that cannot be read here"),
    ],
)
def test_a_name_that_cannot_be_read_needs_a_new_ca_only_where_a_ca_bears_it(kind: bytes, said: str | None) -> None:
    root = issued(None, "R&D")
    for one, name, remedy in ((root, b"R&D", "only a new CA helps"), (issued(root, "Q&A"), b"Q&A", "issue it again")):
        der = one.certificate.public_bytes(Encoding.DER).replace(b"\x0c\3" + name, kind + b"\3" + name)
        if said is None:
            assert load_certificate(pem_of("CERTIFICATE", der)).subject.rfc4514_string() == f"CN={name.decode()}"
        else:
            with pytest.raises(PkiError) as refused:
                load_certificate(pem_of("CERTIFICATE", der))
            assert str(refused.value).endswith(
                f"the commonName of its subject {said}; {remedy}, with its names in UTF-8"
            )


def test_a_name_longer_than_its_bound_is_taken_without_a_line_of_source_on_the_terminal(tmp_path: Path) -> None:
    der = issued(None, "x" * 60).certificate.public_bytes(Encoding.DER)
    # Sixty letters are too long for a country, and every length in the certificate stays as it is.
    odd = der.replace(bytes.fromhex("0603550403"), bytes.fromhex("0603550406"))
    (tmp_path / "ca.pem").write_text(pem_of("CERTIFICATE", odd), "utf-8")
    read = f"chain_in_file({str(tmp_path / 'ca.pem')!r}, 'rootCa.certificateFile')[0].subject"
    script = f"from alb_mtls.pki.pem_files import chain_in_file; print(len({read}.rfc4514_string()))"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{len('C=') + 60}\n", "")


def test_a_year_that_there_is_not_is_refused_and_the_last_one_that_there_is_taken() -> None:
    der = issued(None, "root", end=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)).certificate.public_bytes(
        Encoding.DER
    )
    assert load_certificate(pem_of("CERTIFICATE", der)).not_valid_after_utc.year == MAXYEAR
    with pytest.raises(PkiError, match="cannot be parsed; export it again, or, if that does not help, issue it again"):
        load_certificate(pem_of("CERTIFICATE", der.replace(b"99991231235959Z", b"00000101000000Z")))


@pytest.mark.parametrize(
    ("serial", "said"), [("1", None), ("0", "is 0, but"), ("-1", "is negative, but"), ("-200", "is neg")]
)
def test_a_serial_number_that_is_not_positive_is_refused(tmp_path: Path, serial: str, said: str | None) -> None:
    key = tmp_path / "ca.key"
    key.write_text(private_key_pem(ROOT.key))
    command = ["openssl", "req", "-x509", "-new", "-key", str(key), "-subj", "/CN=root", "-set_serial", serial]
    text = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout
    if said is None:
        assert load_certificate(text).serial_number == int(serial)
    else:
        with pytest.raises(PkiError, match=f"its serial number {said}"):
            load_certificate(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso8859-1"])
def test_a_file_is_read_in_the_encoding_that_windows_tools_write(tmp_path: Path, encoding: str) -> None:
    certificate, key = tmp_path / "ca.pem", tmp_path / "ca.key"
    certificate.write_bytes(f"Für die Tests\n{PEM}".encode(encoding))
    key.write_bytes(f"Für die Tests\n{private_key_pem(ROOT.key)}".encode(encoding))
    assert chain_in_file(str(certificate), "proof.client.certificateFile") == [ROOT.certificate]
    assert key_matches(ROOT.certificate, private_key_in_file(str(key), "rootCa.keyFile"))


@pytest.mark.parametrize("content", [b"\xff\xfe\xff", b"\xff\xff", b"\x30\x82\xff"])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(PkiError, match="is not text; give the PEM form, not DER"):
        chain_in_file(str(tmp_path / "ca.pem"), "proof.client.certificateFile")


def test_pkcs12_is_refused_with_the_command_for_what_is_needed(tmp_path: Path) -> None:
    client = make_client(ROOT)
    content = pkcs12(
        name="alice", key=client.key, certificate=client.certificate, chain=[], password="secret", legacy=False
    )
    (tmp_path / "FILE").write_bytes(content)
    with pytest.raises(PkiError) as refused:
        chain_in_file(str(tmp_path / "FILE"), "proof.client.certificateFile")
    command = str(refused.value).partition("out of it: ")[2].partition(" the certificate")[0].split()
    subprocess.run([*command, "-passin", "pass:secret"], cwd=tmp_path, check=True, timeout=30)
    assert chain_in_file(str(tmp_path / "FILE2"), "proof.client.certificateFile") == [client.certificate]
