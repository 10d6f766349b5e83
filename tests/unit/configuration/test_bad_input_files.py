"""Files that are missing, of the wrong form, or of the wrong content: each told by its key, beside one that is taken.

They lie on a disk and are read as the program reads them.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from components.configuration.parse import Surroundings, parse_settings
from components.configuration.problems import SettingsError
from components.pki.encoding import certificate_pem
from components.pki.keys import generate_private_key, private_key_pem
from components.pki.subject import Subject
from components.providers.client_certificate import ClientCertificateProvider
from tests.helpers.certificates import NOW, P256, Identity, make_client, make_root, signing_request
from tests.helpers.mutated_certificates import Mutation, mutated_client, mutated_root
from tests.helpers.scanner import Scanner

ROOT = make_root()
OTHER = make_root(subject=Subject(common_name="other"))
ALICE = make_client(ROOT)
KEY = generate_private_key(P256)
SOUND = certificate_pem(ROOT.certificate)
DAY = timedelta(days=1)

Judge = Callable[..., tuple[str, ...]]


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Return what is said about a stack file beside some files, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def said(values: dict[str, Any], **files: str | bytes) -> tuple[str, ...]:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (tmp_path / f"{name}.pem").write_bytes(data)
        surroundings = Surroundings(
            project="alb-mtls",
            stack="test",
            region={"alicloud:region": "cn-hangzhou"},
            access={},
            read_file=lambda path: Path(path).read_text("utf-8"),
            now=NOW,
        )
        deployment = {"cas": {"endpoint": "china"}, "listeners": [{"albConfig": "alb", "port": 443}]}
        try:
            parse_settings({**deployment, **values}, surroundings)
        except SettingsError as error:
            return error.problems
        return ()

    return said


def imported(**more: Any) -> dict[str, Any]:
    """Return a stack of an imported root that lies in `ca.pem`."""
    return {"rootCa": {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"}, **more}


def extensions_without(kind: type[x509.ExtensionType]) -> Mutation:
    """Return a certificate that lacks an extension."""
    return Mutation(
        extensions=lambda given: [(value, critical) for value, critical in given if type(value) is not kind]
    )


def weak_root() -> str:
    """Return a root with an RSA key of 1024 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    name = ROOT.certificate.subject
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1 << 70).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return certificate_pem(builder.sign(key, hashes.SHA256()))


