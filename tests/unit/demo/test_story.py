"""Where the destroy of the demo fails, it names how the lab ends all the same."""

import sys
from pathlib import Path
from typing import Any

import pytest

from lab import paths
from tools.demo import __main__ as demo
from tools.demo import story
from tools.demo.place import Place
from tools.demo.stage import DemoError, Stage


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What the demo runs to end a lab with a stack, in place of running it."""
    monkeypatch.setattr(Place, "paths", property(lambda place: paths.LabPaths.of(place.name, project=tmp_path)))
    monkeypatch.setattr(Place, "works", property(lambda _: True))
    monkeypatch.setattr(Place, "has_stack", property(lambda _: True))
    monkeypatch.setattr(Stage, "enter_lab", lambda *_: None)
    monkeypatch.setattr(story, "_set_controller", lambda *_: None)
    for name in ("default", "mine"):
        folder = paths.LabPaths.of(name, project=tmp_path).folder
        folder.mkdir(parents=True)
        (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    ran: list[str] = []

    def shows(_: Stage, *command: str, **__: Any) -> str:
        ran.append(" ".join(command[:2] if command[0] == "pulumi" else command[1:]))
        return ""

    monkeypatch.setattr(Stage, "shows", shows)
    return ran


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("name", "way_out"), [("default", "`make lab-down`"), ("mine", "`python -m lab down --name mine`")]
)
def test_where_the_destroy_fails_the_lab_goes_on_and_the_command_is_named_that_ends_it_without_one(
    monkeypatch: pytest.MonkeyPatch, calls: list[str], name: str, way_out: str
) -> None:
    def fails(*_: object) -> None:
        message = "pulumi destroy ended with 255:\n443/HTTPS is held: ticket 4711"
        raise DemoError(message)

    monkeypatch.setattr(story, "_destroy", fails)
    with pytest.raises(DemoError, match="443/HTTPS is held: ticket 4711") as stopped:
        story.end(Place(name))
    assert f"end the lab without a destroy: {way_out}" in str(stopped.value)
    assert calls == []


def test_where_the_destroy_succeeds_the_lab_is_ended(calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["demo", "down"])
    assert demo.main() == 0
    assert calls == ["pulumi destroy", "-m lab down"]
