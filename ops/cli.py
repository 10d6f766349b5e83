"""`python -m ops`: commands, options and exit codes; what they do is done elsewhere."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from alb_mtls.version_option import VersionOption
from ops.command import FINE, ConfigFileOption, JsonOption, StackOption, end, exit_code
from ops.comment.command import comment
from ops.doctor.diagnosis import Health
from ops.doctor.examination import examine
from ops.doctor.report import document_of, print_examination
from ops.errors import OpsError
from ops.expiry import parse_within
from ops.export import export_client
from ops.export_all import Selection, export_all, print_export, refuse_of_one
from ops.fragment_command import fragment
from ops.handing_over import OVERVIEW
from ops.init.command import init
from ops.inventory_command import inventory
from ops.metrics_command import metrics
from ops.output import Output
from ops.progress import Progress
from ops.report.command import report
from ops.stack import StackSource, read_configuration, read_state, session_of
from ops.status import status_of, utc_now
from ops.status_text import print_status
from ops.survey.command import survey
from ops.verify import verify as verify_stack
from ops.verify_text import print_verification
from ops.writing_commands import hold, release, resume

app = typer.Typer(
    name="ops",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def options(
    *,
    _: VersionOption = False,
) -> None:
    """Hand out, watch, examine, prove and hold a deployed stack. Exit: 0 fine, 1 a finding, 2 not known."""


@app.command()
def export(
    client: Annotated[str | None, typer.Argument(help="Name of the client, as configured.")] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the files, made with mode 0700 when missing; `export` with --all."),
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Certificates and chains of all clients; a second run changes nothing.")
    ] = False,
    fleet: Annotated[str | None, typer.Option("--fleet", help="The same of one fleet.")] = None,
    keys: Annotated[bool, typer.Option("--with-keys", help="With --all or --fleet: private keys too.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="With --all or --fleet: remove files of clients that left.")
    ] = False,
    stack: StackOption = None,
    legacy: Annotated[
        bool, typer.Option("--legacy", help="3DES in the .p12: macOS up to 14, Windows Server 2016, Java 8u300.")
    ] = False,
    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", help="First line is the .p12's password; else one is made beside it."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write what one client needs: key, certificate, chain, its root CA, and all as PKCS#12. Or certificates of all."""
    output = Output(as_json=as_json)

    def run() -> int:
        if everybody or fleet is not None:
            refuse_of_one(client, legacy=legacy, password_file=password_file)
            selection = Selection(fleet=fleet, keys=keys, remove=remove)
            return print_export(
                export_all(read_state(StackSource(stack=stack)), out=out or Path("export"), selection=selection), output
            )
        if client is None or out is None or keys or remove:
            message = "give a client and --out, or --all or --fleet, to which --with-keys and --remove belong"
            raise OpsError(message)
        state = read_state(StackSource(stack=stack))
        exported = export_client(state, client, out=out, password_file=password_file, legacy=legacy)
        if as_json:
            output.document(exported.to_json())
            return FINE
        rows = [(str(file.path), f"{file.mode:04o}", file.what) for file in exported.files]
        output.table(f"client {client}", ("file", "mode", "what it is"), rows)
        for note in exported.notes:
            output.say(f"note: {note}")
        output.say("whoever gets these files must:")
        for number, step in enumerate(exported.receiver.steps, start=1):
            output.say(f"{number}. {step}", following="   ")
        output.say(f"how, for each kind of client: {OVERVIEW}")
        return FINE

    end(output, run)


@app.command()
def status(
    *,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    within: Annotated[
        str | None,
        typer.Option(
            "--within",
            help="Whatever ends this soon is a finding: 30d, 12h, 10% of its life. Without it: what nothing renews, "
            "30 days before its end, and what an up renews, when that is overdue.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say who is accepted, who is rejected, which bypasses there are, what drifted, and when certificates end."""
    output = Output(as_json=as_json)

    def run() -> int:
        window = None if within is None else parse_within(within)
        source = StackSource(stack=stack, config_file=config_file)
        state = read_state(source)
        configuration = read_configuration(source)
        with closing(session_of(configuration)) as session:
            found = status_of(
                state,
                session,
                within=window,
                now=utc_now(),
                accepted=configuration.accepted,
                enabled=configuration.enabled,
            )
        if as_json:
            output.document(found.to_json())
        else:
            print_status(found, output)
        return exit_code(findings=bool(found.findings), unknown=bool(found.unknown))

    end(output, run)


@app.command()
def doctor(
    *,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    production: Annotated[
        bool, typer.Option("--production", help="Compare the stack with what production demands, too.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Try everything that an `up` needs without changing anything: problems first, each with cause and remedy."""
    output = Output(as_json=as_json)

    def run() -> int:
        with Progress() as progress:
            source = StackSource(stack=stack, config_file=config_file)
            lines = list(examine(source, utc_now(), progress.looking_at, production=production))
        if as_json:
            output.document(document_of(lines))
        else:
            print_examination(lines, output)
        found = {line.health for line in lines}
        return exit_code(findings=Health.PROBLEM in found, unknown=Health.UNKNOWN in found)

    end(output, run)


@app.command()
def verify(
    *,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    quic_connect_to: Annotated[
        str | None, typer.Option("--quic-connect-to", help="host:port of a QUIC listener, when not the ALB's own.")
    ] = None,
    every_check: Annotated[
        bool, typer.Option("--all", help="Print every check, also where all is as it must be.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Prove by handshakes, now, that the listeners accept the right clients and reject all others."""
    output = Output(as_json=as_json)

    def run() -> int:
        source = StackSource(stack=stack, config_file=config_file)
        state = read_state(source)
        configuration = read_configuration(source)
        with closing(session_of(configuration)) as session:
            found = verify_stack(state, configuration, session, now=utc_now(), quic_connect_to=quic_connect_to)
        if as_json:
            output.document(found.to_json())
        else:
            print_verification(found, output, every_check=every_check)
        return exit_code(findings=bool(found.findings), unknown=bool(found.unknown))

    end(output, run)


for _command in (init, inventory, fragment, metrics, report, comment, hold, resume, release, survey):
    app.command()(_command)
