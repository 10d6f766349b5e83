"""The command `report`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ops.command import JsonOption, end, exit_code
from ops.errors import OpsError
from ops.files import PRIVATE_MODE, OutputFolder
from ops.output import Output
from ops.progress import Progress
from ops.report.document import document_of
from ops.report.looking import look_at
from ops.report.page import page_of
from ops.report.verdicts import Word
from ops.stack import StackSource
from ops.status import utc_now

_WRONG_USE = "give --out FILE for the page, --json for the document, or both"


def report(
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="File of the page, mode 0600; an earlier report is replaced.")
    ] = None,
    stack: Annotated[
        list[str] | None, typer.Option("--stack", "-s", help="Stack, again for each; the selected one without.")
    ] = None,
    config_file: Annotated[
        list[Path] | None,
        typer.Option("--config-file", help="Configuration, when not in Pulumi.<stack>.yaml: one for each --stack."),
    ] = None,
    prove: Annotated[
        bool, typer.Option("--verify", help="Prove every listener now, as `verify` does, and show each request.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write one page for auditors: what is enforced, how that was proven and when, and every certificate."""
    output = Output(as_json=as_json)

    def run() -> int:
        sources = _sources(stack or [], config_file or [])
        if out is None:
            if not as_json:
                raise OpsError(_WRONG_USE)
            return _reported(sources, output, None, prove=prove)
        if not out.name:
            message = f"--out {out}: it is a folder; name a file in it"
            raise OpsError(message)
        with OutputFolder.opened(out.parent) as folder:
            # Nobody is to wait for a proof that then cannot be written.
            folder.require_writable(out.name)
            return _reported(sources, output, (folder, out), prove=prove)

    end(output, run)


def _sources(stacks: list[str], config_files: list[Path]) -> list[StackSource]:
    if config_files and len(config_files) != max(len(stacks), 1):
        message = (
            f"--config-file is given {len(config_files)} times for {len(stacks)} stacks; give one for each --stack"
        )
        raise OpsError(message)
    names: list[str | None] = [*stacks] or [None]
    files: list[Path | None] = [*config_files] or [None] * len(names)
    return [StackSource(stack=one, config_file=file) for one, file in zip(names, files, strict=True)]


def _reported(
    sources: list[StackSource], output: Output, place: tuple[OutputFolder, Path] | None, *, prove: bool
) -> int:
    now, looked = utc_now(), []
    with Progress() as progress:
        for source in sources:
            progress.looking_at(source.label)
            looked.append(look_at(source, now=utc_now(), prove=prove))
    document = document_of(looked, now)
    if place is not None:
        folder, path = place
        # The name of a file of the configuration may be no text.
        folder.write(path.name, page_of(document, looked).encode("utf-8", "backslashreplace"), PRIVATE_MODE)
    if output.as_json:
        output.document(document)
    else:
        whole = document["whole"]
        output.text(f"{whole['title']}. {whole['sentence']}")
        for sentence in document["notKnown"]:
            output.text(f"not known: {sentence}", following="  ")
    if place is not None:
        output.say(f"written: {place[1]}, readable by you alone (mode 0600)")
    return _code(document)


def _code(document: dict[str, Any]) -> int:
    findings = any(one["findings"] for one in document["stacks"])
    awaiting = any(each["verdict"] == Word.AWAITING for one in document["stacks"] for each in one["listeners"])
    return exit_code(findings=findings or awaiting, unknown=bool(document["notKnown"]))
