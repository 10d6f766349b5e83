"""The report of a run is one whole file for its owner alone, holds no secret, and never stops a run that has begun."""

import fcntl
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from alb_mtls import redaction, report_file
from alb_mtls.report_file import VARIABLE, add_to_report, begin_report, refused_report


def _read(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def test_a_report_begins_with_every_list_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("of another program")
    assert begin_report({VARIABLE: str(path)}, command="preview", stack="prod") is None
    assert _read(path) == {
        "version": 1,
        "command": "preview",
        "stack": "prod",
        "complete": False,
        "errors": [],
        "warnings": [],
        "notKnown": [],
        "listeners": [],
        "findings": [],
        "accepted": [],
        "rollover": [],
        "clients": [],
        "certificates": [],
        "givenBack": [],
        "stops": [],
        "messages": [],
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_many_at_once_add_to_its_lists_and_what_is_no_list_is_set(tmp_path: Path) -> None:
    environment = {VARIABLE: str(tmp_path / "report.json")}
    begin_report(environment)
    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            pool.submit(add_to_report, environment, messages=[str(number)], complete=True)
    document = _read(tmp_path / "report.json")
    assert sorted(document["messages"], key=int) == [str(number) for number in range(40)]
    assert document["complete"] is True


def test_no_secret_and_no_line_break_comes_into_it(tmp_path: Path) -> None:
    environment = {VARIABLE: str(tmp_path / "report.json")}
    begin_report(environment)
    redaction.hide(["a-very-secret-value"])
    add_to_report(environment, findings=[{"evidence": "a\nb a-very-secret-value"}])
    assert "very-secret" not in (tmp_path / "report.json").read_text("utf-8")
    assert _read(tmp_path / "report.json")["findings"][0]["evidence"].startswith("a b ")


def test_without_the_variable_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert begin_report({}) is None
    assert begin_report({VARIABLE: ""}) is None
    add_to_report({}, errors=["one"])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named_at_the_beginning_and_stops_nothing_later(tmp_path: Path) -> None:
    environment = {VARIABLE: str(tmp_path / "nowhere" / "report.json")}
    sentence = begin_report(environment)
    assert sentence is not None
    assert sentence.startswith(f"{VARIABLE}: {tmp_path}/nowhere/report.json cannot be written: No such file")
    add_to_report(environment, errors=["one"])
    # Somebody has taken it away, or written over it.
    there = {VARIABLE: str(tmp_path / "report.json")}
    add_to_report(there, errors=["one"])
    (tmp_path / "report.json").write_text("no JSON")
    add_to_report(there, errors=["one"])
    assert (tmp_path / "report.json").read_text() == "no JSON"
    (tmp_path / "report.json").write_text("[]")
    add_to_report(there, errors=["one"])
    assert (tmp_path / "report.json").read_text() == "[]"


def test_what_is_no_regular_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    regular, pipe, link, folder = (tmp_path / name for name in ("regular", "pipe", "link", "folder"))
    regular.write_text("precious")
    os.mkfifo(pipe)
    link.symlink_to(regular)
    folder.mkdir()
    before = {path: path.lstat() for path in (pipe, link, folder)}
    for path in (*before, Path("/")):
        sentence = begin_report({VARIABLE: str(path)})
        assert sentence is not None
        assert f"{path} cannot be written: there is something in its place that is no regular file; name" in sentence
        add_to_report({VARIABLE: str(path)}, errors=["one"])
    assert {path: path.lstat().st_ino for path in before} == {path: one.st_ino for path, one in before.items()}
    assert regular.read_text() == "precious"
    assert begin_report({VARIABLE: str(regular)}) is None


def test_a_folder_that_somebody_keeps_locked_does_not_stop_a_run_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_file, "_PATIENCE_SECONDS", 0.05)
    environment = {VARIABLE: str(tmp_path / "report.json")}
    begin_report(environment)
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    add_to_report(environment, errors=["one"])
    sentence = begin_report(environment)
    os.close(folder)
    assert sentence is not None
    assert "cannot be written: somebody else keeps its folder locked" in sentence
    add_to_report(environment, errors=["two"])
    assert _read(tmp_path / "report.json")["errors"] == ["two"]


@pytest.mark.parametrize("place", ["missing/report.json", ""])
def test_what_cannot_be_begun_is_refused_in_the_same_words_without_a_write(tmp_path: Path, place: str) -> None:
    environment = {VARIABLE: str(tmp_path / place)}
    refused, begun = refused_report(environment), begin_report(environment)
    assert refused is not None
    assert begun is not None
    assert refused.partition("cannot be written")[0] == begun.partition("cannot be written")[0]


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}])
def test_no_report_is_refused_where_none_is_named(environment: dict[str, str]) -> None:
    assert refused_report(environment) is None


def test_a_report_that_can_be_begun_is_not_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("before", "utf-8")
    assert refused_report({VARIABLE: str(path)}) is None
    assert path.read_text("utf-8") == "before"
