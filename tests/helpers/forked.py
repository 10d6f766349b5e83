"""Lines of Python in a process of their own, at less cost than a new Python: one that has imported forks for each.

What many of them begin with, as `import pulumi`, takes a third of a second of a processor. A fork takes a
hundredth of that where what was imported is frozen: else each searches it for garbage at its end.
"""

import atexit
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from tests.helpers.documents import REPOSITORY

PULUMI = "import gc, pulumi; gc.freeze()"
"""What program and providers begin with."""
COMMANDS = "import gc, lab.cli, lab.daemon, ops.cli; gc.freeze()"
"""What the commands begin with."""
# A hang is the failure that some of the lines are about.
_SECONDS = 60
# A forked process comes out of the function, and ends as every Python does. What it is given stands in no argument.
_SERVER = """
def next_code():
    import json, os, signal, sys
    exec(sys.argv.pop(), {"__name__": "before"})
    answers = os.dup(1)
    for line in iter(sys.stdin.readline, ""):
        code, folder = json.loads(line)
        process = os.fork()
        if process == 0:
            os.close(answers)
            nothing = os.open(os.devnull, os.O_RDONLY)
            files = [nothing, *(os.open(f"{folder}/{number}", os.O_WRONLY | os.O_CREAT) for number in (1, 2))]
            for number, file in enumerate(files):
                os.dup2(file, number)
                os.close(file)
            signal.alarm(SECONDS)
            return code
        _, status = os.waitpid(process, 0)
        os.write(answers, b"%d\\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)

exec(compile(next_code(), "<forked>", "exec"))
""".replace("SECONDS", str(_SECONDS))


def forked(code: str, *, after: str = PULUMI) -> subprocess.CompletedProcess[str]:
    """Run lines of Python in a new process that has run others already, which see nothing of each other's names.

    Args:
        code: of this process alone.
        after: done once for all processes that begin with it; it starts no thread and leaves nothing to write.
    """
    server = _server(after)
    with TemporaryDirectory() as folder:
        server.input.write(json.dumps([code, folder]) + "\n")
        server.input.flush()
        ended = int(server.output.readline())
        printed = [(Path(folder) / number).read_text("utf-8") for number in ("1", "2")]
    return subprocess.CompletedProcess(code, ended, *printed)


class _Server:
    def __init__(self, after: str) -> None:
        command = [sys.executable, "-c", _SERVER, after]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, text=True)
        # It ends with its input.
        atexit.register(self._process.communicate)
        self.input: IO[str] = self._process.stdin  # type: ignore[assignment]  # it has the pipes that were requested
        self.output: IO[str] = self._process.stdout  # type: ignore[assignment]  # see above


@cache
def _server(after: str) -> _Server:
    return _Server(after)
