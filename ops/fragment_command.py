"""`python -m ops fragment`: prints what to commit, and writes nothing."""

from contextlib import closing
from typing import Annotated

import typer

from alb_mtls.cluster.identity import refuse_another_cluster
from ops.command import FINE, ConfigFileOption, JsonOption, StackOption, end
from ops.errors import OpsError
from ops.fragment import Commit, deployed_listener, what_to_commit
from ops.listener_name import listener_named
from ops.output import Output
from ops.stack import StackSource, read_configuration, read_state, session_of
from ops.writing_commands import ListenerArgument


def fragment(
    listener: ListenerArgument,
    *,
    off: Annotated[
        bool,
        typer.Option("--off", help="Request no certificate; the CA stays listed. The first commit of the way out."),
    ] = False,
    without_list: Annotated[
        bool, typer.Option("--without-list", help="Request none and list no CA. The last commit before a destroy.")
    ] = False,
    keys: Annotated[bool, typer.Option("--keys", help="Just the keys that change, not the whole listener.")] = False,
    stack: StackOption = None,
    config_file: ConfigFileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what to commit where Git, a chart or a kept file has the AlbConfig; nothing is written."""
    output = Output(as_json=as_json)
    commit = Commit.WITHOUT_LIST if without_list else Commit.OFF if off else Commit.AS_DEPLOYED

    def run() -> int:
        if off and without_list:
            message = "--off and --without-list are two commits, one after the other; give one of them"
            raise OpsError(message)
        key = listener_named(listener)
        source = StackSource(stack=stack, config_file=config_file)
        deployed = deployed_listener(read_state(source), key)
        claim = deployed.claim
        with closing(session_of(read_configuration(source))) as session:
            kube = session.kube(claim.kubeconfig)
            refuse_another_cluster(kube, claim.kube_system_uid, alb_config=key.alb_config, made_for=claim.cluster)
            found = what_to_commit(deployed, kube.albconfig(key.alb_config), commit)
        if as_json:
            output.document(found.to_json())
        else:
            output.lines(found.text_of_keys if keys else found.text)
        return FINE

    end(output, run)
