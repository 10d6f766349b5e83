"""Program, provider and commands that are forked for a test show and leave what new processes do."""

import re
from collections import Counter
from typing import Any

from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack

# What passes with the time.
_PASSING = re.compile(r"\(?\d+(\.\d+)?s\)?")
_MOMENT = re.compile(r"(?<= at )[0-9-]+ [0-9:]+ UTC")


def _shown(stack: Stack) -> dict[str, Any]:
    lines = (line.strip() for line in stack.preview().splitlines() if not line.startswith("@"))
    status = ops(stack, "status")
    return {
        # Of two resources the lines come in any order.
        "preview": Counter(_PASSING.sub("", line) for line in lines),
        "status": (status.code, _MOMENT.sub("", status.out, count=1), status.err),
        "outputs": stack.outputs(),
    }


def test_the_engine_and_a_person_are_shown_the_same_as_by_new_processes(quick_stack: Stack) -> None:
    quick_stack.up()
    forked = _shown(quick_stack)
    with quick_stack.without_forks():
        assert _shown(quick_stack) == forked
        quick_stack.set("enabled", "false")
        quick_stack.up()
        new = _shown(quick_stack)
    assert all(new[name] != forked[name] for name in new)
    assert _shown(quick_stack) == new
