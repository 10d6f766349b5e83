"""Whose the fields of a listener are: every cell of the table of docs/reference/state-and-claim.md."""

from typing import Any

import pytest

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.listener import Fields, find_listener, meaning_of
from alb_mtls.listeners.look import edited_since, look_of
from alb_mtls.listeners.situation import Situation, situation_of
from alb_mtls.listeners.verdict import Verdict, before_us, on_destroy, on_roll_back, on_up
from alb_mtls.redaction import one_line
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of


def fields(enabled: bool | None = None, *identifiers: str) -> Fields:
    """Return the two fields; None leaves `caEnabled` away, and no identifier the list."""
    listed: Fields = {"/caCertificates": [{"CertificateId": one} for one in identifiers]} if identifiers else {}
    return listed if enabled is None else {"/caEnabled": enabled, **listed}


OURS, OFF, UNTOUCHED = fields(True, "ca-ours"), fields(False, "ca-ours"), fields()
THEIRS, THEIRS_OFF = fields(True, "ca-theirs"), fields(False, "ca-theirs")
MADE_HERE = ("ca-ours", "ca-old")


def situation(
    stands: Fields, claim: Claim | None, *, hold: str | None = None, found: Fields | None = UNTOUCHED
) -> Situation:
    return Situation(
        hold=hold,
        claim=claim,
        fields=stands,
        deployment="deployment-1",
        token="t",
        ours=MADE_HERE,
        found=found,
    )


def claim(**changes: Any) -> Claim:
    return claim_of(**{"previous": UNTOUCHED, "written": OURS, **changes})


def up(there: Situation, *, attempt: str | None = "one", take_over: str | None = None, **last: Any) -> Verdict:
    switched = {"used": None, "enabled": True, "was_enabled": None if attempt is None else True, **last}
    return on_up(there, attempt=attempt, take_over=take_over, **switched)


def roll_back(there: Situation, *, attempt: str = "one", engine_lives: bool = True) -> Verdict:
    return on_roll_back(there, attempt=attempt, written=OURS, engine_lives=engine_lives)


@pytest.mark.parametrize("stands", [OURS, OFF, UNTOUCHED, THEIRS], ids=str)
@pytest.mark.parametrize("held", [claim(), None, claim(deployment="another")], ids=["ours", "none", "another's"])
def test_a_held_listener_stops_everybody_whatever_stands_there(stands: Fields, held: Claim | None) -> None:
    there = situation(stands, held, hold="an incident")
    assert {up(there), roll_back(there), on_destroy(there)} == {Verdict.HELD}


@pytest.mark.parametrize("attempt", ["one", "another", None])
def test_as_written_an_up_writes_a_roll_back_puts_back_and_a_destroy_restores(attempt: str | None) -> None:
    there = situation(OURS, claim())
    assert up(there, attempt=attempt) is Verdict.WRITE
    assert (roll_back(there), on_destroy(there)) == (Verdict.PUT_BACK, Verdict.RESTORE)


def test_as_previous_is_drift_for_an_up_and_stops_a_roll_back_and_of_a_destroy_only_the_claim_is_left() -> None:
    there = situation(UNTOUCHED, claim())
    assert up(there) is Verdict.WRITE
    assert (roll_back(there), on_destroy(there)) == (Verdict.EDITED, Verdict.RELEASE)


def test_after_a_run_that_did_not_end_well_what_is_not_as_written_was_set_by_somebody() -> None:
    for stands in (UNTOUCHED, OFF, fields(True)):
        assert up(situation(stands, claim()), attempt="another") is Verdict.EDITED, stands
        assert up(situation(stands, claim())) is Verdict.WRITE, stands


def test_after_such_a_run_an_up_that_leaves_the_listener_off_may_write_where_somebody_switched_it_off() -> None:
    for stands in (UNTOUCHED, OFF):
        assert up(situation(stands, claim()), attempt="another", enabled=False) is Verdict.WRITE, stands
    for stands in (fields(True), {"/caEnabled": "true"}):
        assert up(situation(stands, claim()), attempt="another", enabled=False) is Verdict.EDITED, stands
    assert up(situation(THEIRS_OFF, claim()), attempt="another", enabled=False) is Verdict.ANOTHER_CA


