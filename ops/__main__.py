"""`python -m ops`."""

import sys

try:
    from alb_mtls.interpreter_exit import collect_less_garbage
    from ops.cli import app
except ImportError as error:
    if (error.name or "").partition(".")[0] in {"ops", "alb_mtls"}:
        raise
    sys.stderr.write(
        f"python -m ops cannot run with {sys.executable} ({error}); run it with the Python of this project, which "
        "`make setup` makes: .venv/bin/python -m ops\n"
    )
    sys.exit(2)

if __name__ == "__main__":
    collect_less_garbage()
    app(prog_name="python -m ops")
