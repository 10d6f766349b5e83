"""A process of this project ends at once: what must happen at its end does, what nobody waits for does not."""

import subprocess
import sys

from tests.helpers.documents import REPOSITORY

_PROGRAM = """
import atexit
from alb_mtls.interpreter_exit import skip_final_gc

class Said:
    def __init__(self, text):
        self.text, self.itself = text, self

    def __del__(self):
        print(self.text)

atexit.register(print, "handler")
held = Said("finalizer of a cycle")
{call}
print("end")
"""


def _printed(call: str) -> list[str]:
    answered = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(call=call)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    return answered.stdout.splitlines()


def test_handlers_run_but_cycles_are_not_searched_for() -> None:
    assert _printed("skip_final_gc()") == ["end", "handler"]
    assert _printed("skip_final_gc(); skip_final_gc()") == ["end", "handler"]


def test_without_it_the_search_takes_place() -> None:
    assert _printed("") == ["end", "handler", "finalizer of a cycle"]
