"""A sample of the kills of docs/reliability.md, chosen by the commit, ends as all of them do."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.helpers.lab import LabHandle
from tools.killed.running import Labs, bench_on, recorded_on
from tools.killed.sample import operations_of, sample
from tools.killed.trying import Outcome, Trying


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return os.environ.get("KILLED_SAMPLE") or asked.stdout.strip() or "no commit"


@pytest.mark.killed
def test_killed_at_a_call_that_the_commit_chooses_the_recovery_ends_right(
    lab: LabHandle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = _commit()
    with capsys.disabled():
        print(f"\nkills chosen by {commit}; again: python -m tools.killed --sample {commit} --labs 1")  # noqa: T201  # the way to repeat it is told first
    program = recorded_on(lab, tmp_path / "stack")
    labs = Labs([Trying(bench_on(lab, program, tmp_path / "bench"))])
    cells = [cell for one in labs.record(operations_of(commit)) for cell in one.cells]
    told: list[Outcome] = []
    labs.attempt(sample(cells, commit), told.append)
    assert [(str(outcome.cell), outcome.broken) for outcome in told if outcome.broken] == []
