"""`make test-demo` plays on the default lab alone, and what keeps it from playing is no success in CI."""

import sys
from pathlib import Path

import pytest

from tools.demo import __main__ as demo


@pytest.mark.parametrize(
    ("ci", "code", "sentence"),
    [
        ("", 0, "Skipped: the default lab runs already; end it with `make lab-down`"),
        ("1", 1, "the default lab runs already; end it with `make lab-down`; CI=1 skips nothing"),
    ],
)
def test_beside_a_lab_of_somebody_the_demo_is_skipped_but_not_in_ci(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    ci: str,
    code: int,
    sentence: str,
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    for name in ("play", "end"):
        monkeypatch.setattr(demo, name, lambda: pytest.fail("somebody's lab was played on, or ended"))
    monkeypatch.setattr(sys, "argv", ["demo", "test"])
    assert demo.main() == code
    assert sentence in "".join(capsys.readouterr())
