"""The file of an imported CA that is no root: what stands in it beside the CA is judged by key, all at once."""

from collections.abc import Callable

import pytest

from alb_mtls.configuration.parse import parse_settings
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.subject import Subject
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.imported_stack import keyless
from tests.helpers.stack_file import surroundings
from tests.unit.configuration.conftest import Parse

ROOT = make_root(subject=Subject(common_name="company root"))
ISSUING = ca_below(ROOT)
ENDED = issued(None, "ended root", *ca_of_depth(), begin=NOW - 3 * DAY, end=NOW - DAY)
OTHER = make_root(subject=Subject(common_name="other root"))
WHOLE = ISSUING.pem
ALONE = certificate_pem(ISSUING.certificate)
OF_PATH_LENGTH = (
    "rootCa.certificateFile: ca.pem: it has pathLen 0, so a later generation cannot be introduced by cross-signing"
)
WARNING = (
    "rootCa.certificateFile: ca.pem: clients are signed by 'CN=issuing CA', which is below the root 'CN=company root'. "
    "Which of the two the ALB trusts is not documented; where it is the root, clients of every other CA below that "
    "root are accepted too"
)

ProblemsOf = Callable[..., tuple[str, ...]]


def test_an_intermediate_with_its_chain_is_taken_and_names_who_else_is_accepted(parse: Parse) -> None:
    found = parse(keyless(clients=[]), ca=WHOLE)
    assert found.problems == ()
    assert found.warnings == (OF_PATH_LENGTH, WARNING)


def test_an_intermediate_alone_is_accepted_with_a_warning_that_its_chain_is_missing(parse: Parse) -> None:
    found = parse(keyless(clients=[]), ca=ALONE)
    assert found.problems == ()
    [without_more_clients, of_path_length] = sorted(found.warnings, key=len, reverse=True)
    assert "it is not self-signed" in without_more_clients
    assert "put the certificates from its issuer up to the root behind it" in without_more_clients
    assert "pathLen 0" in of_path_length


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (certificate_pem(ROOT.certificate) + ALONE, "ca.pem: its certificates are out of order"),
        (WHOLE + ALONE, "ca.pem: it holds the certificate of 'CN=issuing CA' twice"),
        (WHOLE + certificate_pem(OTHER.certificate), "ca.pem: it holds 'CN=other root', which is no part of the path"),
        (ca_below(ISSUING, "a third").pem.replace(ROOT.pem, ""), "ca.pem: it ends with 'CN=issuing CA', which is no"),
        (ca_below(ISSUING, "a third").pem, "ca.pem: 'CN=issuing CA' has pathLen 0, but in this file 1 of the CAs"),
        (ca_below(ENDED).pem, "ca.pem: its issuer 'CN=ended root': it ended on 2026-11-22"),
    ],
)
def test_what_is_wrong_with_the_chain_is_one_sentence_by_key(problems_of: ProblemsOf, content: str, words: str) -> None:
    [line] = problems_of(keyless(clients=[]), ca=content)
    assert line.startswith(f"rootCa.certificateFile: {words}")


def test_a_certificate_above_the_ca_that_is_no_ca_is_named(problems_of: ProblemsOf) -> None:
    impostor = issued(None, "no CA")
    below = ca_below(impostor)
    lines = problems_of(keyless(clients=[]), ca=below.pem)
    assert any("its issuer 'CN=no CA': it has no basicConstraints, so it is not a CA" in line for line in lines)
    assert problems_of(keyless(clients=[]), ca=ca_below(issued(None, "a CA", *ca_of_depth())).pem) == ()


def test_the_key_is_that_of_the_first_certificate(problems_of: ProblemsOf) -> None:
    values = {"rootCa": {"source": "imported", "certificateFile": "ca.pem", "keyFile": "key.pem"}}
    assert problems_of(values, ca=WHOLE, key=private_key_pem(ISSUING.key)) == ()
    [line] = problems_of(values, ca=WHOLE, key=private_key_pem(ROOT.key))
    assert line == "rootCa.keyFile: key.pem is not the key of rootCa.certificateFile"


def test_a_client_that_brings_its_certificate_is_checked_with_the_chain_that_it_is_handed(
    problems_of: ProblemsOf,
) -> None:
    alice, stranger = make_client(ISSUING), make_client(ca_below(ROOT, "sibling CA"))
    values = keyless(clients=[{"name": "alice", "certificateFile": "alice.pem"}])
    assert problems_of(values, ca=WHOLE, alice=alice.pem) == ()
    assert len(problems_of(values, ca=WHOLE, alice=stranger.pem)) > 0


def test_the_client_of_the_proof_sends_the_chain_too_since_the_root_may_be_what_is_trusted(
    problems_of: ProblemsOf,
) -> None:
    alice = make_client(ISSUING)
    client = {"certificateFile": "alice.pem", "keyFile": "key.pem"}
    values = keyless(clients=[], proof={"client": client, "serverCa": "server.pem"})
    files = {"ca": WHOLE, "key": private_key_pem(alice.key), "server": certificate_pem(ROOT.certificate)}
    assert problems_of(values, alice=alice.pem + ALONE, **files) == ()
    [line] = problems_of(values, alice=alice.pem, **files)
    assert line.startswith("proof.client.certificateFile: alice.pem: ")
    assert "the certificate of its issuer, 'CN=issuing CA', is not in the file" in line


def test_two_generations_below_one_root_are_refused_and_below_two_are_not() -> None:
    newer_root = make_root(subject=Subject(common_name="newer root"))
    files = {
        "one.pem": ca_below(ROOT, "first", depth=None).pem,
        "sibling.pem": ca_below(ROOT, "second").pem,
        "two.pem": ca_below(newer_root, "second").pem,
    }

    def parsed(newer: str) -> object:
        entries = [
            {"number": number, "source": "imported", "certificateFile": path}
            for number, path in ((1, "one.pem"), (2, newer))
        ]
        values = {
            "rootCa": {"generations": entries, "trusted": 1},
            "cas": {"endpoint": "china"},
            "listeners": [{"albConfig": "alb", "port": 443}],
        }
        return parse_settings(values, surroundings(read_file=files.__getitem__)).generations.newest.between_pem

    assert parsed("two.pem") == files["two.pem"].replace(newer_root.pem, "")
    with pytest.raises(SettingsError, match="1 and 2 have 'CN=company root' in common"):
        parsed("sibling.pem")


def test_of_a_root_nobody_else_is_accepted_and_there_is_no_warning(parse: Parse) -> None:
    assert parse(keyless(clients=[]), ca=certificate_pem(ROOT.certificate)).warnings == ()
