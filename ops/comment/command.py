"""`python -m ops comment`: reads a report and prints Markdown, or the same facts as JSON."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ops.command import FINDING, FINE, JsonOption, StackOption, end
from ops.comment.document import document
from ops.comment.facts import Facts, RunCommand, facts_of
from ops.comment.markdown import code, link, marker, text
from ops.comment.other_sections import other_sections
from ops.comment.sections import listener_sections
from ops.comment.verdict import Colour, Verdict, verdict_of
from ops.errors import OpsError
from ops.output import Output
from ops.stack import project_name

_URL: Final = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+")


def comment(
    *,
    report: Annotated[Path, typer.Option("--report", help="What the run wrote with ALB_MTLS_REPORT.")],
    code_of_run: Annotated[int, typer.Option("--exit-code", help="Of `pulumi preview` or `pulumi up`.")],
    command: Annotated[RunCommand, typer.Option("--command", help="Which of them was run.")] = RunCommand.PREVIEW,
    stack: StackOption = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since", formats=["%Y-%m-%dT%H:%M:%SZ"], help="When it was run; an older report says nothing of it."
        ),
    ] = None,
    run_url: Annotated[str | None, typer.Option("--run-url", help="Page of the run, for its readers.")] = None,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Exit 1 when the job has to be red: the run failed, a listener could not be looked at, or somebody "
            "loses access whom the stack file does not name.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write the comment on a pull request, of a report and an exit code: who loses access comes first."""
    output = Output(as_json=as_json)

    def run() -> int:
        if run_url is not None and not _URL.fullmatch(run_url):
            message = "--run-url is no address that begins with https:// or http://"
            raise OpsError(message)
        facts = facts_of(
            _content(report),
            command=command,
            exit_code=code_of_run,
            project=_project(),
            stack=stack,
            since=None if since is None else since.replace(tzinfo=UTC),
        )
        verdict = verdict_of(facts)
        if as_json:
            output.document(document_of(facts, verdict, run_url))
        else:
            output.lines(comment_of(facts, verdict, run_url))
        for reason in verdict.reasons if gate else ():
            output.say(f"red: {reason}")
        return FINDING if gate and verdict.colour is Colour.RED else FINE

    end(output, run)


def comment_of(facts: Facts, verdict: Verdict, run_url: str | None) -> str:
    """Return the comment; the same for the same facts, so that an edit without a change is none."""
    where = link("the page of the run", run_url) if run_url else "the page of the run"
    head = [
        marker(facts.project, facts.stack),
        f"**{text(verdict.lead)}**{_joined(verdict.rest)}",
        "",
        f"`pulumi {facts.command}` of stack {code(f'{facts.project}/{facts.stack}')}, exit code {facts.exit_code}.",
    ]
    if verdict.reasons:
        head += ["", "Why this job is red:", "", *(f"- {text(one)}" for one in verdict.reasons[:_MOST_REASONS])]
        if len(verdict.reasons) > _MOST_REASONS:
            head.append(f"- and {len(verdict.reasons) - _MOST_REASONS:,} more")
    sections = [*listener_sections(facts), *other_sections(facts)]
    foot = f"\nMade by `python -m ops comment` of the report of the run; see {where}.\n" if run_url else ""
    elsewhere = f"all of it is in the file that ALB_MTLS_REPORT names, and on {where}"
    return document("\n".join((*head, "")), sections, foot=foot, elsewhere=elsewhere)


_MOST_REASONS = 10


def document_of(facts: Facts, verdict: Verdict, run_url: str | None) -> dict[str, Any]:
    """Return the same for scripts: the verdict, and the report as it is."""
    return {
        "marker": marker(facts.project, facts.stack),
        "project": facts.project,
        "stack": facts.stack,
        "command": facts.command,
        "exitCode": facts.exit_code,
        "runUrl": run_url,
        "verdict": verdict.colour.value,
        "headline": f"{verdict.lead}{verdict.rest}",
        "lockedOut": list(verdict.locked_out),
        "reasons": list(verdict.reasons),
        "noReport": facts.no_report or None,
        "report": facts.raw or None,
    }


def _joined(rest: str) -> str:
    return f": {text(rest.removeprefix(': '), longest=_LONGEST_REST)}." if rest else "."


_LONGEST_REST = 1_500


def _content(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise OpsError(message) from None


def _project() -> str:
    try:
        return project_name()
    except OpsError:
        return "alb-mtls"