def test_our_ca_switched_off_by_somebody_is_drift_for_an_up_and_stands_against_a_roll_back() -> None:
    there = situation(OFF, claim())
    assert (up(there), roll_back(there)) == (Verdict.WRITE, Verdict.EDITED)


@pytest.mark.parametrize(
    ("stands", "previous", "verdict"),
    [
        # Off now and off before: our CA goes, or somebody took it off already.
        (OFF, UNTOUCHED, Verdict.RESTORE),
        (OFF, THEIRS_OFF, Verdict.RESTORE),
        (fields(False), THEIRS_OFF, Verdict.RELEASE),
        # To restore would request certificates where somebody switched that off.
        (OFF, THEIRS, Verdict.EDITED),
        (fields(False), THEIRS, Verdict.EDITED),
        # To restore would open what somebody switched on.
        (fields(True), THEIRS_OFF, Verdict.EDITED),
        (fields(True, "ca-old"), UNTOUCHED, Verdict.EDITED),
        ({"/caEnabled": "true"}, UNTOUCHED, Verdict.EDITED),
    ],
    ids=str,
)
def test_a_destroy_undoes_no_edit_of_the_switch(stands: Fields, previous: Fields, verdict: Verdict) -> None:
    assert on_destroy(situation(stands, claim(previous=previous))) is verdict


def test_an_edit_that_a_failed_attempt_put_back_is_drift_for_the_next_up_and_still_an_edit_for_a_destroy() -> None:
    put_back = claim(previous=THEIRS, edit=OFF)
    assert up(situation(OFF, put_back), attempt="before") is Verdict.WRITE
    assert on_destroy(situation(OFF, put_back)) is Verdict.EDITED
    # What somebody set after that was announced to nobody.
    assert up(situation(fields(False), put_back), attempt="before") is Verdict.EDITED
    assert up(situation(OFF, claim(previous=THEIRS)), attempt="before") is Verdict.EDITED


def test_a_takeover_goes_over_no_switching_off_since_a_run_that_did_not_end_well() -> None:
    restored = claim(previous=THEIRS, written=THEIRS)
    assert up(situation(THEIRS, restored), attempt=None, take_over="ca-theirs") is Verdict.WRITE
    assert up(situation(THEIRS_OFF, restored), attempt=None, take_over="ca-theirs") is Verdict.EDITED
    assert up(situation(THEIRS_OFF, restored), take_over="ca-theirs") is Verdict.WRITE


def test_a_ca_of_others_that_a_failed_takeover_put_back_is_neither_written_over_nor_restored() -> None:
    there = situation(THEIRS, claim(edit=THEIRS))
    assert (up(there, attempt="before"), on_destroy(there)) == (Verdict.ANOTHER_CA, Verdict.ANOTHER_CA)
    assert up(there, attempt="before", take_over="ca-theirs") is Verdict.WRITE


@pytest.mark.parametrize("stands", [THEIRS, THEIRS_OFF, fields(True, "ca-ours", "ca-theirs")], ids=str)
def test_another_ca_stops_all_three_and_an_up_goes_on_when_takeover_names_it(stands: Fields) -> None:
    there = situation(stands, claim())
    assert (up(there), roll_back(there), on_destroy(there)) == (
        Verdict.ANOTHER_CA,
        Verdict.EDITED,
        Verdict.ANOTHER_CA,
    )
    assert up(there, take_over="ca-theirs") is Verdict.WRITE
    assert up(there, take_over="ca-of-a-third") is Verdict.ANOTHER_CA
    assert up(there, take_over="deployment-1") is Verdict.ANOTHER_CA


@pytest.mark.parametrize("identifier", ["ca\x1b[2J-theirs\n", "ca\u202e-theirs", "ca\u00a0theirs"])
def test_takeover_names_a_ca_as_the_refusal_showed_it_and_no_other(identifier: str) -> None:
    there = situation(fields(True, identifier), claim())
    assert up(there, take_over=one_line(identifier).replace("\u00a0", " ").strip()) is Verdict.WRITE
    assert up(there, take_over="ca-of-a-third") is Verdict.ANOTHER_CA


def test_what_a_stack_was_put_back_to_after_a_takeover_is_not_taken_for_its_own() -> None:
    put_back = claim(previous=THEIRS, written=THEIRS)
    assert on_destroy(situation(THEIRS_OFF, put_back)) is Verdict.EDITED
    assert on_destroy(situation(fields(True, "ca-of-a-third"), put_back)) is Verdict.ANOTHER_CA
    assert on_destroy(situation(THEIRS, put_back)) is Verdict.RESTORE


