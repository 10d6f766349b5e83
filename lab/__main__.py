"""`python -m lab`."""

import sys

_RIGHT = "run it with the Python of this project, which `make setup` makes: .venv/bin/python -m lab"

if sys.version_info < (3, 11):  # noqa: UP036 - whatever is called python3 here; the rest would be a syntax error in it
    sys.stderr.write(
        f"python -m lab needs Python 3.11 or later, and {sys.executable} is {sys.version.split()[0]}; {_RIGHT}\n"
    )
    sys.exit(1)

try:
    from alb_mtls.standard_streams import prepare_streams
    from lab.cli import app
except ImportError as error:
    if (error.name or "").partition(".")[0] in {"lab", "alb_mtls", "tools"}:
        raise
    sys.stderr.write(f"python -m lab cannot run with {sys.executable} ({error}); {_RIGHT}\n")
    sys.exit(1)

if __name__ == "__main__":
    prepare_streams()
    app(prog_name="python -m lab")
