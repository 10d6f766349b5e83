"""Commands of a how-to page, run as the page says, so that page and program cannot drift apart.

A page is read by these rules:

- a `console` block: lines that begin with `$ ` are commands, each run by bash; `> ` continues one. The lines below it
  are all that it prints, where `…` stands for anything;
- a `bash` block: commands to paste, of which none may fail; they may print anything;
- a block whose first line is a comment that is a file's name: that file, written when it comes;
- a `yaml` block of keys of a stack file is passed over: tests/unit/docs/test_examples.py reads it;
- `<!-- not run: REASON -->` above a block: it needs what is not here. A test lists all of these.
"""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.helpers.documents import read

REJECTED = "When it is rejected"
"""The section in which commands whose output is shown must fail; elsewhere those that print an error of curl do."""

_ERROR_OF_CURL = "curl: ("
_SECONDS = 240
_TRIES = 10
_NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
_FILE_NAME = re.compile(r"(?:#|//) ([\w.-]+\.[a-z]+)$")
# The JVM's remark on the variable by which a test gives it a trust store.
_NO_OUTPUT = re.compile(r"^NOTE: Picked up JDK_JAVA_OPTIONS.*\n", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A block of a page, or one command of it.

    Attributes:
        section: heading of the second level that it stands under.
        file: name under which `text` is written; empty for a command.
        printed: what the page says that the command prints; None where it says nothing.
        not_run: why nobody can run it here; empty when it is run.
    """

    page: str
    line: int
    section: str
    text: str
    file: str = ""
    printed: str | None = None
    not_run: str = ""

    @property
    def label(self) -> str:
        """How a failing test names it."""
        return f"{self.page}:{self.line}: {self.text}"


def steps(page: str) -> Iterator[Step]:
    """Yield what a page has, in its order."""
    section, why, language, opened, held = "", "", "", 0, list[str]()
    for number, line in enumerate(read(page).splitlines(), start=1):
        if opened:
            if line == "```":
                where = Step(page=page, section=section, line=opened, text="", not_run=why)
                yield from _block(language, held, where)
                opened, why = 0, ""
            else:
                held.append(line)
        elif line.startswith("```"):
            language, opened, held = line.removeprefix("```"), number + 1, []
        elif line.startswith("## "):
            section = line.removeprefix("## ")
        elif found := _NOT_RUN.match(line):
            why = found[1]


def _block(language: str, lines: list[str], where: Step) -> Iterator[Step]:
    if language == "yaml" and lines[0].lstrip().startswith("alb-mtls:"):
        return
    if language != "console":
        name = _FILE_NAME.match(lines[0])
        assert name or where.not_run or language == "bash", f"{where.page}:{where.line}: neither a file nor a command"
        yield replace(where, text="\n".join(lines) + "\n", file=name[1] if name else "")
        return
    commands: list[tuple[int, list[str], list[str]]] = []
    for number, line in enumerate(lines, start=where.line):
        if line.startswith("$ "):
            commands.append((number, [line[2:]], []))
        elif line.startswith("> "):
            commands[-1][1].append(line[2:])
        else:
            commands[-1][2].append(line)
    for number, command, printed in commands:
        shown = "\n".join(printed) if printed else None
        yield replace(where, line=number, text="\n".join(command), printed=shown)


@dataclass(kw_only=True)
class Shell:
    """A shell that the reader keeps open: what one command exports is there for the next.

    Attributes:
        folder: in which the reader is.
        replaced: texts of the page, and what stands for them here (the address of a listener).
        environment: all of it, as it is by now.
    """

    folder: Path
    replaced: Mapping[str, str]
    environment: dict[str, str]

    def follow(self, page: str, *beginnings: str) -> None:
        """Do what stands under the headings of a page that begin so, or under all, in its order.

        Raises:
            AssertionError: it went otherwise than the page says.
        """
        for step in steps(page):
            if step.section.startswith(beginnings or ""):
                self.run(step)

    def put_in(self, text: str) -> str:
        """Return a text of the page with what stands here in the place of its own."""
        return _with(text, self.replaced)

    def run(self, step: Step) -> None:
        """Do what one step says.

        Raises:
            AssertionError: it went otherwise than the page says.
        """
        run(step, folder=self.folder, replaced=self.replaced, environment=self.environment, kept=self.environment)


def run(
    step: Step,
    *,
    folder: Path,
    replaced: Mapping[str, str],
    environment: Mapping[str, str],
    kept: dict[str, str] | None = None,
) -> None:
    """Do what a step says; what is not run is passed over.

    Args:
        step: of a page.
        folder: in which the reader would be.
        replaced: texts of the page, and what stands for them here (the address of a listener).
        environment: of the commands, beside that of the tests.
        kept: becomes the environment that the commands leave.

    Raises:
        AssertionError: it went otherwise than the page says.
    """
    if step.not_run:
        return
    text = _with(step.text, replaced)
    if step.file:
        (folder / step.file).write_text(text)
        return
    shown = step.printed or ""
    rejected = (step.section == REJECTED and bool(shown)) or shown.startswith(_ERROR_OF_CURL)
    left = folder / ".environment"
    if kept is not None:
        # Of a shell that ends with each command, the next one knows what was exported.
        text = f"set -o errexit -o allexport; trap 'env -0 >{shlex.quote(str(left))}' EXIT\n{text}"
    # A rejection may be lost on its way: then the client prints a cut connection (docs/reference/clients.md).
    for _ in range(_TRIES if rejected else 1):
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        output = _NO_OUTPUT.sub("", done.stdout).strip()
        exported = left.read_text("utf-8") if left.exists() else ""
        # It has credentials: also of a step that fails nothing stays where a test looks for secrets.
        left.unlink(missing_ok=True)
        if (done.returncode != 0) == rejected and _is_as(output, step.printed, replaced):
            if kept is not None:
                kept |= dict(one.split("=", 1) for one in exported.split("\0") if one)
            return
    message = f"{step.label}\nended with {done.returncode} and printed:\n{output}"
    raise AssertionError(message)


def _is_as(output: str, printed: str | None, replaced: Mapping[str, str]) -> bool:
    if printed is None:
        return True
    pattern = ".*".join(map(re.escape, _with(printed, replaced).split("…")))
    return re.fullmatch(pattern, output, re.DOTALL) is not None


def _with(text: str, replaced: Mapping[str, str]) -> str:
    for there, here in replaced.items():
        text = text.replace(there, here)
    return text
