"""`python -m lab`: commands, words and exit codes; what they do is done elsewhere."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from alb_mtls.version_option import VersionOption
from lab import lifecycle
from lab.environment import ActingAs, export_lines
from lab.paths import DEFAULT_NAME, InvalidNameError, LabPaths
from lab.procedure import procedure_text
from lab.progress import Phase, Progress
from lab.pulumi_way import pulumi_text
from lab.settings import ControllerMode, LabSettings, PortMode, RefusalStyle
from lab.stack_file import StackFileMissingError, stack_file_text
from lab.status import Status, read_status
from lab.survey.reading import SurveyError, SurveyReport, read_survey
from lab.survey.switches import switches_of
from tools.toolchain import ToolchainError

FAILED = 1
NOT_RUNNING = 3

app = typer.Typer(
    name="lab",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_out = Console(soft_wrap=True, highlight=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False)


class Way(StrEnum):
    """How the job is done."""

    PULUMI = "pulumi"
    HAND = "hand"


_WAYS = {Way.PULUMI: pulumi_text, Way.HAND: procedure_text}
_HEADINGS = {
    Way.PULUMI: "With Pulumi. At its end everything is as before, so that the way by hand can follow.",
    Way.HAND: "The same by hand. It needs the listener as it was: end the way with Pulumi first (`pulumi destroy`).",
}
# An older bash hands a long text over line by line, and pulumi reads from the terminal what it asked the terminal for.
_HOW_TO_PASTE = "# Paste it into bash, one step after the other: pulumi would swallow the steps behind its own."
Name = Annotated[str, typer.Option(help="Which lab; several can run side by side.")]
As = Annotated[
    ActingAs, typer.Option("--as", help="Whose access key and kubeconfig: with the files of rbac/ of that name.")
]


@app.callback()
def options(
    *,
    _: VersionOption = False,
) -> None:
    """A lab as strict as the cloud, on this machine alone. Not for production."""


@app.command()
def up(
    *,
    name: Name = DEFAULT_NAME,
    ports: Annotated[
        PortMode, typer.Option(help="Fixed ports for people, free ones for tests, or these where those are in use.")
    ] = PortMode.DEFAULT,
    controller: Annotated[
        ControllerMode, typer.Option(help="Which build of the ALB Ingress Controller to behave like.")
    ] = ControllerMode.MANAGED,
    refusal: Annotated[
        RefusalStyle, typer.Option(help="How listeners reject a request: TLS alert, or an HTTP 400 page.")
    ] = RefusalStyle.ALERT,
    survey: Annotated[
        Path | None, typer.Option(help="Do as `python -m ops survey` has found that an account does.")
    ] = None,
) -> None:
    """Start the lab and return when it is ready; no error if it runs already."""
    paths = _paths(name)
    found = None if survey is None else _survey(survey)
    settings = LabSettings(ports=ports, controller=controller, refusal=refusal)
    try:
        with _err.status(f"lab '{name}': starting") as shown:

            def report(step: str) -> None:
                shown.update(f"lab '{name}': {step}")
                if not _err.is_terminal:
                    _err.print(f"lab '{name}': {step}")

            lifecycle.start(paths, settings, report)
    except lifecycle.LabError as error:
        _fail(str(error))
    # Standard output is left to what is meant for pasting: `make lab` prints the procedure next.
    progress, current = _running(paths)
    if progress.note:
        _err.print(f"lab '{name}': {progress.note}", markup=False)
    _err.print(f"lab '{name}' is ready")
    if found is not None:
        _follow(found, current)
    _print_listeners(_err, current)


@app.command()
def down(*, name: Name = DEFAULT_NAME) -> None:
    """End the lab and remove all its files, also after a crash."""
    if not lifecycle.stop(_paths(name)):
        _fail(f"lab '{name}' is not running, and no file of it is left", NOT_RUNNING)
    _out.print(f"lab '{name}' has ended; no process and no file is left")


@app.command()
def status(
    *,
    name: Name = DEFAULT_NAME,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts; the keys do not change.")] = False,
) -> None:
    """Show whether the lab works, and where its parts are."""
    paths = _paths(name)
    progress, current = _running(paths)
    if as_json:
        typer.echo(json.dumps(current, indent=2))
    else:
        _print_status(paths, current, progress.settings)
    if progress.phase is Phase.BROKEN:
        _fail(str(lifecycle.BrokenError(paths, progress.problems)))


@app.command()
def logs(
    component: Annotated[str | None, typer.Argument(help="One component; all of them without.")] = None,
    *,
    name: Name = DEFAULT_NAME,
    lines: Annotated[int, typer.Option(min=1, help="Of each component.")] = 20,
) -> None:
    """Print the end of the log files, also of a lab that could not be started."""
    paths = _paths(name)
    files = sorted(paths.logs.glob("*.log"))
    if not files:
        _fail(str(lifecycle.NotRunningError(paths)), NOT_RUNNING)
    known = [file.stem for file in files]
    if component is not None and component not in known:
        _fail(f"no component '{component}' has a log file: there are {', '.join(known)}")
    for file in files:
        if component in (None, file.stem):
            typer.echo(f"{file}:")
            for line in file.read_text(errors="replace").splitlines()[-lines:]:
                typer.echo(f"  {line}")


@app.command()
def env(*, name: Name = DEFAULT_NAME, acting_as: As = ActingAs.UP) -> None:
    """Print export lines for a shell: eval "$(python -m lab env)"."""
    paths = _paths(name)
    current = _ready(paths)
    try:
        typer.echo(export_lines(paths, current, acting_as))
    except ToolchainError as error:
        _fail(str(error))


@app.command("upload-ca")
def upload(
    file: Annotated[Path, typer.Argument(help="CA certificate in PEM.", exists=True, dir_okay=False)],
    *,
    name: Name = DEFAULT_NAME,
) -> None:
    """Upload a CA certificate, as the console does it in the cloud, and print its identifier."""
    current = _ready(_paths(name))
    from lab.upload_ca import UploadError, upload_ca  # noqa: PLC0415  # half a second of SDK

    try:
        typer.echo(upload_ca(current, file))
    except UploadError as error:
        _fail(str(error))


@app.command("stack-file")
def stack_file(*, name: Name = DEFAULT_NAME, acting_as: As = ActingAs.UP) -> None:
    """Print Pulumi.dev.yaml with this lab's ports and files."""
    paths = _paths(name)
    current = _ready(paths)
    try:
        typer.echo(stack_file_text(paths, current, acting_as=acting_as), nl=False)
    except StackFileMissingError as error:
        _fail(str(error))


