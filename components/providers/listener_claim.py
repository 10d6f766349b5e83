"""The claim of this stack on a listener. Module path and class names are frozen: they stand in the state.

Creating it writes nothing: it only reserves the token and keeps what was found, so that both are in the state before
the first write to the AlbConfig. The switch writes the annotation. A killed switch therefore always leaves a claim
whose delete finds its annotation and restores the listener
(docs/decisions/2026-11-23-the-switch-writes-the-claim.md).
"""

import os
import secrets
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.cluster.errors import AnotherCluster, ClusterError, NoSuchAlbConfig
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.imports import import_turn
from alb_mtls.listener_resources import ListenerClaimInputs, ListenerClaimOutputs
from alb_mtls.properties import from_props, to_props
from alb_mtls.report_file import add_to_report
from components.providers import process
from components.providers.base import (
    Properties,
    Provider,
    announce,
    changed,
    is_unknown,
    show,
    show_not_compared,
    user_facing_errors,
    without_internal,
)
from components.providers.differing import DRIFT, show_differing
from components.providers.resource import TypedResource

if TYPE_CHECKING:
    from alb_mtls.cluster.kube_client import KubeClient

_KEPT_UP_TO_DATE = (
    "owner",
    "deployment",
    "kubeconfig",
    "alb",
    "cas_endpoint",
    "ca_identifiers",
    "made_here",
    "identity_headers",
    "write",
)


class ListenerClaimProvider(Provider):
    """Holds a listener for this stack; its delete gives the listener back as it was."""

    @user_facing_errors
    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Take the inputs as they are: the settings have been checked. Pulumi calls this in preview and up."""
        return CheckResult(without_internal(news), [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find what a restore would go by, and another object under the same name.

        Pulumi calls this in preview and up. Without access to the cluster nothing is found, and a line reports that.
        Nothing but another listener is a replacement, whose end would give the listener back in between.
        """
        old, new = from_props(ListenerClaimOutputs, _olds), from_props(ListenerClaimInputs, _news)
        moved = changed(old, new, ("listener",))
        if moved:
            return DiffResult(changes=True, replaces=moved)
        different = changed(old, new, _KEPT_UP_TO_DATE)
        if not set(new.ca_identifiers) <= set(old.known):
            different.append("caIdentifiers")
        if _is_proven_otherwise(old, new):
            different.append("proof")
        show_differing(dict.fromkeys(different) or (DRIFT,))
        return DiffResult(changes=bool(different) or (not _is_found_alike(old, new) and _is_found_otherwise(old, new)))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Record which cluster and AlbConfig are meant and what was found, and reserve a token.

        Pulumi calls this in up. A listener that this deployment holds under another token is refused, for whatever
        holds that token would be deleted next; unless takeOver names this deployment.
        """
        with import_turn:
            from alb_mtls.listeners.first_look import moved_from
            from alb_mtls.listeners.standing_claim import take_standing_claim

        inputs = from_props(ListenerClaimInputs, props)
        kube, token = process.session().kube(inputs.kubeconfig), secrets.token_hex(16)
        albconfig = take_standing_claim(kube, inputs, token=token, attempt=secrets.token_hex(8))
        # Where Git owns the AlbConfig, a destroy gives nothing back.
        others = [] if inputs.write == "none" else moved_from(albconfig, inputs, albconfigs=kube.albconfigs, show=show)
        outputs = ListenerClaimOutputs(
            **vars(inputs),
            token=token,
            kube_system_uid=kube.kube_system_uid(),
            cluster=kube.where(),
            **_look(albconfig, inputs, token=token, others=others),
        )
        return CreateResult(outputs.token, to_props(outputs))

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Say whether there is an AlbConfig. Pulumi calls this in refresh.

        One that was made anew is found by diff: what the state knows of the old one may be all that is known of it.
        """
        outputs = from_props(ListenerClaimOutputs, props)
        kube = process.session().kube(outputs.kubeconfig)
        _refuse_another_cluster(kube, outputs)
        try:
            kube.albconfig(outputs.listener.alb_config)
        except NoSuchAlbConfig:
            return ReadResult("", {})
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over how cluster and cloud are reached, and what a restore goes by, from now on.

        Pulumi calls this in up.
        """
        old, new = from_props(ListenerClaimOutputs, _olds), from_props(ListenerClaimInputs, _news)
        kube = process.session().kube(new.kubeconfig)
        _refuse_another_cluster(kube, old)
        look = _look(kube.albconfig(new.listener.alb_config), new, token=old.token, old=old)
        outputs = ListenerClaimOutputs(
            **vars(new), token=old.token, kube_system_uid=old.kube_system_uid, cluster=old.cluster, **look
        )
        return UpdateResult(to_props(outputs))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Restore the listener and release the claim, if the claim in the cluster carries this token.

        Pulumi calls this in destroy, when the listener left the configuration, and after a replacement, whose new
        claim has taken the annotation over by then. Where Git owns the AlbConfig nothing is restored: a listener that
        names the CA must be changed by commits first.
        """
        with import_turn:
            from alb_mtls.listeners.leaving_git import refuse_while_named, release_what_is_left
            from alb_mtls.listeners.restore import restore

        outputs = from_props(ListenerClaimOutputs, _props)
        running = process.session()
        kube, alb = running.kube(outputs.kubeconfig), running.alb(outputs.alb.endpoint, outputs.alb.region)
        _refuse_another_cluster(kube, outputs)
        if outputs.write == "none":
            refuse_while_named(outputs, kube=kube, alb=alb, show=show)
            release_what_is_left(outputs, kube=kube)
            return
        restore(
            outputs,
            kube=kube,
            alb=alb,
            cas=running.cas(outputs.cas_endpoint) if outputs.cas_endpoint else None,
            show=partial(_show_of_delete, outputs.listener),
        )


