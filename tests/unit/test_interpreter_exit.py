"""A process of this project ends at once: what must happen at its end does, what nobody waits for does not."""

import signal
import subprocess
import sys

import pytest

from tests.helpers.documents import REPOSITORY
from tests.helpers.forked import COMMANDS, forked

_PROGRAM = """
import atexit, gc
from alb_mtls.interpreter_exit import collect_less_garbage

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
    # Where it begins nothing is frozen.
    answered = forked(_PROGRAM.format(call=call), after="pass")
    assert answered.returncode == 0, answered.stderr
    return answered.stdout.splitlines()


def test_handlers_run_but_cycles_are_not_searched_for() -> None:
    assert _printed("collect_less_garbage()") == ["end", "handler"]
    assert _printed("collect_less_garbage(); collect_less_garbage()") == ["end", "handler"]


def test_what_was_there_before_is_not_searched_for_either() -> None:
    assert _printed("collect_less_garbage(); del held; gc.collect()") == ["end", "handler"]


@pytest.mark.parametrize(
    ("call", "printed"),
    [
        ("", ["end", "handler", "finalizer of a cycle"]),
        ("del held; gc.collect()", ["finalizer of a cycle", "end", "handler"]),
    ],
)
def test_without_it_both_searches_take_place(call: str, printed: list[str]) -> None:
    assert _printed(call) == printed


_COMMAND = """
import atexit, gc, runpy, sys
gc.unfreeze()
atexit.register(lambda: print(gc.get_freeze_count() > 0, file=sys.stderr))
sys.argv = ["{module}", *{words}]
{run}
"""


@pytest.mark.parametrize(
    ("run", "frozen"), [("runpy.run_module(sys.argv[0], run_name='__main__')", "True"), ("import ops.cli", "False")]
)
@pytest.mark.parametrize(("module", "words"), [("ops", ["--help"]), ("lab.daemon", [])])
def test_a_command_and_a_lab_search_for_no_garbage_when_they_end(
    module: str, words: list[str], run: str, frozen: str
) -> None:
    program = _COMMAND.format(module=module, words=words, run=run)
    ended = forked(program, after=COMMANDS)
    assert ended.stderr.splitlines()[-1] == frozen, ended.stderr


# What Pulumi's executor does: a loop, the end of a pool of threads, an exit code.
_WITH_THREADS = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor
from alb_mtls.interpreter_exit import end_quietly_when_interrupted

pool = ThreadPoolExecutor()
pool.submit(sys.stdin.read)

async def forever():
    print("begun", flush=True)
    await asyncio.sleep(60)

{call}
{phase}
sys.exit(32)
"""
_AT_WORK = "asyncio.new_event_loop().run_until_complete(forever())"
_WAITS_FOR_THE_POOL = "print('begun', flush=True); pool.shutdown(wait=True)"
_INTERPRETER_ENDS = "print('begun', flush=True)"  # which waits for the threads of every pool


def _interrupted(phase: str, call: str = "end_quietly_when_interrupted()") -> tuple[int, str]:
    program = _WITH_THREADS.format(phase=phase, call=call)
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, printed = process.communicate(timeout=30)  # ends the threads, which read until then
        return process.returncode, printed


def test_an_interrupt_of_a_program_at_work_ends_it_without_a_traceback() -> None:
    assert _interrupted(_AT_WORK) == (1, "")


@pytest.mark.parametrize("phase", [_WAITS_FOR_THE_POOL, _INTERPRETER_ENDS], ids=["pool", "interpreter"])
def test_an_interrupt_while_only_threads_are_waited_for_changes_no_exit_code(phase: str) -> None:
    assert _interrupted(phase) == (32, "")


@pytest.mark.parametrize("phase", [_AT_WORK, _WAITS_FOR_THE_POOL], ids=["at work", "pool"])
def test_without_it_an_interrupt_prints_a_traceback(phase: str) -> None:
    code, printed = _interrupted(phase, call="")
    assert (code, "KeyboardInterrupt" in printed) == (-signal.SIGINT, True)
