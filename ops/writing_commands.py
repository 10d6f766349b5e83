"""The commands that write to the cluster: each shows what it will change, and goes on only when a person agrees."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from alb_mtls.cluster.errors import Forbidden
from alb_mtls.cluster.listener_key import ListenerKey
from ops.chosen_cluster import ChosenCluster, ClusterSource, chosen_cluster
from ops.command import FINE, UNDECIDED, ConfigFileOption, JsonOption, StackOption, end, is_terminal
from ops.errors import OpsError
from ops.hold import plan_hold, plan_resume
from ops.listener_name import listener_named
from ops.output import Output
from ops.planned_write import PlannedWrite
from ops.release import plan_release
from ops.stack import StackSource

Plan = Callable[[ChosenCluster, ListenerKey], PlannedWrite]

ListenerArgument = Annotated[str, typer.Argument(help="AlbConfig/port, such as alb/443, or alb/443/HTTPS.")]
KubeconfigOption = Annotated[
    Path | None,
    typer.Option("--kubeconfig", help="File that names the cluster; Pulumi and its state are not read then."),
]
ContextOption = Annotated[
    str | None, typer.Option("--context", help="Context of the kubeconfig; Pulumi and its state are not read then.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Write without a question.")]


def hold(
    listener: ListenerArgument,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why, for whoever meets the hold.")],
    opened: Annotated[
        bool, typer.Option("--open", help="Also set caEnabled: false, so that every client is accepted.")
    ] = False,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Keep every up, roll-back and destroy away from a listener; with --open it accepts every client too."""
    source = _source(stack, config_file, kubeconfig, context)

    def plan(cluster: ChosenCluster, key: ListenerKey) -> PlannedWrite:
        return plan_hold(cluster.kube, key, reason=reason, opened=opened, options=source.options)

    _write(listener, source, plan, yes=yes, as_json=as_json)


def resume(
    listener: ListenerArgument,
    *,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """End a hold; the listener stays as it is until the next up."""
    source = _source(stack, config_file, kubeconfig, context)
    _write(listener, source, lambda cluster, key: plan_resume(cluster.kube, key), yes=yes, as_json=as_json)


def release(
    listener: ListenerArgument,
    *,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    kubeconfig: KubeconfigOption = None,
    context: ContextOption = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Remove a claim that no stack can remove any more, from a listener that no longer names the CA of the claim."""
    source = _source(stack, config_file, kubeconfig, context)

    def plan(cluster: ChosenCluster, key: ListenerKey) -> PlannedWrite:
        deployment = None if cluster.state is None else cluster.state.deployment
        return plan_release(cluster.kube, key, deployment=deployment)

    _write(listener, source, plan, yes=yes, as_json=as_json)


def _source(stack: str | None, config_file: Path | None, kubeconfig: Path | None, context: str | None) -> ClusterSource:
    return ClusterSource(
        stack=StackSource(stack=stack, config_file=config_file), kubeconfig=kubeconfig, context=context
    )


def _write(listener: str, source: ClusterSource, plan: Plan, *, yes: bool, as_json: bool) -> NoReturn:
    output = Output(as_json=as_json)

    def run() -> int:
        key = listener_named(listener)
        with chosen_cluster(source) as cluster:
            if cluster.note:
                output.say(f"note: {cluster.note}; the cluster is that of the configuration, and was not compared")
            cluster.require_same(key)
            planned = plan(cluster, key)
            if planned.changes:
                output.say(f"{key.label}, in the cluster {cluster.kube.where()}:")
                for change in planned.changes:
                    output.say(f"  {change}")
                if not yes and not _agreed():
                    output.say("nothing was written")
                    return UNDECIDED
                planned.apply(cluster.kube)
        if as_json:
            output.document(planned.to_json())
        else:
            output.text(planned.result)
        return FINE

    def run_on_call() -> int:
        try:
            return run()
        except Forbidden as error:
            raise error.on_call() from error

    end(output, run_on_call)


def _agreed() -> bool:
    if not is_terminal():
        message = "this command writes to the cluster, and no terminal is here to confirm it; add --yes"
        raise OpsError(message)
    try:
        return typer.confirm("Write this?", err=True)
    except typer.Abort:
        return False