def _show_of_delete(listener: ListenerKey, sentence: str) -> None:
    if process.has_program():
        add_to_report(os.environ, givenBack=[{"listener": listener.output_key, "message": sentence}])
    show(sentence)


def _refuse_another_cluster(kube: "KubeClient", outputs: ListenerClaimOutputs) -> None:
    with import_turn:
        from alb_mtls.cluster.identity import refuse_another_cluster

    alb_config = outputs.listener.alb_config
    refuse_another_cluster(kube, outputs.kube_system_uid, alb_config=alb_config, made_for=outputs.cluster)


def _look(
    albconfig: dict[str, Any],
    inputs: ListenerClaimInputs,
    *,
    token: str,
    old: ListenerClaimOutputs | None = None,
    others: Iterable[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Return what a look at the listener adds to the outputs."""
    with import_turn:
        from alb_mtls.listeners.first_look import found_on

    known = tuple(dict.fromkeys((*(old.known if old else ()), *inputs.ca_identifiers)))
    before, headers = (old.found, old.identity_headers) if old else (None, None)
    found = found_on(
        albconfig, inputs, token=token, known=known, found=before, found_headers=headers, albconfigs=others
    )
    return {"uid": albconfig["metadata"]["uid"], "found": found, "known": known}


def _is_proven_otherwise(old: ListenerClaimOutputs, new: ListenerClaimInputs) -> bool:
    with import_turn:
        from alb_mtls.listeners.desired import is_proven_alike

    if is_unknown(new.proof):
        return is_unknown(new.proof.mode) or old.proof.mode != new.proof.mode
    return not is_proven_alike(old.proof, new.proof)


def _is_found_alike(old: ListenerClaimOutputs, new: ListenerClaimInputs) -> bool:
    """Say whether the program has found the listener as the state has it; if not, what differs is looked for here."""
    look = process.look()
    albconfig = None if look is None else look.albconfigs.get(old.listener.alb_config)
    if look is None or albconfig is None or look.kube_system_uid != old.kube_system_uid:
        return False
    try:
        found = _look(albconfig, new, token=old.token, old=old)
    except ClusterError:
        return False
    return bool(found["uid"] == old.uid and found["found"] == old.found)


def _is_found_otherwise(old: ListenerClaimOutputs, new: ListenerClaimInputs) -> bool:
    try:
        kube = process.session().kube(None if is_unknown(new.kubeconfig) else new.kubeconfig)
        _refuse_another_cluster(kube, old)
        look = _look(kube.albconfig(old.listener.alb_config), new, token=old.token, old=old)
    except AnotherCluster:
        raise
    except ClusterError as error:
        show_not_compared(old.listener.label, error)
        return False
    if look["uid"] != old.uid:
        announce(f"AlbConfig {old.listener.alb_config} was deleted and created again; its listener is claimed again")
    return bool(look["uid"] != old.uid or look["found"] != old.found)


class ListenerClaim(
    TypedResource,
    module="alb",
    name="ListenerClaim",
    provider=ListenerClaimProvider,
    inputs=ListenerClaimInputs,
    outputs=ListenerClaimOutputs,
    secret_outputs=("kubeconfig",),
):
    """A stack's claim on one listener.

    Attributes:
        token: ties the claim in the cluster to this resource.
        found: what the listener was before.
        known: identifiers of every CA that this stack has bound there.
    """

    token: pulumi.Output[str]
    found: pulumi.Output[str | None]
    known: pulumi.Output[list[str]]
