"""The file of a survey, the names of what it makes, and what its schema says."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.survey.authorities import Authorities, is_of_cluster, name_of, new_survey_id, survey_of, survey_of_certificate
from ops.survey.questions import QUESTIONS
from ops.survey.report import Report, ReportFile
from ops.survey.schema import ANSWERS
from tests.helpers.certificates import make_root
from tests.helpers.documents import REPOSITORY

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "survey.json"
    with ReportFile.reserved(path) as file:
        file.write(Report(at=NOW, edition="Standard", answers={"hash_label": {"written": True}}))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = json.loads(path.read_text())
    assert (found["kind"], found["version"]) == ("alb-mtls survey", 1)
    assert found["answers"] == {"hash_label": {"written": True}}


def test_texts_of_the_network_are_written_without_what_plays_with_a_terminal() -> None:
    report = Report(at=NOW, edition="Standard", answers={"refusals": [{"title": "a\x1b[2J\u202eb"}]})
    assert report.to_json()["answers"] == {"refusals": [{"title": "a[2Jb"}]}


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "survey.json"
    path.write_text("mine")

    with pytest.raises(OpsError, match="is there already"), ReportFile.reserved(path):
        pass
    assert path.read_text() == "mine"


def test_an_empty_file_is_named_as_what_a_killed_survey_leaves(tmp_path: Path) -> None:
    path = tmp_path / "survey.json"
    path.touch()

    with pytest.raises(OpsError, match="empty, as a survey leaves it that was killed"), ReportFile.reserved(path):
        pass
    assert path.exists()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "survey.json"
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OpsError, match="is there already"), ReportFile.reserved(path):
        pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_that_cannot_be_written_goes_again(tmp_path: Path) -> None:
    path = tmp_path / "survey.json"
    with ReportFile.reserved(path) as file:
        _fill(file)
        with pytest.raises(OpsError, match="cannot be written: No space left"):
            file.write(Report(at=NOW, edition="Standard"))
    assert not path.exists()


def _fill(file: ReportFile) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, file.descriptor)
    os.close(full)


def test_a_file_without_an_answer_goes_again(tmp_path: Path) -> None:
    path = tmp_path / "survey.json"
    with ReportFile.reserved(path):
        assert path.exists()
    assert not path.exists()


def test_each_question_has_a_schema_and_each_schema_a_question() -> None:
    assert [one.name for one in QUESTIONS] == list(ANSWERS)


@pytest.mark.parametrize("page", ["docs/how-to/survey.md", "lab/README.md"])
def test_each_question_stands_in_a_table_of_the_page(page: str) -> None:
    cells = [line.split("|")[1] for line in (REPOSITORY / page).read_text("utf-8").splitlines() if line.startswith("|")]
    assert [one.name for one in QUESTIONS if not any(f"`{one.name}`" in cell for cell in cells)] == []


def test_what_a_survey_made_is_known_by_its_name_and_nothing_else_is() -> None:
    survey = new_survey_id("uid")
    authorities = Authorities(survey)

    assert survey_of_certificate(authorities.first.pem) == survey
    assert survey_of_certificate(authorities.second.pem) == survey
    assert survey_of(name_of(survey, "repository")) == survey
    assert survey_of_certificate(make_root().pem) is None
    assert survey_of_certificate("no certificate") is None
    assert (is_of_cluster(survey, "uid"), is_of_cluster(survey, "of-another")) == (True, False)
    assert survey_of("alb-mtls-survey-mine") is None
    assert survey_of(f"x{name_of(survey, 'ca-1')}") is None