def test_without_a_claim_our_ca_is_claimed_again_put_back_while_the_engine_lives_and_restored_by_the_state() -> None:
    there = situation(OURS, None)
    assert (up(there), roll_back(there), on_destroy(there)) == (Verdict.WRITE, Verdict.PUT_BACK, Verdict.RESTORE)
    assert roll_back(there, engine_lives=False) is Verdict.ENGINE_GONE
    assert on_destroy(situation(OURS, None, found=None)) is Verdict.UNKNOWN


def test_without_a_claim_what_somebody_switched_off_is_not_switched_on_but_what_the_stack_did_is() -> None:
    there = situation(OFF, None)
    assert up(there) is Verdict.EDITED
    assert up(there, was_enabled=False) is Verdict.WRITE
    assert up(there, enabled=False) is Verdict.WRITE
    assert roll_back(there) is Verdict.EDITED


@pytest.mark.parametrize(
    ("stands", "found", "verdict"),
    [
        (OFF, UNTOUCHED, Verdict.RESTORE),
        (OFF, THEIRS, Verdict.EDITED),
        (OURS, THEIRS, Verdict.RESTORE),
        # As with a purchased CA that was bound by hand before.
        (OURS, OURS, Verdict.LEAVE),
        (UNTOUCHED, UNTOUCHED, Verdict.LEAVE),
        (THEIRS, UNTOUCHED, Verdict.LEAVE),
        (fields(True, "ca-ours", "ca-theirs"), UNTOUCHED, Verdict.ANOTHER_CA),
    ],
    ids=str,
)
def test_a_destroy_without_a_claim_goes_by_the_state_and_touches_only_our_ca(
    stands: Fields, found: Fields, verdict: Verdict
) -> None:
    assert on_destroy(situation(stands, None, found=found)) is verdict


def test_an_unclaimed_listener_is_taken_unless_it_has_a_ca_that_takeover_does_not_name() -> None:
    assert up(situation(UNTOUCHED, None), attempt=None) is Verdict.WRITE
    assert up(situation(THEIRS, None), attempt=None) is Verdict.ANOTHER_CA
    assert up(situation(THEIRS, None), attempt=None, take_over="ca-theirs") is Verdict.WRITE


@pytest.mark.parametrize("stands", [OURS, UNTOUCHED, THEIRS], ids=str)
def test_the_claim_of_another_deployment_stops_all_three_unless_takeover_names_that_deployment(stands: Fields) -> None:
    there = situation(stands, claim(deployment="deployment-2"))
    assert (up(there), on_destroy(there)) == (Verdict.CLAIMED, Verdict.CLAIMED)
    assert roll_back(there, attempt="another") is Verdict.LOST
    assert up(there, take_over="deployment-2") is Verdict.WRITE
    assert up(there, take_over="deployment-1") is Verdict.CLAIMED
    assert up(there, take_over="deployment-2", used="deployment-3") is Verdict.WRITE
    assert up(there, take_over="deployment-2", used="deployment-2") is Verdict.TAKEN_BACK
    # Whoever has its name is another one all the same, and the token alone does not decide either.
    assert there.claim is not None
    assert (there.claim.owner, there.claim.token) == (claim().owner, "t")


def test_another_claim_of_this_deployment_is_taken_only_by_its_own_id_and_left_alone_by_a_destroy() -> None:
    there = situation(OURS, claim(token="another"))
    assert (up(there), on_destroy(there)) == (Verdict.HELD_BY_OWN, Verdict.LEAVE)
    assert up(there, take_over="deployment-1") is Verdict.WRITE
    assert up(there, take_over="deployment-2") is Verdict.HELD_BY_OWN


@pytest.mark.parametrize(
    ("some", "others"),
    [
        (UNTOUCHED, {"/caEnabled": False}),
        (UNTOUCHED, {"/caEnabled": None, "/caCertificates": None}),
        (UNTOUCHED, {"/caEnabled": False, "/caCertificates": []}),
        (UNTOUCHED, {"/caEnabled": "", "/caCertificates": ""}),
        (OURS, {"/caEnabled": True, "/caCertificates": [{"CertificateId": "ca-ours", "IsDefault": False}]}),
        (OFF, {"/caCertificates": [{"CertificateId": "ca-ours"}, {"CertificateId": ""}, None]}),
    ],
    ids=str,
)
def test_fields_are_compared_by_what_they_mean(some: Fields, others: Fields) -> None:
    assert meaning_of(some) == meaning_of(others)


