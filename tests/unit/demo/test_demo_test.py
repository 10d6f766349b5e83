"""`make test-demo` plays beside whatever runs on this machine, and ends nothing but what it started."""

import sys
from pathlib import Path

import pytest

from lab import paths
from tools.demo import __main__ as demo
from tools.demo.place import Place


@pytest.mark.parametrize(("somebody_has_the_default_lab", "name"), [(False, "default"), (True, "demo-test")])
def test_the_demo_plays_in_the_default_lab_or_where_that_is_somebodys_in_one_of_its_own_and_ends_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, somebody_has_the_default_lab: bool, name: str
) -> None:
    monkeypatch.setattr(Place, "paths", property(lambda place: paths.LabPaths.of(place.name, project=tmp_path)))
    if somebody_has_the_default_lab:
        Place().paths.folder.mkdir(parents=True)
    called: list[tuple[str, str]] = []
    for step in ("play", "try_hints", "end"):
        monkeypatch.setattr(demo, step, lambda place, step=step: called.append((step, place.name)))
    monkeypatch.setattr(demo, "unlike", lambda _page, _printed: [])
    monkeypatch.setattr(sys, "argv", ["demo", "test"])
    assert demo.main() == 0
    assert called == [("play", name), ("try_hints", name), ("end", name)]


def test_a_document_that_shows_another_output_fails_the_test_of_the_demo_after_it_was_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Place, "paths", property(lambda place: paths.LabPaths.of(place.name, project=tmp_path)))
    ended: list[str] = []
    monkeypatch.setattr(demo, "play", lambda _: None)
    monkeypatch.setattr(demo, "try_hints", lambda _: None)
    monkeypatch.setattr(demo, "end", lambda place: ended.append(place.name))
    monkeypatch.setattr(demo, "unlike", lambda page, _: [f"{page.name}:7: not printed"])
    monkeypatch.setattr(sys, "argv", ["demo", "test"])
    assert demo.main() == 1
    assert ended == ["default"]
    assert "README.md:7: not printed" in capsys.readouterr().err


def test_where_there_is_nothing_to_end_it_is_a_sentence_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Place, "paths", property(lambda place: paths.LabPaths.of(place.name, project=tmp_path)))
    monkeypatch.setattr(sys, "argv", ["demo", "down"])
    assert demo.main() == 0
    assert "No demo and no lab runs here" in capsys.readouterr().out
