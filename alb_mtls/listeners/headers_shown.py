"""What an `up` has shown of identity headers, for people. Pure."""

from collections.abc import Mapping

from alb_mtls.listener_resources import ListenerSwitchInputs
from alb_mtls.listeners.proof_run import ProofPlan


def headers_shown(inputs: ListenerSwitchInputs, plan: ProofPlan | None, echoed: Mapping[str, str]) -> tuple[str, ...]:
    """Return a line for each identity header that the ALB API shows as configured.

    Args:
        inputs: of the switch.
        plan: how it was proven; None without handshakes.
        echoed: in which form the backend got the value of each, by attribute of `IdentityHeaders`.
    """
    names = {} if inputs.identity_headers is None else inputs.identity_headers.names
    why = _why_not_echoed(inputs, plan)
    return tuple(
        f"{name}: shown by the ALB API; "
        + (
            f"the backend gets that of the client's certificate and no forged one ({echoed[attribute]})"
            if attribute in echoed
            else f"what the backend gets was not tried: {why}"
        )
        for attribute, name in names.items()
    )


def _why_not_echoed(inputs: ListenerSwitchInputs, plan: ProofPlan | None) -> str:
    if plan is None:
        return "proof.mode is not required"
    if not inputs.proof.echo_path:
        return "proof.echoPath names no path that echoes headers"
    if not inputs.enabled:
        return "no client certificate is requested"
    return "there is no client certificate to try; give one with proof.client"
