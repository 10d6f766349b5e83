"""What the demo lets people try at its end; `python -m tools.demo test` pastes it all into bash."""

import shlex
import subprocess
from typing import NamedTuple

from lab.stack_file import STACK, where
from tools.demo.place import Place
from tools.demo.stage import PROJECT, DemoError

_CODE = "exit code of the demo's hint: "


class Hint(NamedTuple):
    """A line to paste.

    Attributes:
        what: it does, in words.
        command: the line.
        code: its exit code.
    """

    what: str
    command: str
    code: int = 0


def hints(place: Place) -> list[Hint]:
    """Return them in an order in which all of them work."""
    named = where(place.paths, place.status)
    return [
        Hint("pulumi and the lab's credentials in this shell; then:", place.enter),
        Hint("nothing to do: everything is as desired", f"pulumi preview {named}"),
        Hint("a request as alice, who is accepted", _shown(place.curl(certificate=True))),
        Hint("who is accepted, and what leads past the listener: exit code 1", f"python -m ops status {named}", 1),
        Hint("somebody switches it off by hand,", _shown(place.by_hand())),
        Hint("which the next preview finds,", f"pulumi preview {named}"),
        Hint("and the next up repairs and proves", f"pulumi up --yes {named}"),
        Hint(
            f"all that the stack says of itself; alice in its `curl` is {_shown([str(place.client)])}",
            f"pulumi stack output --stack {STACK}",
        ),
        Hint("destroy, and end the lab without a trace", "make demo-down"),
    ]


def try_hints(place: Place) -> None:
    """Paste all but the last, as printed, into one bash.

    Raises:
        DemoError: one of them ended with another exit code than it should.
    """
    *tried, _ = hints(place)
    lines = [line for hint in tried for line in (hint.command, f'echo "{_CODE}$?"')]
    done = subprocess.run(
        ["bash", "--noprofile", "--norc"],
        input="\n".join(lines),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    codes = [int(line.removeprefix(_CODE)) for line in done.stdout.splitlines() if line.startswith(_CODE)]
    for hint, code in zip(tried, codes, strict=False):
        if code != hint.code:
            message = f"`{hint.command}` ended with {code}, not {hint.code}:\n{done.stdout}{done.stderr}"
            raise DemoError(message)
    if len(codes) != len(tried):
        message = f"bash ended before all hints were tried:\n{done.stdout}{done.stderr}"
        raise DemoError(message)


def _shown(words: list[str]) -> str:
    """Return a command as people paste it in the project's folder."""
    return shlex.join([word.removeprefix(f"{PROJECT}/") for word in words])
