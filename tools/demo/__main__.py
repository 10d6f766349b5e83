"""`python -m tools.demo [down | test]`."""

import os
import subprocess
import sys

from tools.demo.comparison import unlike
from tools.demo.stage import PROJECT, DemoError, console, printed
from tools.demo.story import FOLDER, end, play

_USAGE = "usage: python -m tools.demo [down | test]"


def main() -> int:
    """Play the demo; `down` ends it; `test` plays and ends it, and sees that the work tree is as before."""
    try:
        match sys.argv[1:]:
            case []:
                play()
            case ["down"]:
                end()
            case ["test"]:
                _test()
            case _:
                print(_USAGE, file=sys.stderr)
                return 2
    except DemoError as error:
        print(f"The demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; `make demo-down` ends what runs.", file=sys.stderr)
        return 1
    return 0


def _test() -> None:
    """Play and end.

    Raises:
        DemoError: something was not as announced, a document shows output that is another, or the demo changed a file
            of the work tree, or with CI set: somebody's lab is in the way.
    """
    if FOLDER.exists():
        # Ending it would end somebody's lab.
        running = "the default lab runs already; end it with `make lab-down`"
        if os.environ.get("CI"):
            message = f"{running}; CI=1 skips nothing"
            raise DemoError(message)
        console.print(f"Skipped: {running}.")
        return
    before = _work_tree()
    try:
        play()
        shown_otherwise = [sentence for page in sorted(PROJECT.glob("*.md")) for sentence in unlike(page, printed)]
    finally:
        end()
    if shown_otherwise:
        raise DemoError("\n".join(["documents show the demo otherwise than it is", *shown_otherwise]))
    if FOLDER.exists() or _work_tree() != before:
        message = f"the demo left something behind: {FOLDER}, or see `git status`"
        raise DemoError(message)


def _work_tree() -> str:
    status = ["git", "status", "--porcelain"]
    return subprocess.run(status, cwd=PROJECT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