ROOTS: dict[str, tuple[str | bytes, str]] = {
    "DER": (ROOT.certificate.public_bytes(Encoding.DER), "ca.pem is not text; give the PEM form, not DER"),
    "empty": ("", "this is not a certificate in PEM form"),
    "a request": (signing_request(KEY, "a").public_bytes(Encoding.PEM), "this is not a certificate in PEM form"),
    "its key": (private_key_pem(ROOT.key), "this holds a private key beside the certificate"),
    "certificate and key": (SOUND + private_key_pem(ROOT.key), "this holds a private key beside the certificate"),
    "cut off": (SOUND[: len(SOUND) // 2], "a certificate is cut off"),
    "garbled": (SOUND.replace("M", "N", 1), "certificate 1 of 1 cannot be parsed"),
    "two": (SOUND + certificate_pem(OTHER.certificate), "this holds 2 certificates, but exactly one is wanted"),
    "a leaf": (certificate_pem(ALICE.certificate), "it is not a CA (basicConstraints CA:FALSE)"),
    "ended": (certificate_pem(mutated_root(Mutation(begin=NOW - 2 * DAY, end=NOW - DAY))), "it ended on 2026-11-22"),
    "not begun": (certificate_pem(mutated_root(Mutation(begin=NOW + DAY))), "it begins on 2026-11-24"),
    "without commonName": (
        certificate_pem(
            mutated_root(Mutation(subject=lambda given: [a for a in given if a.oid != x509.NameOID.COMMON_NAME]))
        ),
        "its subject has no commonName",
    ),
    "without basicConstraints": (
        certificate_pem(mutated_root(extensions_without(x509.BasicConstraints))),
        "it has no basicConstraints, so it is not a CA",
    ),
    "weak": (weak_root(), "the RSA key has 1024 bits, but at least"),
}


@pytest.mark.parametrize("kind", ROOTS)
def test_a_file_that_is_no_usable_root_is_told(judge: Judge, kind: str) -> None:
    content, said = ROOTS[kind]
    assert judge(imported(), ca=SOUND) == ()
    [line] = judge(imported(), ca=content)
    assert line.startswith("rootCa.certificateFile: ca.pem")
    assert said in line


@pytest.mark.parametrize("key", ["rootCa", "csrFile", "certificateFile", "serverCa", "client"])
def test_a_missing_file_is_told_by_its_key(judge: Judge, key: str) -> None:
    values: dict[str, dict[str, Any]] = {
        "rootCa": imported(),
        "csrFile": {"rootCa": generated(), "clients": [{"name": "a", "csrFile": "ca.pem"}]},
        "certificateFile": {"rootCa": generated(), "clients": [{"name": "a", "certificateFile": "ca.pem"}]},
        "serverCa": {"rootCa": generated(), "proof": {"serverCa": "ca.pem"}},
        "client": {"rootCa": generated(), "proof": {"client": {"certificateFile": "ca.pem", "keyFile": "ca.pem"}}},
    }
    lines = judge(values[key])
    assert lines
    assert all("cannot read ca.pem: No such file or directory" in line for line in lines)


def generated() -> dict[str, Any]:
    """Return a root that is made here."""
    subject = {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}
    return {"subject": subject}


def test_a_folder_in_place_of_a_file_is_told(judge: Judge) -> None:
    Path("ca.pem").mkdir()
    assert judge(imported()) == ("rootCa.certificateFile: cannot read ca.pem: Is a directory",)


def test_a_name_too_long_for_a_file_is_told(judge: Judge) -> None:
    values = {"rootCa": {"source": "imported", "certificateFile": "f" * 300}}
    assert any("File name too long" in line for line in judge(values))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_told(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch(mode=0)
    assert any("Permission denied" in line for line in judge(imported()))


def csr_with_bad_signature() -> bytes:
    """Return a request whose signature was made over something else."""
    der = bytearray(signing_request(KEY, "device").public_bytes(Encoding.DER))
    der[der.index(b"device")] ^= 1
    return x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)


def csr_of(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    """Return a request of a key that is not taken."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "device")])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, algorithm).public_bytes(Encoding.PEM)


REQUESTS: dict[str, tuple[str | bytes, str]] = {
    "DER": (signing_request(KEY, "device").public_bytes(Encoding.DER), "is not text; give the PEM form, not DER"),
    "a certificate": (SOUND, "this is not a certificate signing request in PEM form"),
    "request and key": (
        signing_request(KEY, "device").public_bytes(Encoding.PEM) + private_key_pem(KEY).encode(),
        "this holds a private key beside the request",
    ),
    "bad signature": (csr_with_bad_signature(), "the request's signature does not verify"),
    "weak key": (csr_of(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "has 1024 bits, but at least"),
    "kind of key": (csr_of(ed25519.Ed25519PrivateKey.generate()), "must be RSA or ECDSA"),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_file_that_is_no_usable_request_is_told(judge: Judge, kind: str) -> None:
    values = {"rootCa": generated(), "clients": [{"name": "device", "csrFile": "device.pem"}]}
    content, said = REQUESTS[kind]
    assert judge(values, device=signing_request(KEY, "device").public_bytes(Encoding.PEM)) == ()
    [line] = judge(values, device=content)
    assert line.startswith("clients[0].csrFile: device.pem")
    assert said in line


CERTIFICATES: dict[str, tuple[str | bytes, str]] = {
    "of another root": (certificate_pem(make_client(OTHER).certificate), "it was not issued by the root CA"),
    "ended": (
        certificate_pem(mutated_client(ROOT, Mutation(begin=NOW - 2 * DAY, end=NOW - DAY))),
        "it ended on 2026-11-22; bring a current one",
    ),
    "of a server": (
        certificate_pem(
            mutated_client(
                ROOT,
                Mutation(
                    extensions=lambda given: [
                        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
                        if isinstance(value, x509.ExtendedKeyUsage)
                        else (value, critical)
                        for value, critical in given
                    ]
                ),
            )
        ),
        "its extendedKeyUsage lacks clientAuth",
    ),
    "with its key": (certificate_pem(ALICE.certificate) + private_key_pem(ALICE.key), "this holds a private key"),
    "DER": (ALICE.certificate.public_bytes(Encoding.DER), "is not text; give the PEM form, not DER"),
}


@pytest.mark.parametrize("kind", CERTIFICATES)
def test_a_file_that_is_no_usable_certificate_of_a_client_is_told(judge: Judge, kind: str) -> None:
    values = imported(clients=[{"name": "alice", "certificateFile": "alice.pem"}])
    content, said = CERTIFICATES[kind]
    assert judge(values, ca=SOUND, alice=certificate_pem(ALICE.certificate)) == ()
    [line] = judge(values, ca=SOUND, alice=content)
    assert line.startswith("clients[0].certificateFile: alice.pem")
    assert said in line


def test_one_key_under_two_names_is_told_be_it_in_requests_or_certificates(judge: Judge) -> None:
    def request(identity: Identity) -> bytes:
        return signing_request(identity.key, "any").public_bytes(Encoding.PEM)

    bob = make_client(ROOT, name="bob")
    two = imported(
        clients=[{"name": "alice", "csrFile": "one.pem"}, {"name": "bob", "csrFile": "two.pem"}],
    )
    assert judge(two, ca=SOUND, one=request(ALICE), two=request(bob)) == ()
    [line] = judge(two, ca=SOUND, one=request(ALICE), two=request(ALICE))
    assert line.startswith("clients[1].csrFile: holds the same key as client 'alice'")
    mixed = imported(
        clients=[{"name": "alice", "csrFile": "one.pem"}, {"name": "bob", "certificateFile": "two.pem"}],
    )
    assert judge(mixed, ca=SOUND, one=request(ALICE), two=certificate_pem(bob.certificate)) == ()
    [line] = judge(mixed, ca=SOUND, one=request(ALICE), two=certificate_pem(ALICE.certificate))
    assert line.startswith("clients[1].certificateFile: holds the same key as client 'alice'")


def proof_client() -> dict[str, Any]:
    """Return a stack whose proof asks with a client of its own."""
    return imported(proof={"client": {"certificateFile": "alice.pem", "keyFile": "key.pem"}, "serverCa": "server.pem"})


def test_a_proof_with_files_that_fit_is_taken_and_every_one_that_does_not_is_told(judge: Judge) -> None:
    certificate, key = certificate_pem(ALICE.certificate), private_key_pem(ALICE.key)
    assert judge(proof_client(), ca=SOUND, alice=certificate, key=key, server=SOUND) == ()
    stranger = certificate_pem(make_client(OTHER).certificate)
    lines = judge(proof_client(), ca=SOUND, alice=stranger, key=key, server="no certificate")
    assert lines == (
        "proof.client.certificateFile: alice.pem: it was not issued by the root CA",
        "proof.client.keyFile: key.pem is not the key of alice.pem",
        "proof.serverCa: server.pem: this is not a certificate in PEM form (it has no -----BEGIN CERTIFICATE-----)",
    )


def test_files_of_a_proof_by_handshakes_are_not_asked_for_when_there_is_none(judge: Judge) -> None:
    values = proof_client()
    assert len(judge(values, ca=SOUND)) == 3
    assert judge({**values, "proof": {**values["proof"], "mode": "api"}}, ca=SOUND) == ()


KEYS: dict[str, tuple[str | bytes, str]] = {
    "of another root": (private_key_pem(OTHER.key), "is not the key of rootCa.certificateFile"),
    "DER": (b"\x30\x82\xff", "is not text; give the PEM form, not DER"),
    "a certificate": (SOUND, "the private key cannot be read"),
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_that_does_not_fit_the_root_is_told_before_anything_is_touched(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "ca.key"
    news = {"name": "alice", "issuerKeyFile": str(path), "issuerCertificatePem": SOUND}
    content, said = KEYS[kind]
    path.write_text(private_key_pem(ROOT.key))
    assert ClientCertificateProvider().check({}, news).failures == []
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    [failure] = ClientCertificateProvider().check({}, news).failures
    assert failure.reason.startswith(f"client alice: rootCa.keyFile {path}")
    assert said in failure.reason


def test_no_message_about_a_file_repeats_the_key_in_it(judge: Judge) -> None:
    scanner = Scanner()
    scanner.learn_key("the root's key", private_key_pem(ROOT.key))
    both = SOUND + private_key_pem(ROOT.key)
    values = imported(
        clients=[{"name": "a", "csrFile": "ca.pem"}, {"name": "b", "certificateFile": "ca.pem"}],
        proof={"client": {"certificateFile": "ca.pem", "keyFile": "ca.pem"}, "serverCa": "ca.pem"},
    )
    lines = judge(values, ca=both)
    assert len(lines) == 5
    assert scanner.find("messages", "\n".join(lines)) == []
