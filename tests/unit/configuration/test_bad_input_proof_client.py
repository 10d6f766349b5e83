"""The certificate of `proof.client`: it leads to the CA of the stack, with or without a chain, or is refused by key."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from alb_mtls.configuration.model import Settings
from alb_mtls.listener_resources import ProbeNames
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.subject import Subject
from tests.helpers.authorities import DAY, Extension, ca_of_depth, issued
from tests.helpers.certificates import NOW, ClientCredential
from tests.helpers.imported_stack import OTHER, ROOT, SOUND, generated, proof_client
from tests.helpers.stack_file import IMPORTED, files_of, put

ProblemsOf = Callable[..., tuple[str, ...]]

BETWEEN = issued(ROOT, "between", *ca_of_depth())
LEAF = issued(BETWEEN, "leaf")
OTHERS = issued(OTHER, "leaf", key=LEAF.key)
OTHERS_BETWEEN = issued(OTHER, "between", *ca_of_depth(), key=BETWEEN.key)
LATE = issued(ROOT, "late", begin=NOW + timedelta(minutes=2), key=LEAF.key)
KEY = private_key_pem(LEAF.key)


def chain(*credentials: ClientCredential) -> str:
    return "".join(certificate_pem(one.certificate) for one in credentials)


def of_generated_root() -> dict[str, Any]:
    return {**proof_client(), "rootCa": generated()}


COMPLETE = [chain(LEAF, BETWEEN), chain(LEAF, BETWEEN, ROOT)]
BROKEN: dict[str, tuple[str, ClientCredential, str]] = {
    "issuer missing": (chain(LEAF, ROOT), LEAF, r"the certificate of its issuer, 'CN=between', is not in the file"),
    "alone": (chain(LEAF), LEAF, r"the certificate of its issuer, 'CN=between', is not in the file"),
    "reversed": (
        chain(BETWEEN, LEAF),
        BETWEEN,
        "it begins with a CA, 'CN=between'; the client's own certificate comes",
    ),
    "other root": (chain(OTHERS), LEAF, "it was not issued by the root CA .* of its issuer, 'CN=other', is not in"),
    "chain to another root": (chain(LEAF, OTHERS_BETWEEN), LEAF, "it was not issued by the root CA"),
    "not begun": (chain(LATE), LEAF, r"begins on .* UTC, in 2 minutes; here it is \S+ UTC: compare the clocks"),
}
APART = {
    "issuer missing": (
        chain(LEAF, ROOT),
        r"but not the certificate of the issuer of 'CN=leaf', 'CN=between'; add that",
    ),
    "link missing": (chain(LEAF, BETWEEN, OTHER), "but not the certificate of the issuer of 'CN=between'"),
    "reversed": (chain(BETWEEN, LEAF), "it begins with a CA, 'CN=between'; the client's own certificate comes first"),
}


def test_an_issuer_that_has_ended_beside_one_that_lasts_ends_no_client_too_soon(problems_of: ProblemsOf) -> None:
    old = issued(ROOT, "between", *ca_of_depth(), begin=NOW - 2 * DAY, end=NOW - DAY, key=BETWEEN.key)
    files = {"ca": SOUND, "key": KEY, "server": SOUND}
    assert problems_of(proof_client(), alice=chain(LEAF, old, BETWEEN), **files) == ()
    assert problems_of(proof_client(), alice=chain(LEAF, old), **files) != ()


@pytest.mark.parametrize(("minutes", "ends_too_soon"), [(18, True), (20, False)])
def test_a_client_that_ends_while_a_proof_may_still_run_is_refused(
    problems_of: ProblemsOf, minutes: int, *, ends_too_soon: bool
) -> None:
    ending = issued(ROOT, "ending", end=NOW + timedelta(minutes=minutes), key=LEAF.key)
    problems = problems_of(proof_client(), ca=SOUND, alice=chain(ending), key=KEY, server=SOUND)
    assert [
        "ends in less than 19m, and a proof may take as long; bring one that lasts longer" in problem
        for problem in problems
    ] == [True] * ends_too_soon


@pytest.mark.parametrize("pem", COMPLETE)
def test_a_client_with_its_whole_chain_is_taken(problems_of: ProblemsOf, pem: str) -> None:
    for values in (proof_client(), of_generated_root()):
        assert problems_of(values, ca=SOUND, alice=pem, key=KEY, server=SOUND) == ()


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_client_that_does_not_lead_to_the_imported_root_is_refused_by_its_key(
    problems_of: ProblemsOf, kind: str, *, preview: bool
) -> None:
    pem, client, said = BROKEN[kind]
    key = private_key_pem(client.key)
    [line] = problems_of(proof_client(), ca=SOUND, alice=pem, key=key, server=SOUND, preview=preview)
    assert re.match(rf"proof\.client\.certificateFile: alice\.pem: .*{said}", line), line


@pytest.mark.parametrize("kind", APART)
def test_a_chain_that_lacks_a_link_is_refused_before_the_root_is_known_and_one_without_the_root_is_taken(
    problems_of: ProblemsOf, kind: str
) -> None:
    pem, said = APART[kind]
    key = private_key_pem(BETWEEN.key if kind == "reversed" else LEAF.key)
    [line] = problems_of(of_generated_root(), alice=pem, key=key, server=SOUND)
    assert re.match(rf"proof\.client\.certificateFile: alice\.pem: .*{said}", line), line
    assert problems_of(of_generated_root(), alice=chain(LEAF), key=KEY, server=SOUND) == ()


CLIENTS = put("clients", [{"name": "alice", "sans": ["dns:alice.clients.example"]}, {"name": "bob"}])


@pytest.mark.parametrize(
    ("constraints", "expected"),
    [
        ((), None),
        (
            [(x509.NameConstraints([x509.DNSName("clients.example")], None), True)],
            ProbeNames(subject=Subject(common_name="alice"), sans=("dns:alice.clients.example",)),
        ),
    ],
    ids=["any name", "certain names"],
)
def test_the_probe_client_takes_the_names_of_a_client_where_the_root_permits_certain_names_only(
    read: Callable[..., Settings], constraints: list[Extension], expected: ProbeNames | None
) -> None:
    root = issued(None, "root", *ca_of_depth(), *constraints, end=NOW + 3650 * DAY)
    assert read(IMPORTED, CLIENTS, files=files_of(root)).proof.probe_names == expected
    assert read(IMPORTED, put("clients", []), files=files_of(root)).proof.probe_names is None
