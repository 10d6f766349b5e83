"""The claim of this stack on a listener. Module path and class names are frozen: they stand in the state.

Creating it writes nothing: it only reserves the token, so that the claim is in the state before the first write to
the AlbConfig. The switch writes the annotation. A killed switch therefore always leaves a claim whose delete finds
its annotation and restores the listener (docs/decisions/2026-11-23-the-switch-writes-the-claim.md).
"""

import secrets
from typing import TYPE_CHECKING

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.cluster.errors import AnotherCluster, ClusterError, NoSuchAlbConfig
from alb_mtls.properties import from_props, to_props
from alb_mtls.resources import ListenerClaimInputs, ListenerClaimOutputs
from components.providers import process
from components.providers.base import (
    Properties,
    Provider,
    changed,
    is_unknown,
    show,
    show_not_compared,
    user_facing_errors,
    without_internal,
)
from components.providers.resource import TypedResource

if TYPE_CHECKING:
    from alb_mtls.cluster.kube_client import KubeClient

_KEPT_UP_TO_DATE = ("owner", "deployment", "kubeconfig", "alb", "cas_endpoint")


class ListenerClaimProvider(Provider):
    """Holds a listener for this stack; its delete gives the listener back as it was."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Take the inputs as they are: the settings have been checked. Pulumi calls this in preview and up."""
        return CheckResult(without_internal(news), [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find another listener, or another object under the same name.

        Pulumi calls this in preview and up. Without access to the cluster nothing is found, and a line reports that.
        """
        old, new = from_props(ListenerClaimOutputs, _olds), from_props(ListenerClaimInputs, _news)
        moved = changed(old, new, ("listener",))
        if moved:
            return DiffResult(changes=True, replaces=moved)
        if _was_recreated(old, new):
            return DiffResult(changes=True, replaces=["listener"])
        return DiffResult(changes=bool(changed(old, new, _KEPT_UP_TO_DATE)) or _is_proven_otherwise(old, new))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Record which cluster and AlbConfig are meant and reserve a token. Pulumi calls this in up."""
        inputs = from_props(ListenerClaimInputs, props)
        kube = process.session().kube(inputs.kubeconfig)
        albconfig = kube.albconfig(inputs.listener.alb_config)
        outputs = ListenerClaimOutputs(
            **vars(inputs),
            token=secrets.token_hex(16),
            uid=albconfig["metadata"]["uid"],
            kube_system_uid=kube.kube_system_uid(),
            cluster=kube.where(),
        )
        return CreateResult(outputs.token, to_props(outputs))

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Say whether the AlbConfig is still the same object. Pulumi calls this in refresh."""
        outputs = from_props(ListenerClaimOutputs, props)
        try:
            same = _is_same_albconfig(process.session().kube(outputs.kubeconfig), outputs)
        except NoSuchAlbConfig:
            same = False
        return ReadResult(id_, without_internal(props)) if same else ReadResult("", {})

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over how cluster and cloud are reached, and a restore proven, from now on. Pulumi calls this in up."""
        old, new = from_props(ListenerClaimOutputs, _olds), from_props(ListenerClaimInputs, _news)
        outputs = ListenerClaimOutputs(
            **vars(new), token=old.token, uid=old.uid, kube_system_uid=old.kube_system_uid, cluster=old.cluster
        )
        return UpdateResult(to_props(outputs))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Restore the listener and release the claim, if the claim in the cluster carries this token.

        Pulumi calls this in destroy, when the listener left the configuration, and after a replacement, whose new
        claim has taken the annotation over by then.
        """
        from alb_mtls.listeners.restore import restore

        outputs = from_props(ListenerClaimOutputs, _props)
        running = process.session()
        kube = running.kube(outputs.kubeconfig)
        _refuse_another_cluster(kube, outputs)
        restore(
            outputs,
            kube=kube,
            alb=running.alb(outputs.alb.endpoint, outputs.alb.region),
            cas=running.cas(outputs.cas_endpoint) if outputs.cas_endpoint else None,
            show=show,
        )


def _refuse_another_cluster(kube: "KubeClient", outputs: ListenerClaimOutputs) -> None:
    from alb_mtls.cluster.identity import refuse_another_cluster

    alb_config = outputs.listener.alb_config
    refuse_another_cluster(kube, outputs.kube_system_uid, alb_config=alb_config, made_for=outputs.cluster)


def _is_same_albconfig(kube: "KubeClient", outputs: ListenerClaimOutputs) -> bool:
    from alb_mtls.cluster.identity import is_same_albconfig

    _refuse_another_cluster(kube, outputs)
    return is_same_albconfig(kube, outputs.listener.alb_config, outputs.uid)


def _is_proven_otherwise(old: ListenerClaimOutputs, new: ListenerClaimInputs) -> bool:
    from alb_mtls.listeners.desired import is_proven_alike

    if is_unknown(new.proof):
        return is_unknown(new.proof.mode) or old.proof.mode != new.proof.mode
    return not is_proven_alike(old.proof, new.proof)


def _was_recreated(old: ListenerClaimOutputs, new: ListenerClaimInputs) -> bool:
    try:
        kube = process.session().kube(None if is_unknown(new.kubeconfig) else new.kubeconfig)
        recreated = not _is_same_albconfig(kube, old)
    except AnotherCluster:
        raise
    except ClusterError as error:
        show_not_compared(old.listener.label, error)
        return False
    if recreated:
        show(f"AlbConfig {old.listener.alb_config} was deleted and created again; its listener is claimed again")
    return recreated


class ListenerClaim(
    TypedResource,
    module="alb",
    name="ListenerClaim",
    provider=ListenerClaimProvider,
    inputs=ListenerClaimInputs,
    outputs=ListenerClaimOutputs,
    secret_outputs=("kubeconfig",),
):
    """A stack's claim on one listener; `token` ties the claim in the cluster to this resource."""

    token: pulumi.Output[str]
