"""What `status` makes an exit code of: who left and is accepted, and steps that are late; not what was renewed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

import ops.status
from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.session import Session
from ops.command import exit_code
from ops.expiry import parse_within
from ops.output import Output
from ops.status import Status, status_of
from ops.status_text import print_status
from tests.helpers import stack_state
from tests.helpers.certificates import make_client, make_root
from tests.helpers.current import current, deployed, state_of

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW, days=3650)
ALICE, ALICE_BEFORE, BOB = (make_client(ROOT, now=NOW, days=days) for days in (365, 100, 200))


def _status(
    monkeypatch: pytest.MonkeyPatch,
    *status: str,
    within: str | None = None,
    days_later: float = 0,
    accepted: Sequence[AcceptedFinding] = (),
    **changes: Any,
) -> Status:
    """Return the status of a stack with alice, and with former certificates of the given kinds."""
    listener = deployed(ROOT, generation=1)
    monkeypatch.setattr(ops.status, "current_listeners", lambda *_: (current(ROOT, listener=listener),))
    past = {"superseded": ("alice", ALICE_BEFORE), "forgotten": ("bob", BOB)}
    former = [stack_state.issued(past[one][1], name=past[one][0], status=one) for one in status]
    state = state_of(stack_state.clients(stack_state.issued(ALICE, name="alice"), *former), root=ROOT)
    state = replace(state, listeners=(listener,), **changes)
    window = None if within is None else parse_within(within)
    return status_of(
        state, cast("Session", None), within=window, now=NOW + timedelta(days=days_later), accepted=accepted
    )


def _code(found: Status) -> int:
    return exit_code(findings=bool(found.findings), unknown=bool(found.unknown))


def test_a_renewed_certificate_is_a_note_that_makes_no_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _status(monkeypatch, "superseded")
    assert _code(found) == 0
    assert [one["code"] for one in found.to_json()["notes"]] == ["SUPERSEDED_CLIENT"]


def test_a_client_that_left_and_is_accepted_makes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _status(monkeypatch, "superseded", "forgotten")
    assert _code(found) == 1
    assert [one["code"] for one in found.to_json()["findings"]] == ["FORGOTTEN_CLIENT"]
    assert _code(_status(monkeypatch, "superseded", "forgotten", days_later=201)) == 0


def test_an_accepted_finding_makes_none_and_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    [subject] = [one.subject for one in _status(monkeypatch, "forgotten").findings]
    entry = AcceptedFinding(code="FORGOTTEN_CLIENT", subject=subject, until=NOW.date(), reason="on leave")
    found = _status(monkeypatch, "forgotten", accepted=[entry])
    assert _code(found) == 0
    [shown] = found.to_json()["accepted"]
    assert (shown["subject"], shown["reason"]) == (subject, "on leave")
    assert _code(_status(monkeypatch, "forgotten", accepted=[entry], days_later=1)) == 1


@pytest.mark.parametrize(("code", "within"), [("WEAK_TLS_POLICY", None), ("CLIENT_EXPIRING", "1h")])
def test_an_entry_that_a_preview_or_another_window_may_need_is_not_called_superfluous(
    monkeypatch: pytest.MonkeyPatch, code: str, within: str | None
) -> None:
    entry = AcceptedFinding(code=code, subject="anything", until=NOW.date(), reason="on leave")
    assert _status(monkeypatch, accepted=[entry], within=within).superfluous == ()
    known = replace(entry, code="HTTP_FORWARDS")
    assert len(_status(monkeypatch, accepted=[known], within=within).superfluous) == 1


def test_an_entry_that_accepts_nothing_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = AcceptedFinding(code="FORGOTTEN_CLIENT", subject="client eve", until=NOW.date(), reason="on leave")
    found = _status(monkeypatch, accepted=[entry])
    assert found.to_json()["superfluous"] == ["accept[0] (FORGOTTEN_CLIENT, client eve) matches nothing; remove it"]
    assert _code(found) == 0
    print_status(found, Output(as_json=False))
    assert "matches nothing; remove it" in capsys.readouterr().out


@pytest.mark.parametrize(("within", "code"), [("364d", 0), ("366d", 1)])
def test_within_has_an_exit_code_before_and_another_after(
    monkeypatch: pytest.MonkeyPatch, within: str, code: int
) -> None:
    assert _code(_status(monkeypatch, within=within)) == code


@pytest.mark.parametrize(("unknown", "code"), [((), 0), (("client-certificates",), 2)])
def test_what_could_not_be_decided_has_a_third_one(
    monkeypatch: pytest.MonkeyPatch, unknown: tuple[str, ...], code: int
) -> None:
    assert _code(_status(monkeypatch, within="364d", pending=unknown)) == code


def _of_root_alone(monkeypatch: pytest.MonkeyPatch, *, days_left: float, within: str | None = None) -> Status:
    return _status(monkeypatch, within=within, days_later=3650 - days_left, clients=())


@pytest.mark.parametrize(
    ("days_left", "steps", "code"),
    # Without clients a life of 30 days is taken, and as much for the swap.
    [(1217, 0, 0), (1216, 3, 0), (61, 3, 0), (59, 3, 1)],
)
def test_a_root_with_a_third_of_its_life_left_has_a_plan_that_counts_once_a_step_is_late(
    monkeypatch: pytest.MonkeyPatch, days_left: float, steps: int, code: int
) -> None:
    found = _of_root_alone(monkeypatch, days_left=days_left)
    assert sum(len(plan["steps"]) for plan in found.to_json()["rollover"]) == steps
    assert _code(found) == code
    assert _code(_of_root_alone(monkeypatch, days_left=days_left, within="20d")) == 0


def test_the_plan_and_the_notes_are_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    print_status(_status(monkeypatch, "superseded", days_later=3650 - 1000), Output(as_json=False))
    printed = capsys.readouterr().out
    assert "Root CA generation 1 ends on" in printed
    assert "list generation 2 in rootCa.generations beside 1" in printed
    print_status(_status(monkeypatch, "superseded"), Output(as_json=False))
    printed = capsys.readouterr().out
    assert "SUPERSEDED_CLIENT" in printed
    assert "Root CA generation 1 ends on" not in printed
