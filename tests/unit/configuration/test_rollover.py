"""What keeps two generations from following each other is found before the first step, all at once and by key."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.authorities import DAY, Extension, ca_of_depth, issued, permitted
from tests.helpers.certificates import NOW, ROOT_SUBJECT, ClientCredential, make_client, make_root
from tests.unit.configuration.conftest import Parse, ProblemsOf

SUBJECT = {
    "country": "CN",
    "state": "bj",
    "locality": "bj",
    "organization": "alibaba",
    "organizationalUnit": "test",
    "commonName": "root",
}
ALICE = [{"name": "alice", "sans": ["dns:alice.ours.example"]}]
YEAR = 365 * DAY
HARD = (
    "What is left is a hard swap, which rejects all clients of generation 1 from then on: rootCa.trusted: 2 and "
    "rootCa.abandoned: [1] in one `up`"
)
OLDER = make_root()
NEWER = make_root(subject=replace(ROOT_SUBJECT, common_name="root G2"))


def generated(*listed: int, trusted: int = 1, clients: Any = ALICE, **more: Any) -> dict[str, Any]:
    """Return a stack of generated generations."""
    return {
        "rootCa": {"subject": SUBJECT, "generations": list(listed), "trusted": trusted, **more},
        "clients": clients,
    }


def imported(*, key_file: bool = True, trusted: int = 1, clients: Any = ALICE, **more: Any) -> dict[str, Any]:
    """Return a stack whose generation 1 is imported, and whose generation 2 is generated."""
    first = {"number": 1, "source": "imported", "certificateFile": "older.pem"}
    first |= {"keyFile": "older_key.pem"} if key_file else {}
    root_ca = {"subject": {**SUBJECT, "commonName": "another"}, "generations": [first, 2], "trusted": trusted, **more}
    return {"rootCa": root_ca, "clients": clients}


def files(older: ClientCredential = OLDER) -> dict[str, str]:
    return {"older": certificate_pem(older.certificate), "older_key": private_key_pem(older.key)}


def authority(*extensions: Extension, end: timedelta = 10 * YEAR, path_length: int | None = None) -> ClientCredential:
    return issued(None, "older", *ca_of_depth(path_length), *extensions, end=NOW + end)


@pytest.mark.parametrize(
    ("listed", "trusted"), [((1,), 1), ((1, 2), 1), ((1, 2), 2), ((2,), 2), ((2, 3), 2), ((1, 3), 1)]
)
def test_each_step_of_a_rollover_is_a_configuration(
    problems_of: ProblemsOf, listed: tuple[int, ...], trusted: int
) -> None:
    assert problems_of(generated(*listed, trusted=trusted)) == ()


def test_more_than_two_generations_are_refused_and_the_superfluous_one_is_named(problems_of: ProblemsOf) -> None:
    words = "rootCa.generations: lists 1, 2 and 3, but a rollover is between two: "
    for trusted, superfluous in ((1, 2), (2, 1), (3, 1)):
        [problem] = problems_of(generated(1, 2, 3, trusted=trusted))
        assert problem.startswith(words)
        assert problem.endswith(f"remove {superfluous}")


def test_a_generation_older_than_a_compromised_one_is_never_trusted_again(problems_of: ProblemsOf) -> None:
    assert problems_of(generated(2, 3, trusted=3, compromised=[2])) == ()
    assert problems_of(generated(1, 2, trusted=2, compromised=[1])) == ()
    [problem] = problems_of(generated(1, 2, trusted=1, compromised=[2]))
    assert problem.startswith("rootCa.trusted: is 1, but generation 2 is compromised: generation 1 may have signed")
    assert problem.endswith("rootCa.trusted: 3")
    # Also when that one is no longer listed: its cross certificate is out all the same.
    [problem] = problems_of(generated(1, 3, trusted=1, compromised=[2]))
    assert problem.endswith("rootCa.trusted: 3")


def test_the_newest_generation_signs_all_clients_and_cannot_be_abandoned(problems_of: ProblemsOf) -> None:
    assert problems_of(generated(1, 2, trusted=2, abandoned=[1])) == ()
    [problem] = problems_of(generated(1, 2, abandoned=[2]))
    assert problem.startswith("rootCa.abandoned: names generation 2, which signs all clients")


def test_an_abandoned_generation_that_is_no_longer_listed_is_no_mistake(problems_of: ProblemsOf) -> None:
    assert problems_of(generated(2, trusted=2, abandoned=[1], compromised=[1])) == ()


@pytest.mark.parametrize(
    ("older", "taken"),
    [
        (authority(), True),
        (authority(path_length=1), True),
        (authority(path_length=0), False),
        (authority(permitted(x509.DNSName("ours.example"))), True),
        (authority(permitted(x509.DNSName("theirs.example"))), False),
        (authority(end=25 * DAY / 24), True),
        (authority(end=23 * DAY / 24), False),
    ],
    ids=["free", "pathLen 1", "pathLen 0", "names permitted", "names forbidden", "ends in 25 h", "ends in 23 h"],
)
def test_an_imported_root_that_cannot_accept_clients_of_the_next_is_found_before_the_first_step(
    problems_of: ProblemsOf, older: ClientCredential, *, taken: bool
) -> None:
    found = [one for one in problems_of(imported(), **files(older)) if one.startswith("rootCa.trusted")]
    assert len(found) == (0 if taken else 1)
    for one in found:
        assert "is 1, and clients that generation 2 signs would be rejected: " in one
        assert one.endswith(HARD)
    # The way out, and a stack whose listeners request nothing.
    hard = problems_of(imported(trusted=2, abandoned=[1]), **files(older))
    assert [one for one in hard if one.startswith("rootCa")] == []


def test_an_older_root_without_its_key_needs_a_hard_swap(problems_of: ProblemsOf) -> None:
    assert problems_of(imported(), **files()) == ()
    [problem] = problems_of(imported(key_file=False), **files())
    assert "generation 1 cannot certify a newer one, because it has no keyFile. " in problem
    assert problem.endswith(HARD)
    assert problems_of(imported(key_file=False, trusted=2, abandoned=[1]), **files()) == ()


def test_so_does_a_purchased_one(problems_of: ProblemsOf) -> None:
    purchased = {"number": 1, "source": "purchased", "identifier": "1ed65580"}
    listed = {"subject": SUBJECT, "generations": [purchased, 2]}
    [problem] = problems_of({"rootCa": {**listed, "trusted": 1}, "clients": ALICE})
    assert "generation 1 cannot certify a newer one, because it is purchased. " in problem
    assert problems_of({"rootCa": {**listed, "trusted": 2, "abandoned": [1]}, "clients": ALICE}) == ()


def test_without_clients_that_are_issued_here_it_is_a_warning(parse: Parse) -> None:
    brought = [{"name": "bob", "certificateFile": "bob.pem"}]
    bob = certificate_pem(make_client(OLDER, name="bob").certificate)
    found = parse(imported(key_file=False, clients=brought), **files(), bob=bob)
    assert found.problems == ()
    assert [one for one in found.warnings if "generation 2 gets no cross certificate: " in one]


def test_whoever_switches_off_is_warned_only(parse: Parse) -> None:
    found = parse({**imported(key_file=False), "enabled": False}, **files())
    assert found.problems == ()
    assert [one for one in found.warnings if "because it has no keyFile" in one]


def test_two_generations_of_one_subject_are_refused_however_it_is_spelt(problems_of: ProblemsOf) -> None:
    older = make_root(subject=replace(ROOT_SUBJECT, common_name="ROOT  g2", email=None))
    values = imported()
    values["rootCa"]["subject"] = SUBJECT
    assert problems_of(values, **files()) == ()
    [problem] = problems_of(values, **files(older))
    assert problem.startswith("rootCa.generations: 1 and 2 have the same subject, so clients and TLS stacks confuse")


def test_two_generations_of_one_key_are_refused(problems_of: ProblemsOf) -> None:
    for newer, taken in (
        (NEWER, True),
        (issued(None, "another", *ca_of_depth(), key=OLDER.key, end=NOW + YEAR), False),
    ):
        second = {"number": 2, "source": "imported", "certificateFile": "newer.pem", "keyFile": "newer_key.pem"}
        values = imported()
        values["rootCa"] = {"generations": [values["rootCa"]["generations"][0], second], "trusted": 1}
        both = {**files(), "newer": certificate_pem(newer.certificate), "newer_key": private_key_pem(newer.key)}
        problems = problems_of(values, **both)
        assert [one.startswith("rootCa.generations: 1 and 2 have the same key") for one in problems] == (
            [] if taken else [True]
        )


def test_a_client_that_brings_its_certificate_is_warned_of_the_swap(parse: Parse) -> None:
    brought = [{"name": "bob", "certificateFile": "bob.pem"}, *ALICE]
    bob = certificate_pem(make_client(OLDER, name="bob").certificate)
    words = "clients[0].certificateFile: it is rejected as soon as rootCa.trusted is 2; have generation 2 sign"
    [warning] = [one for one in parse(imported(clients=brought), **files(), bob=bob).warnings if "rejected" in one]
    assert warning.startswith(words)
    swapped = parse(imported(clients=brought, trusted=2), **files(), bob=bob)
    assert [one for one in swapped.warnings if one.startswith(words)] == []


def test_a_swap_is_refused_while_a_client_brings_a_certificate_of_the_former_generation(
    problems_of: ProblemsOf,
) -> None:
    brought = [{"name": "bob", "certificateFile": "bob.pem"}, *ALICE]
    words = "clients[0].certificateFile: bob.pem: generation 1 signed it, and from this `up` on listeners trust "
    for root, trusted, refused in ((OLDER, 2, True), (OLDER, 1, False), (NEWER, 2, False)):
        bob = certificate_pem(make_client(root, name="bob").certificate)
        problems = problems_of(imported(clients=brought, trusted=trusted), **files(), bob=bob)
        assert [one.startswith(words) for one in problems] == ([True] if refused else [])


def test_a_root_that_has_ended_does_not_stop_the_swap_away_from_it(parse: Parse) -> None:
    ended = issued(None, "older", *ca_of_depth(), begin=NOW - 10 * DAY, end=NOW - DAY)
    [problem] = [one for one in parse(imported(), **files(ended)).problems if "ended on" in one]
    assert problem.startswith("rootCa.generations[0].certificateFile")
    found = parse(imported(trusted=2, abandoned=[1]), **files(ended))
    assert found.problems == ()
    assert [one for one in found.warnings if "ended on" in one]


def test_where_names_are_constrained_every_client_is_tried(problems_of: ProblemsOf) -> None:
    clients = [*ALICE, {"name": "bob", "sans": ["dns:bob.theirs.example"]}]
    older = authority(permitted(x509.DNSName("ours.example")))
    found = [one for one in problems_of(imported(clients=clients), **files(older)) if one.startswith("rootCa.trusted")]
    assert ["client bob: " in one for one in found] == [True]
    assert problems_of(imported(clients=clients), **files(authority())) == ()
