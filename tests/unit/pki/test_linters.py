"""Strangers check what we issue: pkilint, zlint and OpenSSL find nothing, for each kind of key, and do find its twins.

Which defect which linter finds is measured in docs/facts/x509-and-tls.md, Checkers; that each is
found by us, test_profiles.py decides.
"""

import functools
import io
import json
import os
import shutil
import subprocess
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NoReturn

import pytest
from cryptography import x509

from alb_mtls.pki.client import issue_client
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import generate_private_key
from alb_mtls.pki.san import parse_san
from alb_mtls.pki.subject import Subject
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import NOW, P256, make_client, make_root
from tests.helpers.mutated_certificates import mutated_root, otherwise_critical, with_value
from tools.toolchain import ProgramMissingError, locate

KINDS = {
    "P-256": P256,
    "P-384": KeySpec(algorithm="ecdsa", curve="P-384"),
    "RSA 3072": KeySpec(algorithm="rsa", size=3072),
    "RSA 4096": KeySpec(algorithm="rsa", size=4096),
}
# The RFCs and the community's own; CA/Browser Forum rules are for public servers (docs/facts/x509-and-tls.md, Clean
# profile).
ZLINT_SOURCES = "RFC5280,Community,RFC5480,RFC5891,RFC6962,RFC8813"
CLEAN = {"pass", "NA", "NE"}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A root CA and a client of it as PEM files."""

    root: Path
    client: Path


def _written(folder: Path, name: str, certificate: x509.Certificate) -> Path:
    path = folder / name
    path.write_text(certificate_pem(certificate))
    return path


@functools.cache
def _issued(kind: str) -> tuple[x509.Certificate, x509.Certificate]:
    # Tests run in random order; an RSA key of 4096 bits is made once all the same.
    spec, days = KINDS.get(kind, P256), 3650 if kind in KINDS else 10000
    root = make_root(spec, days=days)
    return root.certificate, make_client(root, spec, days=days).certificate


@pytest.fixture(params=[*KINDS, "ends after 2050"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Pair:
    """A pair of each kind of key, and one whose life crosses the change of time format in 2050."""
    root, client = _issued(request.param)
    return Pair(root=_written(tmp_path, "root.pem", root), client=_written(tmp_path, "client.pem", client))


def _missing(name: str) -> NoReturn:
    message = f"{name} is missing; `make setup` provides it"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def _pkilint(*paths: Path) -> str:
    try:
        # Run in this process: each start of its command takes half a second, and there would be twenty.
        from pkilint.bin import lint_pkix_cert, lint_pkix_signer_signee_cert_chain  # noqa: PLC0415 - may be missing
    except ModuleNotFoundError:
        _missing("pkilint")
    command = lint_pkix_cert if len(paths) == 1 else lint_pkix_signer_signee_cert_chain
    output = io.StringIO()
    with redirect_stdout(output), warnings.catch_warnings(action="ignore", category=ResourceWarning):
        # It leaves the files to the garbage collector.
        count = command.main(["lint", "-s", "NOTICE", *map(str, paths)])
    findings = output.getvalue().strip()
    assert (count == 0) is (findings == "")
    return findings


def _zlint(path: Path) -> list[str]:
    try:
        zlint = locate("zlint")
    except ProgramMissingError:
        _missing("zlint")
    done = subprocess.run(
        [str(zlint), "-includeSources", ZLINT_SOURCES, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    results = {name: lint["result"] for name, lint in json.loads(done.stdout).items()}
    assert "pass" in results.values()
    return sorted(name for name, result in results.items() if result not in CLEAN)


def _openssl_verify(anchor: Path, certificate: Path, *, purpose: str) -> str:
    if shutil.which("openssl") is None:
        _missing("openssl")
    done = subprocess.run(
        ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", str(anchor), str(certificate)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_pkilint_finds_nothing_from_notice_on(pair: Pair) -> None:
    assert _pkilint(pair.root) == ""
    assert _pkilint(pair.client) == ""
    assert _pkilint(pair.root, pair.client) == ""


def test_zlint_finds_nothing_by_the_rfcs_and_the_community(pair: Pair) -> None:
    assert _zlint(pair.root) == []
    assert _zlint(pair.client) == []


def test_openssl_takes_the_client_by_its_strictest_rules_and_as_a_client_only(pair: Pair) -> None:
    assert _openssl_verify(pair.root, pair.client, purpose="sslclient") == ""
    assert "unsuitable certificate purpose" in _openssl_verify(pair.root, pair.client, purpose="sslserver")


@functools.cache
def _between() -> dict[str, tuple[x509.Certificate, x509.Certificate]]:
    """Return who signed and what, for all that is issued in chains; a root in RSA, and its successor in ECDSA."""
    older, newer = make_root(KINDS["RSA 3072"]), make_root(subject=Subject(common_name="root G2"))
    issuing = ca_below(newer, "issuing CA")
    of_newer = partial(issue_cross, newer=newer.certificate, outlives=timedelta(days=365), now=NOW)
    signer = Authority(certificate=older.certificate, key=older.key)
    cross = of_newer(older=signer)
    return {
        "cross certificate": (older.certificate, cross),
        "cross certificate above an intermediate": (older.certificate, of_newer(older=signer, intermediates=1)),
        "leaf of the newer root below its cross certificate": (cross, make_client(newer).certificate),
        "leaf of an intermediate": (issuing.certificate, make_client(issuing).certificate),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "cross certificate",
        "cross certificate above an intermediate",
        "leaf of the newer root below its cross certificate",
        "leaf of an intermediate",
    ],
)
def test_the_linters_find_nothing_in_what_is_issued_in_a_chain(tmp_path: Path, kind: str) -> None:
    signer, certificate = (_written(tmp_path, f"{n}.pem", one) for n, one in enumerate(_between()[kind]))
    assert _pkilint(certificate) == ""
    assert _pkilint(signer, certificate) == ""
    assert _zlint(certificate) == []


def test_pkilint_finds_a_leaf_that_another_ca_signed_than_the_one_beside_it(tmp_path: Path) -> None:
    other = _written(tmp_path, "other.pem", make_root().certificate)
    _, leaf = _between()["leaf of an intermediate"]
    assert _pkilint(other, _written(tmp_path, "leaf.pem", leaf)) != ""


def test_pkilint_finds_the_twin_whose_basic_constraints_are_not_critical(tmp_path: Path) -> None:
    twin = mutated_root(otherwise_critical(x509.BasicConstraints))
    assert "basic_constraints_extension_not_critical" in _pkilint(_written(tmp_path, "twin.pem", twin))


def test_zlint_finds_the_twin_with_a_nul_in_its_common_name(tmp_path: Path) -> None:
    twin = mutated_root(with_value(x509.NameOID.COMMON_NAME, "ro\0ot"))
    assert "e_subject_dn_not_printable_characters" in _zlint(_written(tmp_path, "twin.pem", twin))


def test_openssl_refuses_a_client_of_another_root_of_the_same_name(tmp_path: Path) -> None:
    ours = _written(tmp_path, "ours.pem", make_root().certificate)
    theirs = _written(tmp_path, "theirs.pem", make_client(make_root()).certificate)
    assert "unable to get local issuer certificate" in _openssl_verify(ours, theirs, purpose="sslclient")


def _client_with(*sans: str) -> x509.Certificate:
    root = make_root()
    return issue_client(
        issuer_certificate=root.certificate,
        issuer_key=root.key,
        public_key=generate_private_key(P256).public_key(),
        subject=Subject(common_name="alice", organization="阿里巴巴"),
        sans=[parse_san(san) for san in sans],
        validity=timedelta(days=30),
        now=NOW,
    )


LONGEST_DOMAIN = ".".join(["d" * 63, "d" * 63, "d" * 63, "d" * 61])


def test_the_linters_find_nothing_in_names_at_their_bounds(tmp_path: Path) -> None:
    client = _client_with(
        "dns:alice.example.com",
        f"dns:{LONGEST_DOMAIN}",
        "dns:xn--bcher-kva.example",
        f"email:a@{LONGEST_DOMAIN[2:]}",
        "uri:https://192.0.2.1/a",
        "uri:https://[2001:db8::1]/a",
    )
    path = _written(tmp_path, "client.pem", client)
    assert _pkilint(path) == ""
    assert _zlint(path) == []


def test_a_spiffe_id_is_taken_although_pkilint_knows_no_other_schemes_than_those_of_the_web(tmp_path: Path) -> None:
    path = _written(tmp_path, "client.pem", _client_with("uri:spiffe://example.com/alice"))
    assert _zlint(path) == []
    assert "pkix.invalid_uri_syntax" in _pkilint(path)
