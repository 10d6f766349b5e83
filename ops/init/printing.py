"""What `init` shows: what it has written and what to know of it, or what is missing."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.blocks import Block, Level, wrapped
from ops.doctor.diagnosis import Health, Line
from ops.doctor.report import block_of, document_of, summary_of
from ops.finding_blocks import blocks_of
from ops.init.conversation import Drafted
from ops.init.destination import Destination
from ops.init.questions import NothingWritten
from ops.output import Output


@dataclass(frozen=True, kw_only=True)
class Written:
    """A stack file that was written.

    Attributes:
        lines: of the examination that followed.
        stack: its name, as it was given.
        config_file: where it was written, if that was given.
    """

    target: Destination
    drafted: Drafted
    lines: Sequence[Line]
    stack: str
    config_file: Path | None

    @property
    def next_commands(self) -> list[str]:
        """What comes next, as it is typed."""
        first = [] if self.target.is_initialized else [f"pulumi stack init {shlex.quote(self.stack)}"]
        return [*first, f"pulumi preview {self._options}", f"pulumi up {self._options}"]

    @property
    def later_commands(self) -> list[str]:
        """What comes when every client has its certificate."""
        return [
            f"pulumi config set enabled true {self._options}",
            f"pulumi preview {self._options}",
            f"pulumi up {self._options}",
        ]

    @property
    def problems(self) -> list[Line]:
        """What the examination has found to be wrong."""
        return [line for line in self.lines if line.health is Health.PROBLEM]

    @property
    def warnings(self) -> list[str]:
        """What to know beside that: no warning of a listener with which the examination has found a problem."""
        labels = [one.key.label for one in self.drafted.draft.listeners]
        named = [label for label in labels if any(label in line.found for line in self.problems)]
        return [one for one in self.drafted.warnings if not any(label in one for label in named)]

    @property
    def _options(self) -> str:
        named = "" if self.config_file is None else f" --config-file {shlex.quote(str(self.config_file))}"
        return f"--stack {shlex.quote(self.stack)}{named}"

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        draft = self.drafted.draft
        return {
            "file": str(self.target.path),
            "written": True,
            "cluster": self.drafted.cluster,
            "listeners": [one.key.output_key for one in draft.listeners],
            "region": draft.region,
            "casEndpoint": draft.cas_endpoint,
            "proofHost": draft.proof_host,
            "findings": [one.to_json() for one in draft.bypasses],
            "warnings": list(self.drafted.warnings),
            "doctor": document_of(self.lines),
            "next": self.next_commands,
            "later": self.later_commands,
        }


def print_written(written: Written, output: Output) -> None:
    """Print what was written, what to know of it, and what comes next."""
    draft = written.drafted.draft
    names = ", ".join(one.key.output_key for one in draft.listeners)
    output.line(f"{written.target.path} is written; enabled is false in it, so that no client is rejected yet")
    output.text(f"cluster: {written.drafted.cluster}", first="  ", following="    ")
    output.text(f"listeners: {names}", first="  ", following="    ")
    output.text(
        f"region: {draft.region or 'not known'}; CAS: {draft.cas_endpoint}; host of the proof: {draft.proof_host}",
        first="  ",
        following="    ",
    )
    for block in blocks_of(draft.bypasses):
        output.block(block)
    for warning in written.warnings:
        output.block(Block(level=Level.WARNING, subject=warning))
    for line in written.lines:
        if line.health in (Health.PROBLEM, Health.UNKNOWN):
            output.block(block_of(line))
    output.text(f"doctor: {summary_of(written.lines)}", following="  ")
    output.line()
    output.line("Next, when the problems are put right:" if written.problems else "Next:")
    for command in written.next_commands:
        output.line(f"  {command}")
    output.line("When every client has its certificate (python -m ops export):")
    for command in written.later_commands:
        output.line(f"  {command}")


def print_lacking(error: NothingWritten, path: Path, output: Output) -> None:
    """Print what is missing or wrong."""
    if output.as_json:
        lacking = [{"flag": one.flag, "why": one.why} for one in error.lacking]
        output.document({"file": str(path), "written": False, "lacking": lacking})
    for one in error.lacking:
        say(output, str(one))
    say(output, str(error))


def say(output: Output, text: str) -> None:
    """Say something beside the result, in as many lines as the width demands."""
    for line in wrapped(text, output.width, following="  "):
        output.say(line)
