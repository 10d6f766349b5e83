"""`python -m ops survey`: its options, what it shows before it begins, and whom it asks."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from alb_mtls.errors import OperationFailed
from ops.chosen_cluster import ClusterSource, chosen_cluster
from ops.command import FINE, UNDECIDED, ConfigFileOption, StackOption, end, is_terminal
from ops.errors import OpsError
from ops.listener_name import listener_named
from ops.output import Output
from ops.stack import StackSource
from ops.survey.conduct import conduct, give_back
from ops.survey.opening import Given, Opening, given_by, opening_of
from ops.survey.questions import QUESTIONS, Question
from ops.survey.report import Report, ReportFile

_MOST_CONNECTIONS = 2_000


def survey(
    *,
    listener: Annotated[
        str, typer.Option("--listener", help="AlbConfig/port of a listener that is given for this: it is switched.")
    ],
    output: Annotated[Path | None, typer.Option("--output", help="New file for the answers, as JSON.")] = None,
    repository: Annotated[
        str | None, typer.Option("--repository", help="CAS repository of CA certificates that is given for this.")
    ] = None,
    cas_endpoint: Annotated[
        str | None, typer.Option("--cas-endpoint", help="china, international, or a host; else the stack's.")
    ] = None,
    alb_endpoint: Annotated[str | None, typer.Option("--alb-endpoint", help="Host of the ALB API.")] = None,
    region: Annotated[
        str | None, typer.Option("--region", envvar="ALIBABA_CLOUD_REGION_ID", help="Of the ALB; else the stack's.")
    ] = None,
    connect_to: Annotated[
        str | None, typer.Option("--connect-to", help="host:port of the listener, when not the ALB's own address.")
    ] = None,
    host: Annotated[str | None, typer.Option("--host", help="In requests; else that of the oldest Ingress.")] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Ask this question alone; may be given several times.")
    ] = None,
    patience: Annotated[
        float, typer.Option("--patience", min=5, help="Seconds that the ALB may take to follow a change.")
    ] = 120.0,
    connections: Annotated[
        int, typer.Option("--connections", min=1, max=_MOST_CONNECTIONS, help="Clean ones until a switch is complete.")
    ] = 300,
    put_back: Annotated[
        bool, typer.Option("--put-back", help="Ask nothing: give back what a survey that was killed left.")
    ] = False,
    interrupt_hosts: Annotated[
        bool, typer.Option("--interrupt-hosts", help="Go on although Ingresses send hosts of people there.")
    ] = False,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    kubeconfig: Annotated[Path | None, typer.Option("--kubeconfig", help="File that names the cluster.")] = None,
    context: Annotated[str | None, typer.Option("--context", help="Of the kubeconfig.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Go through all questions without asking.")] = False,
) -> None:
    """Find out, on a listener and a repository given for this, what no document says about ALB and CAS."""
    shown = _Lasting(as_json=False)
    source = ClusterSource(
        stack=StackSource(stack=stack, config_file=config_file), kubeconfig=kubeconfig, context=context
    )

    def run() -> int:
        key = listener_named(listener)
        questions = _chosen(only)
        consent = _consent(yes=yes)
        with chosen_cluster(source) as cluster:
            cluster.require_same(key)
            given = given_by(
                cluster,
                key,
                cas_endpoint=cas_endpoint,
                alb_endpoint=alb_endpoint,
                region=region,
                repository=repository,
                connect_to=connect_to,
                host=host,
                cluster_options=source.options,
            )
            if put_back:
                shown.say(f"{key.label}, in the cluster {cluster.kube.where()}: what a survey left is put back")
                if not _agreed(consent, "Put it back?"):
                    shown.say("nothing was put back")
                    return UNDECIDED
                give_back(given, survey=None, show=shown.line, patience=patience)
                return FINE
            if output is None:
                message = "--output is not given; name a new file for the answers"
                raise OpsError(message)
            opening = opening_of(given)
            _show(opening, given, questions, shown)
            if opening.hosts and not interrupt_hosts and (yes or not consent("Interrupt these hosts?")):
                message = (
                    f"{key.label} serves hosts, whose clients would be rejected for minutes, and --yes does not cover "
                    "that; nothing was written: name a listener that nobody uses, or add --interrupt-hosts"
                )
                raise OpsError(message)
            if not consent("Begin?"):
                shown.say("nothing was written")
                return UNDECIDED
            with ReportFile.reserved(output) as file:

                def keep(report: Report) -> None:
                    try:
                        file.write(report)
                    except OpsError:
                        shown.line(json.dumps(report.to_json()))
                        raise
                    shown.line(f"{len(report.answers)} of {len(questions)} questions are answered in {output}")

                conduct(
                    given,
                    opening,
                    questions,
                    consent=consent,
                    show=shown.say,
                    patience=patience,
                    connections=connections,
                    keep=keep,
                )
        return FINE

    _end(shown, run)


class _Lasting(Output):
    """Output that may vanish, as that of a terminal which is closed: what is under way is put back all the same."""

    def line(self, text: str = "") -> None:
        with _vanishing():
            super().line(text)

    def say(self, text: str, *, following: str = "") -> None:
        with _vanishing():
            super().say(text, following=following)


@contextmanager
def _vanishing() -> Iterator[None]:
    # Rich ends the process when nobody reads its pipe any more.
    with suppress(OSError, SystemExit):
        yield


def _end(shown: Output, run: Callable[[], int]) -> NoReturn:
    def guarded() -> int:
        try:
            return run()
        except OperationFailed as error:
            raise OpsError(str(error)) from None
        except KeyboardInterrupt:
            message = "interrupted; the listener and CAS are as they were before"
            raise OpsError(message) from None

    end(shown, guarded)


def _chosen(only: Sequence[str] | None) -> tuple[Question, ...]:
    names = [one.name for one in QUESTIONS]
    for name in only or ():
        if name not in names:
            message = f"--only {name} is no question; they are {', '.join(names)}"
            raise OpsError(message)
    return tuple(one for one in QUESTIONS if not only or one.name in only)


def _show(opening: Opening, given: Given, questions: Sequence[Question], shown: Output) -> None:
    load_balancer = opening.load_balancer
    shown.say(f"{given.key.label}, in the cluster {given.kube.where()}:")
    shown.say(f"  load balancer {load_balancer.load_balancer_id} ({load_balancer.name}), {load_balancer.edition}")
    shown.say(
        f"  reached at {', '.join(one.label for one in opening.prober.targets)}, as {opening.prober.targets[0].host}"
    )
    shown.say(f"  CAS repository {opening.repository.name} at {given.cas_endpoint}")
    shown.say(f"  it answers: {', '.join(one.name for one in questions)}")
    if any(one.switches_listener for one in questions):
        shown.say("  meanwhile the listener rejects clients without a certificate, for minutes")
    for line in opening.woken:
        shown.say(f"  any write lets the controller reset on the ALB: {line}")
    for one in opening.hosts:
        shown.say(f"  it serves host {one.host} of Ingress {one.ingress_text}")


def _consent(*, yes: bool) -> Callable[[str], bool]:
    if yes:
        return lambda _question: True
    if not is_terminal():
        message = "this command writes to cluster and cloud, and no terminal is here to confirm it; add --yes"
        raise OpsError(message)

    def ask(question: str) -> bool:
        with suppress(typer.Abort):
            return typer.confirm(question, err=True)
        raise KeyboardInterrupt

    return ask


def _agreed(consent: Callable[[str], bool], question: str) -> bool:
    with suppress(KeyboardInterrupt):
        return consent(question)
    return False
