"""From many connections of one client to one sentence: why they prove nothing, and what to do about it. Pure."""

from alb_mtls.handshake.checks import Check, Expected
from alb_mtls.handshake.diagnosis import ProofContext, cause
from alb_mtls.handshake.observation import Verdict
from alb_mtls.handshake.stretch import Stretch


def not_followed(check: Check, stretch: Stretch, deadline_seconds: float) -> str:
    """Return why an address is not proven that many connections agree about, and some do not.

    Args:
        check: the last one that was answered wrongly.
        stretch: of its client.
        deadline_seconds: that the answer came after.
    """
    differs = f"{check.route.label} is not the same for all connections: of {stretch.asked} fresh ones, {stretch.wrong}"
    again = (
        f"later than {deadline_seconds:g} s after the first round; run the command again, "
        "with a longer proof.deadlineSeconds if it fails again; if that fails too, report it to the cloud"
    )
    if check.expected is Expected.ACCEPTED and check.result.verdict is Verdict.REJECTED_BY_RESET:
        return (
            f"{differs} were cut or rejected; the last client {check.client} must be {check.expected}, but "
            f"{check.result.reason or 'it was cut'}: machines of the ALB reject it by that, or the network between "
            f"this machine and the ALB cuts connections, {again}"
        )
    was = f"requested no certificate, {check.result.summary}" if check.result.requests_none else check.result.summary
    return (
        f"{differs} met machines of the ALB that have not followed; the last client {check.client} must be "
        f"{check.expected}, but was: {was}, {again}"
    )


def not_known(check: Check, stretch: Stretch, context: ProofContext) -> str:
    """Return why nobody can tell what an address does.

    Args:
        check: the last one that showed nothing.
        stretch: of its client.
        context: what is known beside the handshakes.
    """
    what = (
        f"could not tell what {check.route.label} does: of {stretch.asked} connections, {stretch.unanswered} showed "
        "nothing, which is more than a fifth of the last ones"
    )
    # What got through to HTTP tells its cause; whatever else rejects or loses connections need not be the listener.
    if check.result.accepted:
        return f"{what}; {cause([check], context)}"
    return (
        f"{what}; the last client {check.client} met: {check.result.summary}; check the network between this machine "
        "and the ALB, and whether a WAF or an access control list blocks this machine; then run the command again"
    )
