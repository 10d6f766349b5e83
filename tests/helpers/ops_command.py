"""Running `python -m ops` as a person would, in the project folder of a stack."""

import json
from dataclasses import dataclass
from typing import Any

from tests.helpers.stack import REPOSITORY, Stack


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What a command left: exit code, result, and what went beside it."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document."""
        try:
            found: dict[str, Any] = json.loads(self.out)
        except ValueError:
            message = f"exit code {self.code}, and no JSON on standard output: {self.out!r}; beside it: {self.err}"
            raise AssertionError(message) from None
        return found

    @property
    def codes(self) -> list[str]:
        """Codes of the findings in it."""
        return [finding["code"] for finding in self.document["findings"]]


def ops(stack: Stack, command: str, *arguments: str, **variables: str) -> Printed:
    """Run a command on a stack, which remembers what was printed and which processes ran."""
    words = (str(stack.python), "-m", "ops", command, *arguments, "--stack", stack.name)
    done = stack.call(*words, variables={"PYTHONPATH": str(REPOSITORY), **variables})
    assert "Traceback" not in done.stderr, done.stderr
    return Printed(code=done.returncode, out=done.stdout, err=done.stderr)


def found_everywhere(stack: Stack, code: str) -> None:
    """Check that a bypass is found by status, verify and preview, and that onBypass: fail stops for it."""
    for command in ("status", "verify"):
        printed = ops(stack, command, "--json")
        assert (printed.code, code in printed.codes) == (1, True), command
    assert f"({code})" in stack.preview()
    stack.set("onBypass", "fail")
    assert f"({code})" in stack.fails("preview")
    stack.set("onBypass", "warn")
