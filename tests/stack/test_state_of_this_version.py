"""The state that a version writes is kept, and whatever comes later must read, refresh and destroy it.

The template of this version may change until its first tag, by the file that the test writes; from then on each
version that changes a state gets a template of its own, and the older ones stay.
"""

import json
from pathlib import Path

from tests.helpers.lab import LabHandle
from tests.helpers.stack import REPOSITORY, Stack
from tests.helpers.state_template import as_template, filled
from tests.helpers.world import World

TEMPLATE = REPOSITORY / "tests" / "stack" / "states" / "version-1.json"


def _exported(stack: Stack) -> dict[str, object]:
    exported: dict[str, object] = json.loads(stack.exported(secrets=True))
    return exported


def test_the_state_that_is_kept_of_this_version_is_what_the_program_writes_and_is_read_refreshed_and_destroyed(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    before = World.of(lab)
    stack.up()
    exported = _exported(stack)
    written = tmp_path / TEMPLATE.name
    written.write_text(json.dumps(as_template(exported), indent=1, sort_keys=True) + "\n")
    assert written.read_text() == TEMPLATE.read_text("utf-8"), f"what is written now: {written}"

    state = tmp_path / "state.json"
    state.write_text(json.dumps(filled(json.loads(TEMPLATE.read_text("utf-8")), exported)))
    stack.succeeds("stack", "import", "--file", str(state), "--stack", stack.name)
    state.unlink()
    stack.preview("--expect-no-changes")
    stack.succeeds("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stack.name)
    stack.preview("--expect-no-changes")
    stack.destroy()
    assert World.of(lab) == before
