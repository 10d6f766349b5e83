"""A root's files that are missing, of the wrong form or content: each is reported by its key, beside one that is taken.

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
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from tests.helpers.certificates import NOW, P256
from tests.helpers.imported_stack import ALICE, OTHER, ROOT, SOUND, generated, keyless
from tests.helpers.mutated_certificates import Mutation, mutated_root

KEY = generate_private_key(P256)
DAY = timedelta(days=1)

ProblemsOf = Callable[..., tuple[str, ...]]


def weak_root() -> str:
    """Return a root with an RSA key of 1024 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    name = ROOT.certificate.subject
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1 << 70).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return certificate_pem(builder.sign(key, hashes.SHA256()))


# One of each kind; tests/unit/pki has them all.
ROOTS: dict[str, tuple[str | bytes, str]] = {
    "DER": (ROOT.certificate.public_bytes(Encoding.DER), "ca.pem is not text; give the PEM form, not DER"),
    "empty": ("", "this is not a certificate in PEM form"),
    "certificate and key": (SOUND + private_key_pem(ROOT.key), "this holds a private key beside the certificate"),
    "two": (SOUND + certificate_pem(OTHER.certificate), "it holds 'CN=other', which is no part of the path from"),
    "a leaf": (certificate_pem(ALICE.certificate), "it is not a CA (basicConstraints CA:FALSE)"),
    "ended": (certificate_pem(mutated_root(Mutation(begin=NOW - 2 * DAY, end=NOW - DAY))), "it ended on 2026-11-22"),
    "weak": (weak_root(), "the RSA key has 1024 bits, but at least"),
}


@pytest.mark.parametrize("kind", ROOTS)
def test_a_file_that_is_no_usable_root_is_reported(problems_of: ProblemsOf, kind: str) -> None:
    content, said = ROOTS[kind]
    assert problems_of(keyless(), ca=SOUND) == ()
    [line] = problems_of(keyless(), ca=content)
    assert line.startswith("rootCa.certificateFile: ca.pem")
    assert said in line


@pytest.mark.parametrize("key", ["rootCa", "keyFile", "csrFile", "certificateFile", "serverCa", "client"])
def test_a_missing_file_is_reported_by_its_key(problems_of: ProblemsOf, key: str) -> None:
    values: dict[str, dict[str, Any]] = {
        "rootCa": keyless(),
        "keyFile": {"rootCa": {"source": "imported", "certificateFile": "sound.pem", "keyFile": "ca.pem"}},
        "csrFile": {"rootCa": generated(), "clients": [{"name": "a", "csrFile": "ca.pem"}]},
        "certificateFile": {"rootCa": generated(), "clients": [{"name": "a", "certificateFile": "ca.pem"}]},
        "serverCa": {"rootCa": generated(), "proof": {"serverCa": "ca.pem"}},
        "client": {"rootCa": generated(), "proof": {"client": {"certificateFile": "ca.pem", "keyFile": "ca.pem"}}},
    }
    lines = problems_of(values[key], sound=SOUND)
    assert lines
    assert all("cannot read ca.pem: No such file or directory" in line for line in lines)


def test_a_folder_in_place_of_a_file_is_reported(problems_of: ProblemsOf) -> None:
    Path("ca.pem").mkdir()
    assert problems_of(keyless()) == ("rootCa.certificateFile: cannot read ca.pem: Is a directory",)


def test_a_name_too_long_for_a_file_is_reported(problems_of: ProblemsOf) -> None:
    values = {"rootCa": {"source": "imported", "certificateFile": "f" * 300}}
    assert any("File name too long" in line for line in problems_of(values))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_reported(problems_of: ProblemsOf, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch(mode=0)
    assert any("Permission denied" in line for line in problems_of(keyless()))
