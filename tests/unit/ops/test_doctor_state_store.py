"""What doctor says of a state store in a folder, where a killed CLI can leave a file that Pulumi cannot read."""

import json
from pathlib import Path

import pytest

from ops.doctor.diagnosis import Health
from ops.doctor.state_store import examine_stack_in_store, examine_state_store, store_of


@pytest.fixture
def attributes(tmp_path: Path) -> Path:
    """The attributes that Pulumi keeps beside the state of a stack."""
    path = tmp_path / ".pulumi" / "stacks" / "alb-mtls" / "prod.json.attrs"
    path.parent.mkdir(parents=True)
    path.write_text("{}", "utf-8")
    return path


def test_an_empty_file_of_attributes_is_a_problem_with_the_way_out(tmp_path: Path, attributes: Path) -> None:
    attributes.write_bytes(b"")
    [line, _] = examine_state_store({"PULUMI_BACKEND_URL": f"file://{tmp_path}"})
    assert line.health is Health.PROBLEM
    assert str(attributes) in line.found
    assert "pulumi cancel" in line.remedy


@pytest.mark.usefixtures("attributes")
def test_a_whole_file_of_attributes_is_none_but_can_become_one(tmp_path: Path) -> None:
    [line] = examine_state_store({"PULUMI_BACKEND_URL": f"file://{tmp_path}"})
    assert line.health is Health.NOTE
    assert "metadata=skip" in line.remedy


def test_a_store_without_attributes_is_fine(tmp_path: Path) -> None:
    [line] = examine_state_store({"PULUMI_BACKEND_URL": f"file://{tmp_path}?metadata=skip"})
    assert line.health is Health.FINE


def test_an_empty_file_from_before_is_found_in_a_store_without_attributes_too(tmp_path: Path, attributes: Path) -> None:
    attributes.write_bytes(b"")
    [line] = examine_state_store({"PULUMI_BACKEND_URL": f"file://{tmp_path}?metadata=skip"})
    assert line.health is Health.PROBLEM


def test_the_store_of_a_login_is_examined(tmp_path: Path, attributes: Path) -> None:
    attributes.write_bytes(b"")
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.json").write_text(json.dumps({"current": f"file://{tmp_path}"}), "utf-8")
    assert [line.health for line in examine_state_store({"PULUMI_HOME": str(home)})] == [Health.PROBLEM, Health.NOTE]


@pytest.mark.parametrize("url", ["s3://bucket?region=cn-hangzhou", "https://api.pulumi.com"])
def test_a_store_that_is_no_folder_is_not_spoken_of(url: str) -> None:
    assert list(examine_state_store({"PULUMI_BACKEND_URL": url})) == []


@pytest.mark.parametrize("credentials", [None, "", "[]", '{"current": 1}'])
def test_a_store_that_is_not_known_is_not_spoken_of(tmp_path: Path, credentials: str | None) -> None:
    if credentials is not None:
        (tmp_path / "credentials.json").write_text(credentials, "utf-8")
    assert list(examine_state_store({"PULUMI_HOME": str(tmp_path)})) == []


@pytest.mark.parametrize(
    ("content", "who"),
    [
        (
            '{"pid":24650,"username":"ci","hostname":"runner","timestamp":"2026-11-27T21:59:53.857Z"}',
            "ci@runner, process 24650, at 2026-11-27T21:59:53 UTC",
        ),
        ("", "whoever wrote"),
    ],
)
def test_a_lock_that_a_killed_cli_left_stops_an_up(tmp_path: Path, content: str, who: str) -> None:
    _locked(tmp_path, "prod", content)
    [line] = examine_stack_in_store("alb-mtls", "prod", {"PULUMI_BACKEND_URL": f"file://{tmp_path}?metadata=skip"})
    assert line.stops_up
    assert who in line.found
    assert "pulumi cancel --stack prod" in line.remedy


def test_the_lock_of_another_stack_stops_nothing(tmp_path: Path) -> None:
    _locked(tmp_path, "test", "{}")
    assert list(examine_stack_in_store("alb-mtls", "prod", {"PULUMI_BACKEND_URL": f"file://{tmp_path}"})) == []


def test_of_a_lock_in_pulumi_cloud_which_knows_its_runs_there_is_no_line() -> None:
    assert list(examine_stack_in_store("alb-mtls", "prod", {"PULUMI_BACKEND_URL": "https://api.pulumi.com"})) == []


def test_the_store_of_the_project_counts_more_than_a_login_and_less_than_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "credentials.json").write_text('{"current": "s3://of-the-login"}', "utf-8")
    (tmp_path / "Pulumi.yaml").write_text("backend: {url: s3://of-the-project}\n", "utf-8")
    home = {"PULUMI_HOME": str(tmp_path)}
    assert store_of(home) == "s3://of-the-project"
    assert store_of({**home, "PULUMI_BACKEND_URL": "s3://of-the-variable"}) == "s3://of-the-variable"
    (tmp_path / "Pulumi.yaml").write_text("backend: []\n", "utf-8")
    assert store_of(home) == "s3://of-the-login"


def _locked(store: Path, stack: str, content: str) -> None:
    path = store / ".pulumi" / "locks" / "organization" / "alb-mtls" / stack / "1.json"
    path.parent.mkdir(parents=True)
    path.write_text(content, "utf-8")
