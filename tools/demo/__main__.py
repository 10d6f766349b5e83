"""`python -m tools.demo [down | test]`."""

import subprocess
import sys
from pathlib import Path

_RIGHT = "run it with the Python of this project, which `make setup` makes: .venv/bin/python -m tools.demo"

if sys.version_info < (3, 11):  # noqa: UP036 - whatever is called python3 here; the rest would be a syntax error in it
    sys.stderr.write(
        f"the demo needs Python 3.11 or later, and {sys.executable} is {sys.version.split()[0]}; {_RIGHT}\n"
    )
    sys.exit(1)

try:
    from alb_mtls.standard_streams import prepare_streams
    from tools.demo.comparison import unlike
    from tools.demo.hints import try_hints
    from tools.demo.place import Place
    from tools.demo.stage import PROJECT, DemoError, console, printed
    from tools.demo.story import end, play
except ImportError as error:
    if (error.name or "").partition(".")[0] in {"alb_mtls", "lab", "tools"}:
        raise
    sys.stderr.write(f"the demo cannot run with {sys.executable} ({error}); {_RIGHT}\n")
    sys.exit(1)

_USAGE = "usage: python -m tools.demo [down | test]"


def main() -> int:
    """Play the demo; `down` ends it; `test` plays it, tries its hints, ends it, and sees that nothing is left."""
    wanted = " ".join(sys.argv[1:])
    if wanted not in ("", "down", "test"):
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        if wanted == "test":
            _test()
        else:
            (end if wanted else play)(Place())
    except DemoError as error:
        print(f"The demo stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. `make demo` begins again, `make demo-down` ends what runs.", file=sys.stderr)
        return 1
    return 0


def _test() -> None:
    """Play, try the hints and end, beside whatever else runs on this machine.

    Raises:
        DemoError: something was not as announced, a document shows output that is another, or the demo changed a file
            of the work tree.
    """
    place = Place()
    if place.paths.folder.exists():
        # Ending it would end somebody's lab.
        place = Place("demo-test")
        console.print(f"The default lab is somebody's: the demo plays in a lab of its own, {place.name}.")
    before = _work_tree()
    try:
        play(place)
        shown_otherwise = [sentence for page in _pages() for sentence in unlike(page, printed)]
        try_hints(place)
    finally:
        end(place)
    if shown_otherwise:
        raise DemoError("\n".join(["documents show the demo otherwise than it is", *shown_otherwise]))
    if place.paths.folder.exists() or _work_tree() != before:
        message = f"the demo left something behind: {place.paths.folder}, or see `git status`"
        raise DemoError(message)


def _pages() -> list[Path]:
    return sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs" / "start").glob("*.md")])


def _work_tree() -> str:
    status = ["git", "status", "--porcelain"]
    return subprocess.run(status, cwd=PROJECT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    prepare_streams()
    sys.exit(main())
