"""Most stacks of tests are initialized by a copy: it is what Pulumi itself leaves, and what Pulumi goes on with."""

import json
from pathlib import Path
from typing import Any

from tests.helpers.initialized import init_like_the_first
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import stack_environment
from tests.helpers.state_file import deployment_in, state_folder


def test_a_stack_that_is_initialized_by_a_copy_is_as_init_leaves_it(lab: LabHandle, tmp_path: Path) -> None:
    def made(folder: str, **how: Any) -> Stack:
        environment = stack_environment(lab, tmp_path / folder)
        return Stack(name="twin", folder=tmp_path / folder / "twin", environment=environment, **how)

    made("first", initialize=init_like_the_first)
    copied, initialized = made("copied", initialize=init_like_the_first), made("initialized")
    assert _empty(copied) == _empty(initialized)
    assert copied.config_file.read_text("utf-8") == initialized.config_file.read_text("utf-8")
    # Without --stack: the stack is selected too.
    assert "Current stack is twin" in copied.succeeds("stack")
    assert json.loads(copied.exported())["deployment"] == deployment_in(_state(copied), "twin")


def _empty(stack: Stack) -> dict[str, Any]:
    """Return all files of a state, without the time of its making."""
    files: dict[str, Any] = {}
    for path in _state(stack).rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            files[str(path.relative_to(_state(stack)))] = json.loads(text) if "json" in path.name else text
    del files[".pulumi/stacks/alb-mtls/twin.json"]["checkpoint"]["latest"]["manifest"]
    return files


def _state(stack: Stack) -> Path:
    folder = state_folder(stack.environment)
    assert folder is not None
    return folder
