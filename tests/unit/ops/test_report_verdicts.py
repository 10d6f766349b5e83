"""What a report says first: of each listener, and of all of them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alb_mtls.cluster.findings import Finding
from alb_mtls.handshake.checks import Proof
from ops.blocks import Level
from ops.current_listeners import CurrentListener
from ops.findings import OpsFindingCode
from ops.listener_standing import listener_standing
from ops.report.document import document_of
from ops.report.verdicts import Verdict, Word, verdict_on, whole_of
from ops.verify import Verified
from tests.helpers.current import on_alb
from tests.helpers.report_stacks import NOW, listener
from tests.helpers.report_stacks import looked as looked_at

ENFORCED = listener()
UNPROVEN = listener(shown=None)
OFF = listener(desired=False)
OPEN = listener(on_alb=on_alb(enabled=False))
ANOTHER = listener(on_alb=on_alb(identifiers=("2222aaaa-984f-6644-84eb-b234ea25f66a",)))
MISSING = listener(on_alb=None)
UNKNOWN = listener(on_alb=None, load_balancer=None)
STOPPED = listener(on_alb=on_alb(status="Stopped"))
ALL = Proof(proven=True, at=NOW, rounds=1, checks=[], connections=300)
DAYS = ["2027-06-30", "2027-03-31"]
NOT_AS_IT_MUST = Finding(code=OpsFindingCode.NOT_ENFORCED, subject="a", evidence="b", remedy="c")


def _verdict(one: CurrentListener, verified: Verified | None = None) -> Verdict:
    return verdict_on(one, listener_standing(one), verified)


@pytest.mark.parametrize(
    ("one", "word", "level"),
    [
        (ENFORCED, Word.PROVEN, Level.FINE),
        (UNPROVEN, Word.UNPROVEN, Level.WARNING),
        (OFF, Word.OFF, Level.NOTE),
        (OPEN, Word.NOT_ENFORCED, Level.PROBLEM),
        (ANOTHER, Word.ANOTHER_CA, Level.PROBLEM),
        (MISSING, Word.MISSING, Level.PROBLEM),
        (UNKNOWN, Word.NOT_KNOWN, Level.UNKNOWN),
        (STOPPED, Word.STOPPED, Level.PROBLEM),
    ],
)
def test_a_listener_has_one_word_by_what_cluster_cloud_and_state_say(
    one: CurrentListener, word: Word, level: Level
) -> None:
    verdict = _verdict(one)
    assert (verdict.word, verdict.level) == (word, level)
    assert (verdict.proven_at is not None) is (word in {Word.PROVEN, Word.OFF})


def _of_git(one: CurrentListener, *, awaiting: str | None = "Git") -> CurrentListener:
    """Return a listener whose last `up` has printed what Git is to bring."""
    left = one.deployed
    assert left.switch is not None
    assert left.desired is not None
    switch = replace(left.switch, write="none", awaiting=awaiting, proven=awaiting is None, applied_enabled=True)
    return replace(one, deployed=replace(left, switch=switch, desired=replace(left.desired, write="none")))


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (_of_git(listener(edited=True, on_alb=on_alb(enabled=False))), Word.AWAITING),
        (_of_git(ENFORCED), Word.UNPROVEN),
        (_of_git(ENFORCED, awaiting=None), Word.PROVEN),
        (_of_git(OPEN), Word.NOT_ENFORCED),
        (_of_git(UNKNOWN), Word.NOT_KNOWN),
    ],
)
def test_a_listener_awaits_git_until_its_albconfig_has_what_was_printed(one: CurrentListener, word: Word) -> None:
    assert _verdict(one).word is word
    looked = looked_at(one)
    [shown] = document_of([looked], NOW)["stacks"][0]["listeners"]
    assert (shown["awaiting"], shown["write"]) == ("Git" if word is Word.AWAITING else None, "none")


@pytest.mark.parametrize(
    ("one", "verified", "word"),
    [
        (UNPROVEN, {"proof": ALL}, Word.PROVEN),
        (ENFORCED, {"proof": replace(ALL, proven=False)}, Word.UNPROVEN),
        (ENFORCED, {}, Word.UNPROVEN),
        (ENFORCED, {"proof": ALL, "failed": True}, Word.UNPROVEN),
        (ENFORCED, {"proof": ALL, "failed": True, "findings": (NOT_AS_IT_MUST,)}, Word.NOT_ENFORCED),
        (OFF, {"proof": ALL}, Word.OFF),
        (OPEN, {"proof": ALL, "failed": True, "findings": (NOT_AS_IT_MUST,)}, Word.NOT_ENFORCED),
    ],
)
def test_what_handshakes_show_now_counts_more_than_the_last_proof(
    one: CurrentListener, verified: dict[str, object], word: Word
) -> None:
    verdict = _verdict(one, Verified(listener=one, **verified))  # type: ignore[arg-type] # of three types
    assert verdict.word is word
    assert verdict.now is (verified == {"proof": ALL})


@pytest.mark.parametrize(
    ("listeners", "bypasses", "accepted", "level", "title"),
    [
        ([ENFORCED], 0, [], Level.FINE, "Mutual TLS is enforced and proven"),
        ([ENFORCED], 2, [], Level.WARNING, "Mutual TLS is enforced and proven, but can be bypassed"),
        ([ENFORCED], 0, DAYS, Level.ACCEPTED, "Mutual TLS is enforced and proven, but for 2 accepted bypasses"),
        ([ENFORCED], 1, DAYS, Level.WARNING, "Mutual TLS is enforced and proven, but can be bypassed"),
        ([ENFORCED, OFF], 0, DAYS, Level.NOTE, "Mutual TLS is off on 1 of 2 listeners"),
        ([ENFORCED, OFF], 0, [], Level.NOTE, "Mutual TLS is off on 1 of 2 listeners"),
        ([OFF], 0, [], Level.NOTE, "Mutual TLS is off"),
        ([ENFORCED, OFF, OPEN], 0, [], Level.PROBLEM, "Mutual TLS is not enforced on 1 of 3 listeners"),
        ([UNPROVEN], 0, [], Level.WARNING, "Mutual TLS is enforced, but not proven"),
        ([ENFORCED, MISSING], 0, [], Level.PROBLEM, "1 of 2 listeners is not there"),
        ([UNKNOWN], 2, [], Level.UNKNOWN, "Whether mutual TLS is enforced could not be found out"),
        ([UNKNOWN, OPEN], 0, [], Level.PROBLEM, "Mutual TLS is not enforced on 1 of 2 listeners"),
        ([], 0, [], Level.UNKNOWN, "Whether mutual TLS is enforced could not be found out"),
    ],
)
def test_the_worst_listener_makes_the_title_of_all(
    listeners: list[CurrentListener], bypasses: int, accepted: list[str], level: Level, title: str
) -> None:
    whole = whole_of(
        [_verdict(one) for one in listeners], failures=0, bypasses=bypasses, accepted_until=accepted, others=0
    )
    assert (whole.level, whole.title) == (level, title)


@pytest.mark.parametrize(("failures", "known"), [(0, True), (1, False)])
def test_a_stack_that_cannot_be_read_is_no_proof_of_the_whole(failures: int, *, known: bool) -> None:
    whole = whole_of([_verdict(ENFORCED)], failures=failures, bypasses=0, accepted_until=[], others=0)
    assert (whole.title == "Mutual TLS is enforced and proven") is known
    assert ("1 stack could not be read." in whole.sentence) is not known
    alone = whole_of([], failures=1, bypasses=0, accepted_until=[], others=0)
    assert alone.title == "Whether mutual TLS is enforced could not be found out"


NOT_ALL = "Mutual TLS is enforced and proven, but not everything could be looked at"


@pytest.mark.parametrize(
    ("one", "unknown", "level", "title"),
    [
        (ENFORCED, (), Level.FINE, "Mutual TLS is enforced and proven"),
        (ENFORCED, ("this user may not list ingresses",), Level.UNKNOWN, NOT_ALL),
        (OFF, ("this user may not list ingresses",), Level.UNKNOWN, "Mutual TLS is off"),
        (OPEN, ("this user may not list ingresses",), Level.PROBLEM, "Mutual TLS is not enforced"),
    ],
)
def test_where_something_could_not_be_looked_at_nothing_says_that_all_is_well(
    one: CurrentListener, unknown: tuple[str, ...], level: Level, title: str
) -> None:
    looked = looked_at(one, unknown=unknown)
    document = document_of([looked], NOW)
    assert (document["whole"]["level"], document["whole"]["title"]) == (level, title)


def test_the_sentence_counts_listeners_and_what_weakens_them() -> None:
    whole = whole_of(
        [_verdict(one) for one in (ENFORCED, ENFORCED, OFF)], failures=0, bypasses=1, accepted_until=DAYS, others=3
    )
    assert whole.sentence == (
        "Of 3 listeners: 2 enforced and proven, 1 off. Requests reach hosts past the check in 1 way. "
        "2 more bypasses are accepted by somebody, the first until 2027-03-31, the last until 2027-06-30. "
        "3 other findings."
    )


def test_an_old_proof_of_what_is_there_counts_whatever_its_age() -> None:
    old = listener(minutes=int(timedelta(days=400) / timedelta(minutes=1)))
    assert _verdict(old).word is Word.PROVEN


@pytest.mark.parametrize(
    ("minutes", "age"),
    [(3, "proven 3 minutes ago"), (-1, "proven 0 seconds ago"), (-180, "proven 3 hours ahead of the clock here")],
)
def test_a_proof_from_the_future_says_that_clocks_differ(minutes: int, age: str) -> None:
    document = document_of([looked_at(listener(minutes=minutes))], NOW)
    assert document["stacks"][0]["listeners"][0]["proof"] == age
