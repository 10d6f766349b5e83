"""`python -m ops`."""

import signal
import sys

_RIGHT = (
    "run it with the Python of this project: .venv/bin/python -m ops; README.md, What is needed, says how to make .venv"
)

if sys.version_info < (3, 11):  # noqa: UP036 - whatever is called python3 here; the rest would be a syntax error in it
    sys.stderr.write(
        f"python -m ops needs Python 3.11 or later, and {sys.executable} is {sys.version.split()[0]}; {_RIGHT}\n"
    )
    sys.exit(2)

_on_interrupt = signal.getsignal(signal.SIGINT)
if _on_interrupt is signal.default_int_handler:
    # Whoever interrupts while modules are loaded is shown no traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

try:
    from alb_mtls.interpreter_exit import collect_less_garbage
    from alb_mtls.standard_streams import prepare_streams
    from ops.cli import app
except ImportError as error:
    if (error.name or "").partition(".")[0] in {"ops", "alb_mtls"}:
        raise
    sys.stderr.write(f"python -m ops cannot run with {sys.executable} ({error}); {_RIGHT}\n")
    sys.exit(2)

if _on_interrupt is signal.default_int_handler:
    signal.signal(signal.SIGINT, _on_interrupt)

if __name__ == "__main__":
    collect_less_garbage()
    prepare_streams()
    app(prog_name="python -m ops")
