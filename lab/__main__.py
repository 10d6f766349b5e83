"""`python -m lab`."""

import sys

try:
    from lab.cli import app
except ImportError as error:
    if (error.name or "").partition(".")[0] == "lab":
        raise
    sys.stderr.write(
        f"python -m lab cannot run with {sys.executable} ({error}); run it with the Python of this project, which "
        "`make setup` makes: .venv/bin/python -m lab\n"
    )
    sys.exit(1)

if __name__ == "__main__":
    app(prog_name="python -m lab")
