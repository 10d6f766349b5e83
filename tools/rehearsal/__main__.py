"""`python -m tools.rehearsal [REPORT]`."""

import shutil
import signal
import sys
import time
from pathlib import Path

from alb_mtls.standard_streams import prepare_streams
from tools.demo.place import Place
from tools.demo.stage import DemoError, show
from tools.rehearsal.story import play

_USAGE = "usage: python -m tools.rehearsal [REPORT], where the report of both environments is kept"


def main() -> int:
    """Play the rehearsal in a lab of its own, which is ended however it ends."""
    words = sys.argv[1:]
    if len(words) > 1 or any(word.startswith("-") for word in words):
        print(_USAGE, file=sys.stderr)
        return 2
    place, started = Place("rehearsal"), time.monotonic()
    if place.paths.folder.exists():
        print("A rehearsal runs, or one was killed: `python -m lab down --name rehearsal` ends it.", file=sys.stderr)
        return 1
    # Whoever cancels a job in CI sends SIGTERM, which would leave the lab.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        play(place, Path(words[0]).absolute() if words else None)
    except DemoError as error:
        print(f"The rehearsal stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the lab and the store have ended.", file=sys.stderr)
        return 1
    if place.paths.folder.exists():
        shutil.rmtree(place.paths.folder)
    show()
    show(f"Done in {time.monotonic() - started:.0f} s, and nothing is left.", style="bold")
    return 0


if __name__ == "__main__":
    prepare_streams()
    sys.exit(main())
