"""Mutual authentication on one listener. Module path and class names are frozen: they stand in the state."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.cluster.errors import CrdMissing, NoSuchAlbConfig, NoSuchListener
from alb_mtls.imports import import_turn
from alb_mtls.listener_resources import STOPS_HERE, ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.properties import from_props, to_props
from alb_mtls.report_file import add_to_report
from components.providers import engine_watch, process
from components.providers.base import (
    Properties,
    Provider,
    announce,
    changed,
    is_unknown,
    refused,
    show,
    user_facing_errors,
    without_internal,
)
from components.providers.differing import DRIFT, show_differing
from components.providers.listener_looks import drift_of, if_reachable, is_as_left, stop_of
from components.providers.resource import TypedResource

_SWITCHING = ("enabled", "ca_identifier", "token", "listener", "owner", "deployment", "identity_headers", "write")
# Of the state alone: they change nothing about the listener, but refresh, destroy and ops read them there.
_KEPT = ("kubeconfig", "allowed_hosts")


class ListenerSwitchProvider(Provider):
    """Switches client authentication of a listener on or off, and finds out when somebody else did."""

    @user_facing_errors
    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Refuse a swap that would reject clients, and a client of `proof.client` that is not of the trusted CA.

        What clients hold, the inputs of the last `up` that ended say. Of a CA that this stack generated, only the state
        knows the certificate; everything else of the settings has been checked. Pulumi calls this in preview and up.
        """
        news = without_internal(news)
        step = _refused_step(_olds, news)
        if step is not None:
            return refused(news, step)
        problem = _problem_of_client(from_props(ListenerSwitchInputs, news))
        return refused(news, *([] if problem is None else [problem]))

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find changed settings and a listener that is no longer as this stack left it.

        Pulumi calls this in preview and up. How things are proven is no change of the listener; how the cluster is
        reached, and which hosts may be on it, is one of the state only.
        """
        old, new = from_props(ListenerSwitchOutputs, _olds), from_props(ListenerSwitchInputs, _news)
        if is_unknown(new.token) and not changed(old, new, ("listener",)):
            # In a preview, what is made of an update of the claim; and that keeps its token.
            new = replace(new, token=old.token, known=old.known, found=old.found)
        different = changed(old, new, _SWITCHING)
        show_differing(different or changed(old, new, _KEPT) or (DRIFT,))
        if different:
            stopped = None if changed(old, new, ("listener",)) else if_reachable(stop_of, new, old)
            if stopped is not None:
                _announce(new, stopped)
            return DiffResult(changes=True)
        found = None if is_as_left(new, old) else if_reachable(drift_of, new, old)
        if found is not None:
            _announce(new, found)
        return DiffResult(changes=found is not None or bool(changed(old, new, _KEPT)))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Claim, patch, wait, or put everything back and fail. Pulumi calls this in up."""
        inputs = from_props(ListenerSwitchInputs, props)
        listener = inputs.listener
        return CreateResult(f"{listener.alb_config}/{listener.text}", _shown(_switch(inputs)))

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Read the listener, so that a refresh agrees with what a preview finds. Pulumi calls this in refresh.

        Where Git owns the AlbConfig, diff alone finds what differs: what is awaited differs for a while, as it must.
        """
        with import_turn:
            from alb_mtls.listeners.without_program import current_state

        outputs = from_props(ListenerSwitchOutputs, props)
        state = current_state(outputs.listener, process.session().kube(outputs.kubeconfig))
        if state is None:
            return ReadResult("", {})
        if outputs.write == "none":
            return ReadResult(id_, without_internal(props))
        ca_identifier = next(iter(state.identifiers), "")
        current = replace(outputs, enabled=bool(state.ca_enabled), ca_identifier=ca_identifier)
        return ReadResult(id_, to_props(current))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Do the same as create, keeping what was there before this stack came. Pulumi calls this in up.

        When nothing changed but how the cluster is reached, or which hosts may be on the listener, that is taken over
        into the state, and the listener left alone.
        """
        old, new = from_props(ListenerSwitchOutputs, _olds), from_props(ListenerSwitchInputs, _news)
        kept_alone = changed(old, new, _KEPT) and not changed(old, new, _SWITCHING)
        if kept_alone and drift_of(new, old) is None:
            return UpdateResult(to_props(replace(old, **new.kept)))
        return UpdateResult(_shown(_switch(new, old)))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Leave the listener to the claim, which is deleted next and restores it, unless that would stop.

        Pulumi calls this in destroy and when the listener left the configuration.
        """
        with import_turn:
            from alb_mtls.listeners.leaving_git import refuse_while_named
            from alb_mtls.listeners.without_program import refuse_restore

        outputs, running = from_props(ListenerSwitchOutputs, _props), process.session()
        alb = running.alb(outputs.alb.endpoint, outputs.alb.region)
        if outputs.write == "none":
            refuse_while_named(outputs, kube=running.kube(outputs.kubeconfig), alb=alb, show=show)
            return
        # A listener or an AlbConfig that is gone has nothing that could be in the way.
        with suppress(CrdMissing, NoSuchAlbConfig, NoSuchListener):
            refuse_restore(outputs, kube=running.kube(outputs.kubeconfig), alb=alb)


def _shown(outputs: ListenerSwitchOutputs) -> Properties:
    for line in outputs.headers_shown:
        show(f"{outputs.listener.label}: header {line}")
    return to_props(outputs)


def _announce(inputs: ListenerSwitchInputs, found: str) -> None:
    """Show what a diff has found; the report names an `up` that stops by its listener too."""
    if found.startswith(STOPS_HERE):
        stop = {"listener": inputs.listener.output_key, "message": found.removeprefix(STOPS_HERE)}
        add_to_report(os.environ, stops=[stop])
    announce(*found.split("\n"))


def _refused_step(olds: Properties, news: Properties) -> str | None:
    if not olds:
        return None
    old, new = from_props(ListenerSwitchInputs, olds), from_props(ListenerSwitchInputs, news)
    if old.listener != new.listener:
        return None
    if is_unknown(new.cross_generation):
        # Made by this `up`, before any client changes, or the `up` stops there.
        listed = [one.generation for one in new.other_generations]
        new = replace(new, cross_generation=min([*listed, *filter(None, [new.generation])], default=None))
    with import_turn:
        from alb_mtls.listeners.generation_steps import refused_step

    return refused_step(old, new, datetime.now(UTC))


def _problem_of_client(inputs: ListenerSwitchInputs) -> str | None:
    known = not is_unknown((inputs.enabled, inputs.proof, inputs.ca_certificate_pem))
    path = inputs.proof.client_certificate_file if known and inputs.enabled else None
    if not path or inputs.proof.mode != "required" or inputs.ca_certificate_pem is None:
        return None
    with import_turn:
        from alb_mtls.listeners.proof_clients import refuse_others_client
        from alb_mtls.pki.encoding import load_chain
        from alb_mtls.pki.errors import PkiError

    try:
        refuse_others_client(path, load_chain(inputs.ca_certificate_pem), datetime.now(UTC))
    except PkiError as error:
        return str(error)
    return None


def _switch(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs | None = None) -> ListenerSwitchOutputs:
    running = process.session()
    if inputs.write == "none":
        with import_turn:
            from alb_mtls.listeners.follow_git import follow_git

        return follow_git(
            inputs,
            last,
            kube=running.kube(inputs.kubeconfig),
            alb=running.alb(inputs.alb.endpoint, inputs.alb.region),
            passphrase_of=running.passphrase_of,
            show=show,
        )
    with import_turn:
        from alb_mtls.listeners.switch import switch

    return switch(
        inputs,
        last,
        kube=running.kube(inputs.kubeconfig),
        alb=running.alb(inputs.alb.endpoint, inputs.alb.region),
        cas=running.cas(inputs.cas_endpoint) if inputs.cas_endpoint else None,
        to_the_end=engine_watch.to_the_end,
        engine_lives=engine_watch.engine_lives,
        passphrase_of=running.passphrase_of,
    )


class ListenerSwitch(
    TypedResource,
    module="alb",
    name="ListenerSwitch",
    provider=ListenerSwitchProvider,
    inputs=ListenerSwitchInputs,
    outputs=ListenerSwitchOutputs,
    secret_outputs=("kubeconfig",),
):
    """Client authentication of one listener, on or off.

    Attributes:
        proven: whether handshakes have shown that the listener is as desired.
        provenAt: since when, ISO 8601, or None.
        proofNote: what was not shown, and why; empty when all was.
        proofShown: how far the proof reaches, or None.
        headersShown: what was shown of identity headers, one line each; None in a state of before there were any.
        fragment: what is to be committed to Git, or None.
        awaiting: who has yet to bring it, or None.
        kubeconfig: content, when the cluster is named by id; a secret.
        attempt: of the `up` that switched it.
    """

    proven: pulumi.Output[bool]
    provenAt: pulumi.Output[str | None]  # noqa: N815 - the name of the property in the state
    proofNote: pulumi.Output[str]  # noqa: N815 - the name of the property in the state
    proofShown: pulumi.Output[dict[str, Any] | None]  # noqa: N815 - the name of the property in the state
    headersShown: pulumi.Output[list[str] | None]  # noqa: N815 - the name of the property in the state
    fragment: pulumi.Output[str | None]
    awaiting: pulumi.Output[str | None]
    kubeconfig: pulumi.Output[str | None]
    attempt: pulumi.Output[str]