@pytest.mark.parametrize(
    ("some", "others"),
    [
        (OURS, OFF),
        (OURS, fields(True)),
        (OURS, fields(True, "CA-OURS")),
        (fields(True, "ca-ours", "ca-old"), fields(True, "ca-old", "ca-ours")),
        (UNTOUCHED, {"/caEnabled": 0}),
        (OURS, {**OURS, "/caEnabled": "true"}),
        (UNTOUCHED, {"/caCertificates": "ca-ours"}),
        (UNTOUCHED, {"/caCertificates": ["ca-ours"]}),
    ],
    ids=str,
)
def test_identifiers_count_exactly_and_in_order_and_what_has_a_wrong_type_is_nothing_else(
    some: Fields, others: Fields
) -> None:
    assert meaning_of(some) != meaning_of(others)


@pytest.mark.parametrize(
    ("there", "take_over", "before"),
    [
        (situation(THEIRS_OFF, None), None, THEIRS_OFF),
        (situation(OURS, None, found=THEIRS), None, THEIRS),
        # Nothing of us stands there, so what was found once is over.
        (situation(fields(False), None, found=THEIRS), None, fields(False)),
        (situation(OURS, claim(previous=THEIRS)), None, THEIRS),
        (situation(OFF, claim(previous=THEIRS)), None, THEIRS),
        # Another team's CA under our claim is what comes back later.
        (situation(THEIRS, claim()), "ca-theirs", THEIRS),
        # A claim that is taken over counts as long as the fields are as it wrote them.
        (situation(OURS, claim(deployment="deployment-2", previous=THEIRS)), "deployment-2", THEIRS),
        (situation(THEIRS, claim(deployment="deployment-2")), "deployment-2", THEIRS),
        (situation(OURS, claim(token="another", previous=THEIRS)), "deployment-1", THEIRS),
        # A CA of our own is never what was before.
        (situation(OURS, None, found=None), None, UNTOUCHED),
        (situation(OURS, None, found=OFF), None, UNTOUCHED),
        (situation(fields(True, "ca-old", "ca-theirs"), None, found=None), "ca-theirs", THEIRS),
    ],
    ids=str,
)
def test_what_was_before_is_what_the_claim_or_the_state_or_else_the_listener_says_and_never_our_own(
    there: Situation, take_over: str | None, before: Fields
) -> None:
    assert before_us(there, made_here=MADE_HERE, take_over=take_over) == before


def test_a_ca_that_this_stack_did_not_put_into_cas_may_have_been_there_before() -> None:
    there = situation(OURS, None, found=None)
    assert before_us(there, made_here=(), take_over=None) == OURS


def test_an_edit_since_the_look_is_one_that_left_the_claim_alone() -> None:
    looked = albconfig(https(), annotations={LISTENER.claim_annotation: claim().to_text()})
    edited = albconfig(https(caEnabled=True), annotations={LISTENER.claim_annotation: claim().to_text()})
    by_us = albconfig(https(caEnabled=True), annotations={LISTENER.claim_annotation: claim(attempt="two").to_text()})
    respelled = albconfig(https(caEnabled=False), annotations={LISTENER.claim_annotation: claim().to_text()})
    observed = look_of(looked, LISTENER)
    assert edited_since(observed, edited, LISTENER)
    assert not any(edited_since(observed, one, LISTENER) for one in (looked, by_us, respelled))
    assert not edited_since(None, edited, LISTENER)


def test_a_claim_that_came_with_a_copy_of_another_albconfig_is_none_of_this_one() -> None:
    def holder(uid: str) -> Claim | None:
        item = albconfig(https(), annotations={LISTENER.claim_annotation: claim(uid=uid).to_text()})
        ref = find_listener(item, LISTENER)
        return situation_of(item, ref, deployment="deployment-1", token="t", ours=(), found=None).claim

    assert holder("uid-of-alb") is not None
    assert holder("uid-of-another-alb") is None
