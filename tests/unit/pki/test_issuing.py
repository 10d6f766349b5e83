"""Who may sign, for how long, for which key, and what the names in a certificate come out as."""

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from alb_mtls.pki.client import clamped_not_after, issue_client
from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.subject import Subject
from tests.helpers.certificates import NOW, P256, ClientCredential, make_client, make_root

FIVE_MINUTES = timedelta(minutes=5)
PRINTABLE_ALIBABA = b"\x13\x07alibaba"


def _issue(
    root: ClientCredential,
    *,
    public_key: PublicKeyTypes | None = None,
    subject: Subject | None = None,
    sans: tuple[x509.GeneralName, ...] = (),
    now: datetime = NOW,
) -> x509.Certificate:
    return issue_client(
        issuer_certificate=root.certificate,
        issuer_key=root.key,
        public_key=public_key or generate_private_key(P256).public_key(),
        subject=subject or Subject(common_name="alice"),
        sans=sans,
        validity=timedelta(days=30),
        now=now,
    )


def _names(certificate: x509.Certificate) -> list[x509.GeneralName]:
    return list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def test_a_client_never_outlives_its_root() -> None:
    root = make_root(days=30)
    assert make_client(root, days=365).certificate.not_valid_after_utc == root.certificate.not_valid_after_utc
    assert make_client(root, days=20).certificate.not_valid_after_utc == NOW + timedelta(days=20)


def test_a_client_never_begins_before_its_root() -> None:
    root = make_root()
    assert make_client(root).certificate.not_valid_before_utc == root.certificate.not_valid_before_utc
    late = make_client(root, now=NOW + timedelta(seconds=90)).certificate
    assert late.not_valid_before_utc == NOW + timedelta(seconds=90) - FIVE_MINUTES


def test_a_root_is_valid_at_a_verifier_whose_clock_runs_five_minutes_late() -> None:
    certificate = make_root(days=10).certificate
    assert certificate.not_valid_before_utc == NOW - FIVE_MINUTES
    assert certificate.not_valid_after_utc == NOW + timedelta(days=10)


def test_a_client_that_would_live_a_day_is_issued_and_one_that_would_live_less_is_refused() -> None:
    root = make_root(days=1)
    assert make_client(root).certificate.not_valid_after_utc == NOW + timedelta(days=1)
    with pytest.raises(PkiError, match="less than 1d"):
        make_client(root, now=NOW + timedelta(seconds=1))


def test_a_short_life_may_be_cut_by_half_and_not_by_more() -> None:
    root, hour = make_root(days=1), timedelta(hours=1)
    late = NOW + timedelta(hours=23, minutes=30)
    assert clamped_not_after(root.certificate, validity=hour, now=late) == NOW + timedelta(days=1)
    with pytest.raises(PkiError, match="less than 30m"):
        clamped_not_after(root.certificate, validity=hour, now=late + timedelta(seconds=1))


def test_only_the_key_of_the_root_signs() -> None:
    root, other = make_root(), make_root()
    with pytest.raises(PkiError, match="not the key of the root CA"):
        make_client(ClientCredential(certificate=root.certificate, key=other.key))


def test_the_root_does_not_sign_its_own_key_as_a_client() -> None:
    root = make_root()
    with pytest.raises(PkiError, match="the root CA's own"):
        _issue(root, public_key=root.key.public_key())


def test_a_weak_public_key_gets_no_certificate() -> None:
    with pytest.raises(PkiError, match="1024 bits"):
        _issue(make_root(), public_key=rsa.generate_private_key(65537, 1024).public_key())


def test_no_two_certificates_share_a_serial_number() -> None:
    root = make_root()
    assert make_client(root).certificate.serial_number != make_client(root).certificate.serial_number


def test_a_subject_out_of_bounds_is_refused_by_root_and_client_alike() -> None:
    with pytest.raises(PkiError, match="the client's commonName has 65 characters"):
        _issue(make_root(), subject=Subject(common_name="n" * 65))
    with pytest.raises(PkiError, match="the root CA's commonName is required"):
        issue_root(key=generate_private_key(P256), subject=Subject(country="CN"), validity=timedelta(days=1), now=NOW)


def test_an_email_of_the_subject_is_a_name_too_and_each_name_stands_once() -> None:
    alice = Subject(common_name="alice", email="alice@ali.example")
    given = (x509.DNSName("alice.example"), x509.RFC822Name("alice@ali.example"), x509.DNSName("alice.example"))
    root = make_root()
    assert _names(_issue(root, subject=alice)) == [x509.RFC822Name("alice@ali.example")]
    assert _names(_issue(root, subject=alice, sans=given)) == list(given[:2])
    assert _names(root.certificate) == [x509.RFC822Name("root@ali.example")]


def test_without_email_and_names_there_is_no_alternative_name() -> None:
    root = make_root(subject=Subject(common_name="root"))
    for certificate in (root.certificate, _issue(root)):
        with pytest.raises(x509.ExtensionNotFound):
            _names(certificate)


def test_the_issuer_is_octet_for_octet_the_subject_of_a_root_made_elsewhere(tmp_path: Path) -> None:
    # OpenSSL wrote PrintableString for years; who compares octets does not find a root that is named in UTF8String.
    config, path = tmp_path / "old.cnf", tmp_path / "ca.key"
    config.write_text("[req]\ndistinguished_name=dn\nstring_mask=default\nprompt=no\n[dn]\nO=alibaba\nCN=root\n")
    key = generate_private_key(P256)
    path.write_text(private_key_pem(key))
    made = subprocess.run(
        ["openssl", "req", "-x509", "-new", "-config", str(config), "-key", str(path), "-days", "100"],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    ).stdout
    root = ClientCredential(certificate=load_certificate(made), key=key)
    subject = root.certificate.subject.public_bytes()
    assert PRINTABLE_ALIBABA in subject
    client = _issue(root, now=root.certificate.not_valid_before_utc)
    assert subject in root.certificate.tbs_certificate_bytes
    assert subject in client.tbs_certificate_bytes
