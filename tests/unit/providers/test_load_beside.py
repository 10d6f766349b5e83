"""What is loaded beside a wait is there for who needs it, and a module that cannot be loaded is left to that one."""

import sys

import pytest

from components.providers.load_beside import load_beside


def test_modules_are_there_when_the_thread_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    load_beside("colorsys").join()
    assert "colorsys" in sys.modules


def test_one_that_cannot_be_loaded_keeps_no_other_from_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    load_beside("no_such_module_of_anybody", "colorsys").join()
    assert "colorsys" in sys.modules
    assert capsys.readouterr().err == ""
