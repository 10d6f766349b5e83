"""What a survey reports of a lab is what the lab was set to do, and a lab that is given the report does so."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.survey.reading import read_survey
from lab.survey.switches import switches_of
from tests.helpers.lab import LabHandle, lab_command
from tests.helpers.surveying import certificates, give_repository, repositories, spec_and_annotations, survey

# A loaded machine takes longer, never shorter.
_LATE_SECONDS = 2.5
_AGREED = ("--interrupt-hosts", "--yes")


@dataclass(frozen=True, kw_only=True)
class Mode:
    """What a lab is set to; what is not in it stays as it is by default.

    Attributes:
        questions: to be asked; empty for all.
        sampled: whether it is tried without `--all-surveys` too.
    """

    questions: tuple[str, ...] = ()
    sampled: bool = True
    cloud: dict[str, Any] = field(default_factory=dict)
    controller: dict[str, Any] = field(default_factory=dict)
    data_plane: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def behaviour(self) -> dict[str, dict[str, Any]]:
        """As the management port takes it."""
        return {"cloud": self.cloud, "controller": self.controller, "data_plane": self.data_plane}


# Asked by a test of its own, which starts a lab with the report.
LAX = "lax, late and with pages"
# Each switch that a survey can find out has another value in one of them than in the first.
MODES = {
    "as a lab is by default": Mode(
        sampled=False,
        cloud={
            "duplicate_upload": "new-identifier",
            "leaf_upload_rejected": True,
            "bound_ca_deletion_rejected": True,
            "filled_repository_deletion_rejected": True,
            "serial_number": "hexadecimal",
            "lets_go_of_ca": False,
            "ca_identifier_suffix": "",
            "ca_named": True,
            "names_unique": "certificates",
            "zone": "international",
        },
        controller={"absent_is_unchanged": False, "hash_label": True, "webhook": "accepts"},
        data_plane={"refusal": "alert", "session_resumption": "none"},
        timings={
            "configuring_seconds": 0.3,
            "repository_listed_after_seconds": 1.0,
            "certificate_shown_after_seconds": 0.0,
        },
    ),
    LAX: Mode(
        cloud={
            "duplicate_upload": "same-identifier",
            "leaf_upload_rejected": False,
            "bound_ca_deletion_rejected": False,
            "filled_repository_deletion_rejected": False,
            "serial_number": "decimal",
            "lets_go_of_ca": True,
            "ca_identifier_suffix": "-cn-hangzhou",
            "names_unique": "none",
            "certificate_quota": 40,
            "zone": "china",
        },
        controller={"absent_is_unchanged": True, "hash_label": False, "webhook": "refuses-dry-run"},
        data_plane={"refusal": "page", "session_resumption": "none"},
        timings={
            "configuring_seconds": 1.0,
            "repository_listed_after_seconds": 2.0,
            "certificate_shown_after_seconds": 1.0,
        },
    ),
    "a second server whose machines lag and resume sessions": Mode(
        questions=(
            *("serial_number", "same_certificate_again", "webhook", "identifier_form"),
            *("switch_times", "refusals", "verify_depth", "sessions"),
        ),
        cloud={"duplicate_upload": "rejected", "serial_number": "missing", "ca_named": False},
        controller={"webhook": "denies", "webhook_denies": r'"caEnabled": ?"'},
        data_plane={
            "refusal": "page",
            "second_server": ["*"],
            "machines": 8,
            "lagging_share": 0.5,
            "lag_seconds": 3.0,
            "session_resumption": "safe",
        },
    ),
    "a second server that resumes sessions from before a switch": Mode(
        sampled=False,
        questions=("refusals", "sessions"),
        data_plane={"refusal": "alert", "second_server": ["*"], "session_resumption": "unsafe"},
    ),
}


def _set(lab: LabHandle, mode: Mode) -> None:
    lab.management.patch("/timings", json=mode.timings).raise_for_status()
    lab.management.patch("/behaviour", json=mode.behaviour).raise_for_status()
    lab.settle()


def _assert_switches(found: dict[str, Any], expected: dict[str, Any]) -> None:
    seconds = {name for name in expected if name.endswith("_seconds")}
    assert {name: found.get(name) for name in expected if name not in seconds} == {
        name: value for name, value in expected.items() if name not in seconds
    }
    for name in seconds:
        assert expected[name] - 0.5 <= found[name] <= expected[name] + _LATE_SECONDS, (name, found[name])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Try all modes, or some."""
    if "name" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-surveys")
        metafunc.parametrize("name", [name for name, mode in MODES.items() if name != LAX and (every or mode.sampled)])


def test_a_survey_reports_what_the_lab_does_and_leaves_nothing(lab: LabHandle, tmp_path: Path, name: str) -> None:
    _assert_reported(lab, MODES[name], tmp_path / "survey.json")


def _assert_reported(lab: LabHandle, mode: Mode, file: Path) -> None:
    _set(lab, mode)
    give_repository(lab)
    before = spec_and_annotations(lab)

    surveyed = survey(lab, file, *mode.questions)
    assert surveyed.code == 0, surveyed.err
    assert surveyed.document["unanswered"] == {}

    switches = switches_of(read_survey(file))
    for part, expected in mode.behaviour.items():
        _assert_switches(switches.behaviour[part], expected)
    _assert_switches(switches.timings, mode.timings)
    assert spec_and_annotations(lab) == before
    assert certificates(lab) == []
    assert list(repositories(lab)) == ["given-for-this"]


def test_a_controller_that_knows_no_client_authentication_is_waited_for_once(lab: LabHandle, tmp_path: Path) -> None:
    _set(lab, Mode(controller={"mode": "open-source"}))
    give_repository(lab)
    before = spec_and_annotations(lab)

    surveyed = survey(
        lab, tmp_path / "a.json", "quota", "identifier_form", "sessions", options=(*_AGREED, "--patience", "5")
    )
    assert surveyed.document["unanswered"] == {
        "identifier_form": "GetListenerAttribute: DeadlinePassed",
        "sessions": "the ALB did not follow a change before",
    }
    assert (surveyed.code, spec_and_annotations(lab), certificates(lab)) == (0, before, [])


@pytest.mark.long
def test_a_lab_that_is_started_with_a_report_does_what_it_says(lab: LabHandle, tmp_path: Path) -> None:
    mode, first, second = MODES[LAX], tmp_path / "first.json", tmp_path / "second.json"
    questions = ("leaf_upload", "serial_number", "refusals")
    _assert_reported(lab, mode, first)
    lab.reset()

    started = lab_command("up", "--name", lab.name, "--ports", "ephemeral", "--survey", str(first))
    assert started.returncode == 0, started.stderr
    give_repository(lab)
    again = survey(lab, second, *questions)
    answers = read_survey(first).answers
    assert again.document["answers"] == {name: answers[name] for name in questions}
    for part, expected in mode.behaviour.items():
        stands = lab.management.get("/behaviour").json()[part]
        assert {name: stands[name] for name in expected} == expected
