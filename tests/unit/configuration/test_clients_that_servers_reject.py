"""Clients that a TLS server would reject, made here or brought: reported by key, each beside one that is taken."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.certificates import NOW, P256, signing_request
from tests.helpers.documents import REPOSITORY
from tests.helpers.imported_stack import imported, keyless
from tests.unit.configuration.conftest import Parse

ProblemsOf = Callable[..., tuple[str, ...]]

CASES = REPOSITORY / "tests" / "cases"
CONSTRAINTS = x509.NameConstraints(permitted_subtrees=[x509.DNSName("corp.example")], excluded_subtrees=None)
CONSTRAINED = issued(None, "Root", *ca_of_depth(), (CONSTRAINTS, True))
CA = certificate_pem(CONSTRAINED.certificate)
CA_KEY = private_key_pem(CONSTRAINED.key)
REQUEST = signing_request(generate_private_key(P256), "device").public_bytes(Encoding.PEM)


def _with_key(**client: Any) -> dict[str, Any]:
    values = imported(clients=[{"name": "alice", **client}])
    return {**values, "rootCa": {**values["rootCa"], "keyFile": "key.pem"}}


@pytest.mark.parametrize("more", [{}, {"csrFile": "device.pem"}])
def test_a_client_that_the_cas_name_constraints_exclude_is_reported_before_it_is_issued(
    parse: Parse, more: dict[str, Any]
) -> None:
    inside, outside = (_with_key(sans=[san], **more) for san in ("dns:a.corp.example", "dns:a.example"))
    files = {"ca": CA, "key": CA_KEY, "device": REQUEST}
    assert parse(inside, **files).problems == ()
    [line] = parse(outside, **files).problems
    assert line.startswith(
        "clients[0].sans: a certificate with these names would be rejected: one of its names (subject 'CN=alice', "
        "dns:'a.example') breaks the nameConstraints of its issuers: 'CN=Root' permits only dns:'corp.example'"
    )
    off = parse({**outside, "enabled": False}, **files)
    assert (off.problems, [line.startswith("clients[0].sans: ") for line in off.warnings]) == ((), [True])


def test_its_key_need_not_be_there_to_find_that_out(problems_of: ProblemsOf) -> None:
    outside = _with_key(sans=["dns:a.example"])
    [line] = problems_of(outside, ca=CA, preview=True)
    assert "nameConstraints" in line


def test_a_subject_outside_of_the_constraints_is_reported_as_such(problems_of: ProblemsOf) -> None:
    constraints = x509.NameConstraints(
        permitted_subtrees=None, excluded_subtrees=[x509.DirectoryName(_organization("other"))]
    )
    ca = issued(None, "Root", *ca_of_depth(), (constraints, True))
    files = {"ca": certificate_pem(ca.certificate), "key": private_key_pem(ca.key)}
    assert problems_of(_with_key(subject={"organization": "alibaba"}), **files) == ()
    [line] = problems_of(_with_key(subject={"organization": "other"}), **files)
    assert line.startswith("clients[0].subject: a certificate with these names would be rejected")


def _organization(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, name)])


def test_what_is_wrong_with_the_ca_is_reported_once_and_not_with_each_of_its_clients(problems_of: ProblemsOf) -> None:
    server_only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    ca = issued(None, "Root", *ca_of_depth(), (CONSTRAINTS, True), (server_only, False))
    files = {"ca": certificate_pem(ca.certificate), "key": private_key_pem(ca.key)}
    [line] = problems_of(_with_key(sans=["dns:a.example"]), **files)
    assert line.startswith("rootCa.certificateFile: ca.pem: its extendedKeyUsage lacks clientAuth")


def test_names_that_are_no_names_are_reported_as_such_and_not_tried(problems_of: ProblemsOf) -> None:
    [line] = problems_of(_with_key(sans=["dns:*.example"]), ca=CA, key=CA_KEY)
    assert "is a wildcard" in line


@pytest.mark.parametrize(
    ("ca", "said"),
    [
        ("ca-eku-server", "its extendedKeyUsage lacks clientAuth"),
        ("ca-pkcs7", "this is PKCS #7; take the certificate out with openssl pkcs7"),
        ("ca-trusted", "convert it with openssl x509"),
        ("ca-t61", "the commonName of its subject is a T61String"),
    ],
)
def test_a_ca_from_the_field_that_cannot_be_used_is_reported_by_its_key(
    problems_of: ProblemsOf, ca: str, said: str
) -> None:
    assert problems_of(keyless(), ca=(CASES / "ca-name-constraints.pem").read_text()) == ()
    [line] = problems_of(keyless(), ca=(CASES / f"{ca}.pem").read_text())
    assert line.startswith("rootCa.certificateFile: ca.pem: ")
    assert said in line


def test_a_certificate_that_has_not_begun_is_reported_with_its_begin_and_one_that_has_is_taken(
    problems_of: ProblemsOf,
) -> None:
    ca = issued(None, "Root", *ca_of_depth())
    values = keyless(clients=[{"name": "alice", "certificateFile": "alice.pem"}])
    for begin, said in (
        (NOW, ""),
        (NOW + DAY / 12, "it begins on 2026-11-23 14:00:00 UTC, in 2 hours; wait until then"),
    ):
        alice = certificate_pem(issued(ca, "alice", begin=begin).certificate)
        lines = problems_of(values, ca=certificate_pem(ca.certificate), alice=alice)
        assert lines == ((f"clients[0].certificateFile: alice.pem: {said}",) if said else ())


def test_a_ca_that_begins_in_two_minutes_says_so_and_to_compare_the_clocks(problems_of: ProblemsOf) -> None:
    ca = certificate_pem(issued(None, "Root", *ca_of_depth(), begin=NOW).certificate)
    assert problems_of(keyless(), ca=ca) == ()
    [line] = problems_of(keyless(), ca=ca, now=NOW - DAY / 720)
    assert line.startswith("rootCa.certificateFile: ca.pem: it begins on 2026-11-23 12:00:00 UTC, in 2 minutes; ")
    assert line.endswith("here it is 11:58:00 UTC: compare the clocks, or wait until then")


def test_a_certificate_of_a_key_that_alb_does_not_take_is_reported_also_when_nothing_is_enabled(parse: Parse) -> None:
    values = keyless(clients=[{"name": "device", "csrFile": "device.pem"}])
    values["rootCa"]["keyFile"] = "key.pem"
    request = (CASES / "csr-pss-key.pem").read_text()
    for enabled in (True, False):
        lines = parse({**values, "enabled": enabled}, ca=CA, key=CA_KEY, device=request).problems
        assert ["for RSASSA-PSS signatures only" in line for line in lines] == [True]


@pytest.mark.parametrize(
    ("root_ca", "said"),
    [
        (
            {"source": "imported", "certificateFile": "ca.pem"},
            "without rootCa.keyFile nothing can be signed, so clients",
        ),
        (
            {"source": "purchased", "identifier": "1ed65580"},
            "with a purchased root CA clients bring their certificates",
        ),
    ],
)
def test_a_client_without_a_certificate_needs_a_root_ca_that_can_sign(
    problems_of: ProblemsOf, root_ca: dict[str, Any], said: str
) -> None:
    root = issued(None, "Root", *ca_of_depth())
    files = {"ca": certificate_pem(root.certificate), "alice": certificate_pem(issued(root, "alice").certificate)}
    brought = {"name": "alice", "certificateFile": "alice.pem"}
    assert problems_of({"rootCa": root_ca, "clients": [brought]}, **files) == ()
    [line] = problems_of({"rootCa": root_ca, "clients": [{"name": "alice"}]}, **files)
    assert line.startswith(f"clients[0].certificateFile: {said}")
    signing = {**root_ca, "source": "imported", "certificateFile": "ca.pem", "keyFile": "key.pem"}
    signing.pop("identifier", None)
    key = private_key_pem(root.key)
    assert problems_of({"rootCa": signing, "clients": [{"name": "alice"}]}, **files, key=key) == ()


@pytest.mark.parametrize(("given", "missing"), [("certificateFile", "keyFile"), ("keyFile", "certificateFile")])
def test_a_client_of_the_proof_of_which_one_file_is_missing_is_reported_for_that_alone(
    problems_of: ProblemsOf, given: str, missing: str
) -> None:
    root = issued(None, "Root", *ca_of_depth())
    alice = issued(root, "alice")
    files = {"ca": certificate_pem(root.certificate), "certificateFile": certificate_pem(alice.certificate)}
    files["keyFile"] = private_key_pem(alice.key)
    both = {name: f"{name}.pem" for name in (given, missing)}
    assert problems_of(keyless(proof={"client": both}), **files) == ()
    lines = problems_of(keyless(proof={"client": {given: both[given]}}), **files)
    assert lines == (
        f"proof.client.{missing}: a client certificate for the proof needs both its certificate and its key",
    )


def test_each_client_of_a_fleet_is_tried_against_the_name_constraints(parse: Parse) -> None:
    fleet = {"name": "workers", "namesFile": "names.pem", "sans": ["dns:{name}"]}
    values = {**_with_key(), "clients": [], "fleets": [fleet]}
    files = {"ca": CA, "key": CA_KEY}
    assert parse(values, names="a.corp.example\nb.corp.example", **files).problems == ()
    names = "a.corp.example\nb.example\nc.example"
    lines = parse(values, names=names, **files).problems
    assert [line.split(": ")[1] for line in lines] == ["workers/b.example", "workers/c.example"]
    fleet["onBadRequest"] = "skip"
    found = parse(values, names=names, **files)
    assert (found.problems, len(found.warnings)) == ((), 2)


def test_a_subject_of_a_fleet_outside_of_the_constraints_is_reported_for_its_client(problems_of: ProblemsOf) -> None:
    constraints = x509.NameConstraints(
        permitted_subtrees=None, excluded_subtrees=[x509.DirectoryName(_organization("other"))]
    )
    ca = issued(None, "Root", *ca_of_depth(), (constraints, True))
    files = {"ca": certificate_pem(ca.certificate), "key": private_key_pem(ca.key), "names": "a"}
    fleet = {"name": "workers", "namesFile": "names.pem"}
    values = {**_with_key(), "clients": []}
    assert problems_of({**values, "fleets": [fleet]}, **files) == ()
    [line] = problems_of({**values, "fleets": [{**fleet, "subject": {"organization": "other"}}]}, **files)
    assert line.startswith("fleets[0].namesFile: workers/a: a certificate with these names would be rejected")
