"""The properties of a listener's resources side by side, as alb_mtls/listeners reads them."""

from typing import Any

from alb_mtls.properties import to_props
from alb_mtls.resources import ListenerClaimInputs, ListenerSwitchInputs


def flat(inputs: ListenerClaimInputs | ListenerSwitchInputs) -> dict[str, Any]:
    """Return the properties of claim or switch without nesting."""
    proof = inputs.proof
    props = {
        **to_props(inputs),
        **to_props(inputs.listener),
        "albEndpoint": inputs.alb.endpoint,
        "albRegion": inputs.alb.region,
        "proofMode": proof.mode,
        "seconds": float(proof.deadline_seconds),
        "host": proof.host,
        "path": proof.path,
        "serverCa": proof.server_ca,
        "connectTo": next(iter(proof.connect_to), None),
        "proofCertificateFile": proof.client_certificate_file,
        "proofKeyFile": proof.client_key_file,
    }
    if isinstance(inputs, ListenerSwitchInputs):
        props |= {"identifier": inputs.ca_identifier, "setIdentifier": getattr(inputs, "applied_ca_identifier", None)}
    return props
