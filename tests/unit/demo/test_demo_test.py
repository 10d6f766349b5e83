"""`make test-demo` plays on the default lab alone, and what keeps it from playing is no success in CI."""

import sys
from pathlib import Path

import pytest

from tools.demo import __main__ as demo


@pytest.fixture
def somebodys_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The folder of a default lab that runs already."""

    def must_not_be_called() -> None:
        pytest.fail("somebody's lab was played on, or ended")

    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    monkeypatch.setattr(demo, "play", must_not_be_called)
    monkeypatch.setattr(demo, "end", must_not_be_called)
    monkeypatch.setattr(sys, "argv", ["demo", "test"])


@pytest.mark.usefixtures("somebodys_lab")
def test_beside_a_lab_of_somebody_the_demo_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert demo.main() == 0
    assert "Skipped: the default lab runs already; end it with `make lab-down`" in capsys.readouterr().out


@pytest.mark.usefixtures("somebodys_lab")
def test_in_ci_a_lab_in_the_way_of_the_demo_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "1")
    assert demo.main() == 1
    assert "the default lab runs already; end it with `make lab-down`; CI=1 skips nothing" in capsys.readouterr().err
