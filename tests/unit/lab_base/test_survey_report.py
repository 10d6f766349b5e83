"""The report of a survey, read by a lab: every mistake is a sentence, and every answer sets its switch."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from lab.behaviour import CloudBehaviour, ControllerBehaviour, DataPlaneBehaviour, Timings
from lab.survey import schema as of_lab
from lab.survey.reading import SurveyError, SurveyReport, read_survey
from lab.survey.switches import Switches, switches_of
from ops.survey import schema as of_ops

REPORT: dict[str, Any] = {
    "kind": "alb-mtls survey",
    "version": 1,
    "at": "2026-11-27T14:00:00+00:00",
    "edition": "Standard",
    "answers": {"serial_number": {"written": "decimal"}},
    "unanswered": {"leaf_upload": "left out"},
}


def row(client: str, how: str, *, tls: str = "1.3", http: str = "1.1", alert: int | None = None) -> dict[str, Any]:
    return {"client": client, "tls": tls, "http": http, "how": how, "alert": alert, "status": None, "title": ""}


def switches(**answers: Any) -> Switches:
    return switches_of(SurveyReport(edition="Standard", answers=answers, unanswered={}))


def data_plane(**answers: Any) -> dict[str, Any]:
    return switches(**answers).behaviour["data_plane"]


def test_the_lab_and_ops_have_the_same_schema() -> None:
    assert (of_lab.KIND, of_lab.VERSION, of_lab.ANSWERS) == (of_ops.KIND, of_ops.VERSION, of_ops.ANSWERS)


def test_a_report_is_read(tmp_path: Path) -> None:
    file = tmp_path / "survey.json"
    file.write_text(json.dumps(REPORT))

    found = read_survey(file)
    assert (found.answers, found.unanswered) == (REPORT["answers"], REPORT["unanswered"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "another"}, "is no report of `python -m ops survey`"),
        ({"version": 2}, "is of version 2, and this lab reads version 1"),
        ({"version": True}, "is of version True"),
        ({"edition": 1}, "edition must be a text of at most 300 printable characters"),
        ({"more": 1}, "more is no member of a report"),
        ({"unanswered": []}, "unanswered must be an object"),
        ({"unanswered": {"weather": "rain"}}, "unanswered.weather is no question that this lab knows"),
        ({"unanswered": {"quota": 1}}, "unanswered.quota must be a text"),
        ({"unanswered": {"quota": "\x1b[2J"}}, "unanswered.quota must be a text of at most 300 printable characters"),
        ({"answers": {"\x1b[2J": {}}}, "answers.?[2J is no question"),
        ({"answers": {"identifier_form": {"form": "suffix", "suffix": "\u202e"}}}, "suffix must be a text"),
        ({"answers": []}, "answers must be an object"),
        ({"answers": {"weather": {}}}, "answers.weather is no question that this lab knows"),
        ({"answers": {"serial_number": []}}, "answers.serial_number must be an object"),
        ({"answers": {"serial_number": {}}}, "answers.serial_number.written is missing"),
        (
            {"answers": {"serial_number": {"written": "octal"}}},
            "answers.serial_number.written must be one of hexadecimal",
        ),
        ({"answers": {"serial_number": {"written": ["decimal"]}}}, "must be one of"),
        ({"answers": {"serial_number": {"written": "decimal", "x": 1}}}, "serial_number.x is no member of this answer"),
        ({"answers": {"repository_listed": {"seconds": "1"}}}, "seconds must be a number from 0 to 3600"),
        ({"answers": {"repository_listed": {"seconds": -1}}}, "seconds must be a number from 0 to 3600"),
        ({"answers": {"repository_listed": {"seconds": True}}}, "seconds must be a number from 0 to 3600"),
        ({"answers": {"repository_listed": {"seconds": None}}}, "seconds must be a number from 0 to 3600"),
        ({"answers": {"hash_label": {"written": 1}}}, "written must be true or false"),
        ({"answers": {"quota": {"total": 1.5}}}, "quota.total must be a whole number from 0 to 1000000"),
        ({"answers": {"quota": {"total": True}}}, "quota.total must be a whole number"),
        ({"answers": {"refusals": {}}}, "answers.refusals must be a list"),
        ({"answers": {"refusals": [{**row("none", "alert"), "http": "3"}]}}, "refusals[0].http must be one of 1.1, 2"),
        ({"answers": {"leaf_upload": {"outcome": "taken", "code": 1}}}, "leaf_upload.code must be a text"),
    ],
)
def test_each_mistake_is_a_sentence(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    file = tmp_path / "survey.json"
    file.write_text(json.dumps({**copy.deepcopy(REPORT), **change}))

    with pytest.raises(SurveyError) as error:
        read_survey(file)
    assert sentence in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"kind": NaN}', "\xff"])
def test_what_is_no_json_of_a_survey_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "survey.json"
    file.write_bytes(text.encode("latin-1"))

    with pytest.raises(SurveyError, match="is no report"):
        read_survey(file)


def test_of_many_mistakes_some_are_sentences(tmp_path: Path) -> None:
    file = tmp_path / "survey.json"
    file.write_text(json.dumps({**REPORT, **{f"more-{number}": 1 for number in range(50)}}))

    with pytest.raises(SurveyError) as raised:
        read_survey(file)
    lines = str(raised.value).splitlines()
    assert (len(lines), lines[-1]) == (21, f"{file}: 30 more of the kind")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match=r"survey\.json cannot be read: No such file"):
        read_survey(tmp_path / "survey.json")


def test_every_switch_that_is_set_is_one_of_the_lab() -> None:
    whole = switches(
        quota={"total": 50},
        repository_listed={"seconds": 2},
        certificate_shown={"seconds": 1},
        serial_number={"written": "decimal"},
        same_certificate_again={"outcome": "rejected", "code": "X"},
        same_name_again={"outcome": "taken", "code": None},
        dns_zone={"zone": "china"},
        webhook={"dry_run": "no-dry-run", "wrong_type": "no-dry-run"},
        leaf_upload={"outcome": "taken", "code": None},
        filled_repository={"outcome": "deleted", "code": None},
        bound_ca_deletion={"outcome": "deleted", "code": None},
        identifier_form={"form": "suffix", "suffix": "-x"},
        switched_off={"shows_ca": False, "holds_ca": False},
        absent_field={"outcome": "unchanged"},
        hash_label={"written": False},
        switch_times={
            "alb_seconds": 5.0,
            "first_seconds": 1.0,
            "clean_seconds": 9.0,
            "connections": 300,
            "wrong_after_running": 3,
        },
        refusals=[row("none", "page")],
        sessions={"tls_1_2": "unsafe", "tls_1_3": "unsafe"},
    )

    known = {"cloud": CloudBehaviour(), "controller": ControllerBehaviour(), "data_plane": DataPlaneBehaviour()}
    for part, defaults in known.items():
        assert set(whole.behaviour[part]) <= set(vars(defaults))
    assert set(whole.timings) <= set(vars(Timings()))
    assert whole.behaviour["cloud"] == {
        "serial_number": "decimal",
        "duplicate_upload": "rejected",
        "leaf_upload_rejected": False,
        "filled_repository_deletion_rejected": False,
        "bound_ca_deletion_rejected": False,
        "ca_identifier_suffix": "-x",
        "lets_go_of_ca": True,
        "ca_named": True,
        "names_unique": "none",
        "certificate_quota": 50,
        "zone": "china",
    }
    assert whole.behaviour["controller"]["patience_seconds"] > whole.timings["configuring_seconds"] == 4.7
    assert whole.behaviour["data_plane"]["lag_seconds"] == 9.0
    assert whole.cannot == []


def test_what_was_not_answered_sets_nothing() -> None:
    assert switches() == Switches()


@pytest.mark.parametrize(
    ("rows", "refusal"),
    [
        ([row("none", "alert", alert=116), row("valid", "accepted")], "alert"),
        ([row("none", "page"), row("expired", "answer")], "page"),
        ([row("none", "unsupported"), row("valid", "accepted")], None),
    ],
)
def test_how_clients_are_rejected_is_what_the_lab_does(rows: list[Any], refusal: str | None) -> None:
    found = switches(refusals=rows)
    assert (found.behaviour["data_plane"].get("refusal"), found.cannot) == (refusal, [])


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"serial_number": {"written": "other"}}, "SerialNo"),
        ({"identifier_form": {"form": "other", "suffix": ""}}, "identifier of a CA"),
        ({"dns_zone": {"zone": "other"}}, "DNS names of load balancers"),
        ({"webhook": {"dry_run": "denied", "wrong_type": "denied"}}, "a dry run of a good patch is denied"),
        ({"refusals": [row("none", "reset")]}, "in other ways (reset)"),
        ({"refusals": [row("none", "alert", alert=116), row("expired", "eof")]}, "in other ways (alert, eof)"),
        ({"refusals": [row("none", "alert", alert=40)]}, "alert 40 for client none with TLS 1.3"),
        ({"refusals": [row("wrong_eku", "accepted")]}, "a client that is wrong_eku is accepted"),
        ({"refusals": [row("valid", "alert", alert=48)]}, "a client of the CA itself is rejected with TLS 1.3"),
        (
            {
                "switched_off": {"shows_ca": True, "holds_ca": False},
                "bound_ca_deletion": {"outcome": "rejected", "code": "X"},
            },
            "differ",
        ),
        ({"verify_depth": {"second_alone": "accepted", "second_with_cross": "accepted"}}, "of another CA is accepted"),
        ({"sessions": {"tls_1_2": "safe", "tls_1_3": "none"}}, "resume sessions differently"),
    ],
)
def test_what_the_lab_cannot_do_is_a_sentence(answers: dict[str, Any], words: str) -> None:
    [sentence] = switches(**answers).cannot
    assert words in sentence


@pytest.mark.parametrize(
    ("dry_run", "wrong_type", "webhook"),
    [("passes", "passes", "accepts"), ("passes", "denied", "denies"), ("no-dry-run", "no-dry-run", "refuses-dry-run")],
)
def test_what_the_webhook_does_is_what_that_of_the_lab_does(dry_run: str, wrong_type: str, webhook: str) -> None:
    found = switches(webhook={"dry_run": dry_run, "wrong_type": wrong_type})
    assert (found.behaviour["controller"]["webhook"], found.cannot) == (webhook, [])
    assert ("webhook_denies" in found.behaviour["controller"]) == (webhook == "denies")


def test_a_ca_that_the_api_does_not_name_has_no_form() -> None:
    found = switches(identifier_form={"form": "not-named", "suffix": ""})
    assert found.behaviour["cloud"]["ca_named"] is False


def test_handshakes_that_follow_after_the_api_are_more_than_the_lab_does() -> None:
    times = {"alb_seconds": 1, "first_seconds": 2, "clean_seconds": 2, "connections": 9, "wrong_after_running": 0}
    assert "follow a change after the ALB API" in switches(switch_times=times).cannot[0]


def test_pages_with_chains_and_sessions_need_the_second_server() -> None:
    crossed = {"second_alone": "rejected", "second_with_cross": "accepted"}

    assert data_plane(refusals=[row("none", "page")], verify_depth=crossed)["second_server"] == ["*"]
    assert "second_server" not in data_plane(refusals=[row("none", "alert", alert=116)], verify_depth=crossed)
    refused = {"second_alone": "rejected", "second_with_cross": "rejected"}
    by_alert = data_plane(refusals=[row("none", "alert", alert=116)], verify_depth=refused)
    assert (by_alert["verify_depth"], by_alert["second_server"]) == (0, ["*"])
    by_page = data_plane(refusals=[row("none", "page")], verify_depth=refused)
    assert (by_page["verify_depth"], "second_server" in by_page) == (0, False)
    assert data_plane(sessions={"tls_1_2": "safe", "tls_1_3": "safe"})["second_server"] == ["*"]
    assert "second_server" not in data_plane(sessions={"tls_1_2": "none", "tls_1_3": "none"})


def test_the_second_server_has_no_http_2_and_the_lab_says_so() -> None:
    rows = [row("valid", "accepted", http="2"), row("none", "page")]
    found = switches(refusals=rows, sessions={"tls_1_2": "safe", "tls_1_3": "safe"})

    assert [one[:6] for one in found.cannot] == ["HTTP/2"]


@pytest.mark.parametrize(("alert", "taken"), [(116, True), (255, True), (256, False), (-1, False), (1.5, False)])
def test_an_alert_is_a_number_of_one_octet(tmp_path: Path, alert: float, *, taken: bool) -> None:
    file = tmp_path / "survey.json"
    rows = [{**row("none", "alert"), "alert": alert}]
    file.write_text(json.dumps({**REPORT, "answers": {"refusals": rows}}))

    if taken:
        assert read_survey(file).answers == {"refusals": rows}
        return
    with pytest.raises(SurveyError, match=re.escape("answers.refusals[0].alert must be a whole number from 0 to 255")):
        read_survey(file)
