"""`python -m ops init`: its options, what it shows, and what it ends with."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from ops.command import FINDING, FINE, UNDECIDED, JsonOption, end, is_terminal
from ops.configuration import project_of
from ops.doctor.diagnosis import Line, unknown
from ops.doctor.examination import examine_configuration
from ops.doctor.left_behind import Known
from ops.init.conversation import draft_of
from ops.init.destination import Destination, destination, new_stack_file
from ops.init.options import Options
from ops.init.printing import Written, print_lacking, print_written, say
from ops.init.questions import NothingWritten, Questions
from ops.init.reading_back import refuse_unreadable
from ops.init.stack_file import text_of
from ops.output import Output
from ops.progress import Progress
from ops.settings import printed_of
from ops.stack import project_name
from ops.status import utc_now

_Text = str | None

# Errors are those of an up, and name keys of a configuration that is not there yet.
_KEYS_AND_OPTIONS = (
    "in the place of a key give its option: --kubeconfig, --context, --region, --alb-endpoint, --cas-endpoint, "
    "--profile"
)


def init(
    stack: Annotated[str, typer.Argument(help="Name of the new stack, such as prod.")],
    *,
    context: Annotated[_Text, typer.Option("--context", help="Of the kubeconfig.")] = None,
    kubeconfig: Annotated[
        _Text, typer.Option("--kubeconfig", help="File; without it KUBECONFIG, then ~/.kube/config.")
    ] = None,
    alb_config: Annotated[_Text, typer.Option("--alb-config", help="Choose among the listeners of this one.")] = None,
    listener: Annotated[
        list[str] | None, typer.Option("--listener", help="AlbConfig/port, such as alb/443; may be given again.")
    ] = None,
    connect_to: Annotated[
        list[str] | None,
        typer.Option("--connect-to", help="HOST:PORT of the listener, or alb/443=HOST:PORT, when not the ALB's own."),
    ] = None,
    proof_host: Annotated[_Text, typer.Option("--proof-host", help="Host that a proof probes.")] = None,
    server_ca: Annotated[
        _Text, typer.Option("--server-ca", help="File of who signed the server certificate, where it is a private CA.")
    ] = None,
    root_ca: Annotated[
        _Text, typer.Option("--root-ca", help="imported (default): its key stays in a file; or generated.")
    ] = None,
    certificate_file: Annotated[_Text, typer.Option("--certificate-file", help="Of an imported root CA.")] = None,
    key_file: Annotated[_Text, typer.Option("--key-file", help="Of an imported root CA.")] = None,
    subject: Annotated[
        _Text, typer.Option("--subject", help="Of a generated root CA: /C=SG/ST=.../L=.../O=.../OU=...")
    ] = None,
    client: Annotated[
        list[str] | None,
        typer.Option(
            "--client", help="NAME, whose key is made here, or NAME=FILE with its request; may be given again."
        ),
    ] = None,
    region: Annotated[_Text, typer.Option("--region", help="Of the ALB; else read from its DNS name.")] = None,
    cas_endpoint: Annotated[
        _Text, typer.Option("--cas-endpoint", help="china, international, or a host; else whichever site answers.")
    ] = None,
    alb_endpoint: Annotated[
        _Text, typer.Option("--alb-endpoint", help="Of the ALB API, when not the region's.")
    ] = None,
    cluster_id: Annotated[
        _Text, typer.Option("--cluster-id", help="ACK cluster by whose id the stack reaches it, without a kubeconfig.")
    ] = None,
    profile: Annotated[_Text, typer.Option("--profile", help="Of `aliyun configure`, with the credential.")] = None,
    on_bypass: Annotated[_Text, typer.Option("--on-bypass", help="fail (default) or warn.")] = None,
    config_file: Annotated[
        Path | None, typer.Option("--config-file", help="Where to write, when not to Pulumi.<stack>.yaml.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: options and defaults alone.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a stack file that is right: cluster and cloud are asked, then you; nothing else is changed."""
    output = Output(as_json=as_json)
    options = Options(
        kubeconfig=kubeconfig,
        context=context,
        cluster_id=cluster_id,
        profile=profile,
        alb_config=alb_config,
        listeners=tuple(listener or ()),
        connect_to=tuple(connect_to or ()),
        region=region,
        alb_endpoint=alb_endpoint,
        cas_endpoint=cas_endpoint,
        proof_host=proof_host,
        server_ca=server_ca,
        root_ca=root_ca,
        certificate_file=certificate_file,
        key_file=key_file,
        subject=subject,
        clients=tuple(client or ()),
        on_bypass=on_bypass,
    )

    def run() -> int:
        path, project = new_stack_file(stack, config_file), project_name()
        target = destination(path)
        questions = Questions(terminal=is_terminal() and not yes, say=partial(say, output))
        try:
            return _write(target, options, questions, output, project=project, stack=stack, named=config_file)
        except NothingWritten as error:
            print_lacking(error, path, output)
        except (CloudError, ClusterError) as error:
            say(output, str(error))
            say(output, f"{path} was not written; {_KEYS_AND_OPTIONS}")
        except (typer.Abort, KeyboardInterrupt):
            output.say("")
            output.say(
                f"no answer was given, so {path} was not written; begin again, or give the answers as options (--help)"
            )
        return UNDECIDED

    end(output, run)


def _write(
    target: Destination,
    options: Options,
    questions: Questions,
    output: Output,
    *,
    project: str,
    stack: str,
    named: Path | None,
) -> int:
    now, name = utc_now(), stack.rpartition("/")[2]
    drafted = draft_of(options, questions, project=project, stack=name, now=now)
    text = "" if drafted is None else text_of(drafted.draft)
    if drafted is not None:
        refuse_unreadable(text, name, now, questions)
    if drafted is None or questions.lacking:
        raise NothingWritten(str(target.path), questions.lacking, terminal=questions.terminal)
    target.write(text)
    try:
        lines = _examined(text, name)
    except KeyboardInterrupt:
        lines = [unknown("doctor", "the examination was interrupted", f"run `python -m ops doctor --stack {stack}`")]
    written = Written(target=target, drafted=drafted, lines=lines, stack=stack, config_file=named)
    if output.as_json:
        output.document(written.to_json())
    else:
        print_written(written, output)
    return FINDING if written.problems else FINE


def _examined(text: str, stack: str) -> list[Line]:
    printed = printed_of(text)
    known = Known(project=project_of(printed), stack=stack, state=None)
    with Progress() as progress:
        return list(examine_configuration(printed, known, utc_now(), progress.looking_at))
