"""The command `metrics`: what `status` finds out, in numbers, also when it finds out nothing."""

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from ops.command import ConfigFileOption, StackOption, end, exit_code
from ops.errors import OpsError
from ops.files import PUBLIC_MODE, OutputFolder
from ops.metrics import Look, exposition
from ops.output import Output
from ops.stack import StackSource, name_of_stack, project_name, read_configuration, read_state, session_of
from ops.status import Status, status_of, utc_now

# node_exporter reads no other file of the folder.
_COLLECTED = ".prom"


def metrics(
    *,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="File for node_exporter's textfile collector, *.prom, in a folder that exists."),
    ] = None,
) -> None:
    """Print what `status` finds as Prometheus metrics; also when nothing could be looked at, which is a metric too."""
    output = Output(as_json=False)

    def run() -> int:
        if out is not None:
            _refuse_what_nobody_collects(out)
        source = StackSource(stack=stack, config_file=config_file)
        began, before = utc_now(), time.monotonic()

        def text_of(project: str, name: str, found: Status | None) -> str:
            seconds = time.monotonic() - before
            return exposition(Look(project=project, stack=name, began=began, seconds=seconds, status=found))

        try:
            found = _look(source)
            text = text_of(found.project, found.stack, found)
        except Exception:
            # An earlier file would go on to say that all is well.
            _hand_over(text_of(_project(source), _stack(source), None), out, output)
            raise
        _hand_over(text, out, output)
        return exit_code(findings=bool(found.findings), unknown=bool(found.unknown))

    end(output, run)


def _look(source: StackSource) -> Status:
    state = read_state(source)
    configuration = read_configuration(source)
    with closing(session_of(configuration)) as session:
        return status_of(
            state,
            session,
            within=None,
            now=utc_now(),
            accepted=configuration.accepted,
            enabled=configuration.enabled,
        )


def _refuse_what_nobody_collects(out: Path) -> None:
    if out.suffix != _COLLECTED:
        message = f"--out {out}: the textfile collector reads files *{_COLLECTED} only; name it so"
        raise OpsError(message)
    if not out.parent.is_dir():
        # Made here it would have mode 0700, which the collector's user cannot enter.
        message = f"--out {out}: its folder is not there; make it, so that the user of node_exporter may read it"
        raise OpsError(message)


def _hand_over(text: str, out: Path | None, output: Output) -> None:
    if out is None:
        output.lines(text)
        return
    with OutputFolder.opened(out.parent) as folder:
        folder.write(out.name, text.encode("utf-8"), PUBLIC_MODE)


def _project(source: StackSource) -> str:
    """Return the project's name where no state shows it; empty when nothing does."""
    parts = (source.stack or "").split("/")
    if len(parts) > 2:  # noqa: PLR2004 - organization, project, stack
        return parts[-2]
    try:
        return project_name()
    except OpsError:
        return ""


def _stack(source: StackSource) -> str:
    try:
        return name_of_stack(source) or ""
    except OpsError:
        return ""
