"""Mutual authentication on one listener. Module path and class names are frozen: they stand in the state."""

import json
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult
from pulumi.output import Unknown

from components.aliyun.alb import same_identifier
from components.aliyun.errors import CloudError
from components.cluster.claim import read_claim
from components.cluster.errors import ClusterError, NoSuchAlbConfig
from components.cluster.listener import find_listener, state_of
from components.providers import session
from components.providers.base import Properties, Provider, changed, in_sentences, own
from components.providers.proving import proof_outputs, proving
from components.providers.switching import switch
from components.providers.wanted import Wanted, is_as_wanted, load_balancer_id
from components.redaction import redact

_SWITCHING = ("enabled", "identifier", "token", "albConfig", "port", "protocol")


class ListenerSwitchProvider(Provider):
    """Switches client authentication of a listener on or off, and finds out when somebody else did."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Take the inputs as they are: the settings have been checked. Pulumi calls this in preview and up."""
        return CheckResult(own(news), [])

    @in_sentences
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find changed settings and a listener that is no longer as this stack left it.

        Pulumi calls this in preview and up. How things are proven and reached is no change of the listener.
        """
        if changed(_olds, _news, _SWITCHING):
            return DiffResult(changes=True)
        drift = _drift(_news, _olds.get("attempt"))
        if drift is not None:
            print(drift, flush=True)  # noqa: T201 - what a provider prints, Pulumi shows beside the resource
        return DiffResult(changes=drift is not None)

    @in_sentences
    def create(self, props: Properties) -> CreateResult:
        """Claim, patch, wait, or put everything back and fail. Pulumi calls this in up."""
        return CreateResult(f"{props['albConfig']}/{int(props['port'])}/{props['protocol']}", _switch(props, None))

    @in_sentences
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Read the live listener, so that a refresh agrees with what a preview sees. Pulumi calls this in refresh."""
        kube = session.session().kube(props.get("kubeconfig"))
        try:
            albconfig = kube.albconfig(props["albConfig"])
        except NoSuchAlbConfig:
            return ReadResult("", {})
        state = state_of(find_listener(albconfig, port=int(props["port"]), protocol=props["protocol"]).element)
        live = {
            "enabled": bool(state.ca_enabled),
            "identifier": state.identifiers[0] if state.identifiers else "",
        }
        return ReadResult(id_, own(props) | live)

    @in_sentences
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Do the same as create, keeping what was there before this stack came. Pulumi calls this in up."""
        return UpdateResult(_switch(_news, _previous(_olds)))

    def delete(self, _id: str, _props: Properties) -> None:
        """Do nothing: the claim, deleted next, restores the listener.

        Pulumi calls this in destroy and when the listener left the configuration.
        """


def _switch(props: Properties, previous: dict[str, Any] | None) -> Properties:
    running = session.session()
    switched = switch(
        Wanted(
            alb_config=props["albConfig"],
            port=int(props["port"]),
            protocol=props["protocol"],
            owner=props["owner"],
            token=props["token"],
            enabled=bool(props["enabled"]),
            identifier=props["identifier"],
            take_over=bool(props["takeOver"]),
            previous=previous,
            seconds=float(props["seconds"]),
        ),
        running.kube(props.get("kubeconfig")),
        running.alb(props.get("albEndpoint"), props.get("albRegion") or ""),
        ask_alb=props["proofMode"] != "off",
        proving=proving(props),
    )
    # The CA's key is an input only: a second copy in the outputs serves nobody.
    kept = {name: value for name, value in own(props).items() if name != "caPrivateKeyPem"}
    return kept | {
        "uid": switched.uid,
        "loadBalancerId": switched.load_balancer_id,
        "attempt": switched.attempt,
        # As text: Pulumi drops a key whose value is null, and null is not the same as absent here.
        "previous": json.dumps(switched.previous, sort_keys=True),
        **proof_outputs(switched.proof),
        "listenerId": None if switched.listener is None else switched.listener.listener_id,
    }


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
    running = session.session()
    port, protocol, name = int(props["port"]), props["protocol"], props["albConfig"]
    label = f"listener {port}/{protocol} of AlbConfig {name}"
    enabled, identifier = bool(props["enabled"]), props["identifier"]
    try:
        albconfig = running.kube(props.get("kubeconfig")).albconfig(name)
        state = state_of(find_listener(albconfig, port=port, protocol=protocol).element)
        if bool(state.ca_enabled) != enabled:
            return f"{label} was changed by hand: caEnabled is {state.ca_enabled}, wanted is {enabled}"
        if len(state.identifiers) != 1 or not same_identifier(state.identifiers[0], identifier):
            held = ", ".join(state.identifiers) or "no CA"
            return f"{label} was changed by hand: caCertificates holds {held}, wanted is {identifier}"
        claim = read_claim(albconfig, port=port, protocol=protocol)
        if claim is None or claim.token != props["token"]:
            return f"{label} lost the claim of this stack (annotation); it is written again"
        if attempt is not None and claim.attempt != attempt:
            # Its process may still be about to write: only an attempt of our own ends that.
            return f"a run began to change {label} and did not end as planned; it is set again"
        if props["proofMode"] == "off":
            return None
        alb = running.alb(props.get("albEndpoint"), props.get("albRegion") or "")
        live = alb.listener(load_balancer_id(albconfig), port=port, protocol=protocol)
    except (ClusterError, CloudError) as error:
        print(f"{label} was not asked for changes: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
        return None
    if live is None or not is_as_wanted(live, enabled=enabled, identifier=identifier):
        return f"{label} is as wanted in the AlbConfig, but not on the ALB"
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
        outputs = dict.fromkeys(
            ("uid", "loadBalancerId", "attempt", "previous", "listenerId", "proven", "provenAt", "proofNote")
        )
        super().__init__(ListenerSwitchProvider(), name, {**outputs, **props}, opts)
