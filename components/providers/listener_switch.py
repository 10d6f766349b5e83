"""Mutual authentication on one listener. Module path and class names are frozen: they stand in the state."""

import json
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult
from pulumi.output import Unknown

from alb_mtls import session
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.redaction import redact
from components.providers.base import (
    Properties,
    Provider,
    changed,
    listener_of,
    merged_outputs,
    user_facing_errors,
    without_internal,
)

_SWITCHING = ("enabled", "identifier", "token", "albConfig", "port", "protocol")
# `setIdentifier` is what this stack has put there, since a refresh writes into `identifier` what is there.
_COMPUTED = (
    "uid",
    "loadBalancerId",
    "attempt",
    "previous",
    "setIdentifier",
    "listenerId",
    "proven",
    "provenAt",
    "proofNote",
)


class ListenerSwitchProvider(Provider):
    """Switches client authentication of a listener on or off, and finds out when somebody else did."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Take the inputs as they are: the settings have been checked. Pulumi calls this in preview and up."""
        return CheckResult(without_internal(news), [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find changed settings and a listener that is no longer as this stack left it.

        Pulumi calls this in preview and up. How things are proven is no change of the listener; how the cluster is
        reached is one of the state only.
        """
        news = _news
        if isinstance(news.get("token"), Unknown) and not changed(_olds, _news, ("owner", "albConfig")):
            # In a preview, what is made of an update of the claim; and that keeps its token.
            news = {**news, "token": _olds["token"]}
        if changed(_olds, news, _SWITCHING):
            return DiffResult(changes=True)
        drift = _drift(news, _olds.get("attempt"))
        if drift is not None:
            print(drift, flush=True)  # noqa: T201 - what a provider prints, Pulumi shows beside the resource
        return DiffResult(changes=drift is not None or bool(changed(_olds, news, ("kubeconfig",))))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Claim, patch, wait, or put everything back and fail. Pulumi calls this in up."""
        return CreateResult(f"{props['albConfig']}/{int(props['port'])}/{props['protocol']}", _switch(props))

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Read the live listener, so that a refresh agrees with what a preview sees. Pulumi calls this in refresh."""
        from alb_mtls.listeners.drift import live_inputs

        live = live_inputs(props)
        return ReadResult("", {}) if live is None else ReadResult(id_, without_internal(props) | live)

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Do the same as create, keeping what was there before this stack came. Pulumi calls this in up.

        When nothing changed but how the cluster is reached, that is taken over for refresh and destroy, and the
        listener left alone.
        """
        from alb_mtls.listeners.drift import difference

        reached_otherwise = changed(_olds, _news, ("kubeconfig",)) and not changed(_olds, _news, _SWITCHING)
        if reached_otherwise and difference(_news, _olds.get("attempt")) is None:
            return UpdateResult(merged_outputs(_olds, _without_key(_news), _COMPUTED))
        switched = _switch(_news, previous=_previous(_olds), uid=_olds.get("uid"))
        note = _left_out(_olds, _news) if switched["proven"] else ""
        return UpdateResult(switched | {"proofNote": "; ".join(filter(None, (switched["proofNote"], note)))})

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Leave the listener to the claim, which is deleted next and restores it; stop when there is none.

        Pulumi calls this in destroy and when the listener left the configuration. The claim knows only its token; that
        a listener without any claim is still as this stack set it, only what is kept here can tell.
        """
        from alb_mtls.listeners.drift import refuse_without_claim

        refuse_without_claim(_props, _previous(_props))


def _switch(props: Properties, *, previous: dict[str, Any] | None = None, uid: str | None = None) -> Properties:
    from alb_mtls.listeners.desired import DesiredListener
    from alb_mtls.listeners.proof_run import proof_outputs, proof_run
    from alb_mtls.listeners.switch import switch

    running = session.session()
    switched = switch(
        DesiredListener(
            listener=listener_of(props),
            owner=props["owner"],
            token=props["token"],
            enabled=bool(props["enabled"]),
            identifier=props["identifier"],
            take_over=bool(props["takeOver"]),
            previous=previous,
            uid=uid,
            seconds=float(props["seconds"]),
        ),
        running.kube(props.get("kubeconfig")),
        running.alb(props.get("albEndpoint"), props.get("albRegion") or ""),
        ask_alb=props["proofMode"] != "off",
        proving=proof_run(props),
    )
    return _without_key(without_internal(props)) | {
        "uid": switched.uid,
        "loadBalancerId": switched.load_balancer_id,
        "attempt": switched.attempt,
        # As text: Pulumi drops a key whose value is null, and null is not the same as absent here.
        "previous": json.dumps(switched.previous, sort_keys=True),
        "setIdentifier": props["identifier"],
        **proof_outputs(switched.proof),
        "listenerId": None if switched.listener is None else switched.listener.listener_id,
    }


def _left_out(olds: Properties, news: Properties) -> str:
    """Return what no proof can show after one CA of this stack has taken the place of another; mostly nothing.

    The key that could sign a client of the CA before is kept nowhere near (`_without_key`).
    """
    from alb_mtls.aliyun.alb_models import same_identifier

    before = olds.get("setIdentifier")
    replaced = before and olds.get("enabled") and news["enabled"] and not same_identifier(before, news["identifier"])
    if not replaced:
        return ""
    return f"that clients of CA {before}, which was bound before, are refused was not shown: its key is not at hand"


def _without_key(props: Properties) -> Properties:
    """Return the properties without the CA's key, an input only: a second copy in the outputs serves nobody."""
    return {name: value for name, value in props.items() if name != "caPrivateKeyPem"}


def _previous(olds: Properties) -> dict[str, Any] | None:
    text = olds.get("previous")
    return json.loads(text) if isinstance(text, str) else None


def _drift(props: Properties, attempt: str | None) -> str | None:
    """Return what is no longer as this stack left it; None when all is, or when nobody answered.

    Args:
        props: what is wanted.
        attempt: that set the listener, as the state knows it; None in the state of an older version.
    """
    if any(isinstance(props.get(key), Unknown) for key in ("kubeconfig", "albRegion")):
        return None
    from alb_mtls.listeners.drift import difference

    try:
        return difference(props, attempt)
    except (ClusterError, CloudError) as error:
        print(f"{listener_of(props).label} was not asked for changes: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
        return None


class ListenerSwitch(Resource, module="alb", name="ListenerSwitch"):
    """Client authentication of one listener, on or off.

    Attributes:
        proven: whether handshakes have shown that the listener does what was asked.
        provenAt: since when, ISO 8601, or None.
        proofNote: what was not shown, and why; empty when all was.
    """

    proven: pulumi.Output[bool]
    provenAt: pulumi.Output[str | None]  # noqa: N815 - the name of the property in the state
    proofNote: pulumi.Output[str]  # noqa: N815 - the name of the property in the state

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the switch.

        Args:
            name: `<albConfig>-<port>-<protocol>-switch`.
            props: albConfig, port, protocol, owner, token (of the claim), enabled, identifier, takeOver, kubeconfig (a
                secret, or None), albEndpoint, albRegion; of the proof: proofMode, seconds, host, path, serverCa,
                connectTo, caCertificatePem, caPrivateKeyPem (a secret) or caKeyFile, proofCertificateFile,
                proofKeyFile.
            opts: Pulumi's resource options.
        """
        secret = pulumi.ResourceOptions(additional_secret_outputs=["kubeconfig"])
        super().__init__(
            ListenerSwitchProvider(),
            name,
            {**dict.fromkeys(_COMPUTED), **props},
            pulumi.ResourceOptions.merge(opts, secret),
        )