@app.command()
def procedure(
    way: Annotated[Way | None, typer.Argument(help="With Pulumi or by hand; both without.")] = None,
    *,
    name: Name = DEFAULT_NAME,
) -> None:
    """Print the whole job, to be pasted into bash: with Pulumi, and by hand."""
    paths = _paths(name)
    current = _ready(paths)
    try:
        texts = {each: text(paths, current) for each, text in _WAYS.items() if way in {None, each}}
    except StackFileMissingError as error:
        _fail(str(error))
    for each, text in texts.items():
        if way is None:
            typer.echo(f"# ======== {_HEADINGS[each]}\n{_HOW_TO_PASTE}\n")
        typer.echo(text)


def _survey(file: Path) -> SurveyReport:
    try:
        return read_survey(file)
    except SurveyError as error:
        _fail(str(error))


def _follow(report: SurveyReport, current: Status) -> None:
    import httpx  # noqa: PLC0415  # a tenth of a second, for this option alone

    from lab.survey.applying import apply_switches, summary_of  # noqa: PLC0415  # the same

    switches = switches_of(report)
    try:
        apply_switches(current, switches)
    except httpx.HTTPError as error:
        _fail(f"the lab could not be set to what the survey says: {error}")
    for line in summary_of(switches):
        _err.print(line, markup=False)
    for name, why in report.unanswered.items():
        _err.print(f"{name} has no answer ({why}): the lab does as ever", markup=False)


def _paths(name: str) -> LabPaths:
    try:
        return LabPaths.of(name)
    except InvalidNameError as error:
        _fail(str(error))


def _ready(paths: LabPaths) -> Status:
    return _running(paths)[1]


def _running(paths: LabPaths) -> tuple[Progress, Status]:
    try:
        return lifecycle.require_ready(paths), read_status(paths)
    except lifecycle.NotRunningError as error:
        _fail(str(error), NOT_RUNNING)
    except FileNotFoundError:
        # Ended by another command between the two.
        _fail(str(lifecycle.NotRunningError(paths)), NOT_RUNNING)


def _print_status(paths: LabPaths, current: Status, settings: LabSettings) -> None:
    _out.print(f"lab '{paths.name}' runs as pid {current['pid']} (started with {' '.join(settings.options())})")
    _out.print(f"files          {paths.folder}")
    for service, address in current["endpoints"].items():
        _out.print(f"{service:<14} http://{address}" + ("/docs" if service == "management" else ""))
    _print_listeners(_out, current)


def _print_listeners(console: Console, current: Status) -> None:
    table = Table(
        "AlbConfig",
        "listener",
        "address on this machine",
        "load balancer",
        box=box.SIMPLE if console.is_terminal else None,
    )
    for albconfig, details in current["albconfigs"].items():
        for listener, where in details["listeners"].items():
            table.add_row(albconfig, listener, where["address"], details["loadBalancerId"])
    console.print(table)


def _fail(message: str, code: int = FAILED) -> NoReturn:
    _err.print(message, markup=False)
    raise typer.Exit(code)
