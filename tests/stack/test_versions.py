"""The real engine, asked whether its CLI is one of the versions that are supported."""

from tests.helpers.stack import Stack

_NEVER = """
import components.versions
components.versions.OLDEST_CLI = "3.999.0"
from components.settings import load_settings
load_settings()
"""


def test_a_cli_that_is_too_old_is_refused_in_one_sentence_without_a_traceback(stack: Stack) -> None:
    program = stack.folder / "__main__.py"
    program.unlink()
    program.write_text(_NEVER, "utf-8")
    printed = " ".join(stack.fails("preview").split())
    assert "this program needs the Pulumi CLI in version 3.999.0 or later, below 4 (" in printed
    assert "Traceback" not in printed
    # Without that change the same CLI goes on, as in every other test here.
    program.write_text(_NEVER.replace("3.999.0", "3.0.0"), "utf-8")
    stack.succeeds("preview")
