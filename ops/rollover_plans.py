"""The plans for the root CAs of a stack that listeners trust and that end before long. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from alb_mtls.certificate_resources import RootCertificateOutputs
from alb_mtls.cluster.findings import Finding, FindingCode, ending
from alb_mtls.listener_resources import ListenerSwitchInputs
from alb_mtls.pki.ca_chain import end_of
from alb_mtls.pki.encoding import load_certificate, load_chain
from alb_mtls.pki.rollover_plan import ClientLife, RolloverPlan, rollover_plan
from ops.state import StackState
from ops.state_records import ClientRecord


def plans_of(state: StackState, now: datetime) -> Iterator[RolloverPlan]:
    """Yield a plan for each generated or imported root CA that a listener trusts with a third of its life left.

    Raises:
        PkiError: a certificate in the state cannot be read.
    """
    desired = [one.desired for one in state.listeners if one.desired is not None]
    newest = max((one.generation for one in state.root_cas), default=0)
    clients = [_life(one) for one in state.clients]
    for root in state.root_cas:
        trusting = [one for one in desired if _trusts(one, root)]
        if trusting:
            chain = load_chain(root.certificate_pem)
            plan = rollover_plan(
                generation=root.generation,
                begin=chain[0].not_valid_before_utc,
                end=end_of(chain),
                newest=newest,
                clients=clients,
                now=now,
                can_sign=any(one.ca_private_key_pem or one.ca_key_file for one in trusting),
            )
            if plan is not None:
                yield plan


def late_steps(plans: Iterable[RolloverPlan], now: datetime) -> Iterator[Finding]:
    """Yield a finding for each plan whose next step should have been done."""
    for plan in plans:
        step = plan.next_step
        if step.is_late(now):
            yield Finding(
                code=FindingCode.CA_EXPIRING,
                subject=f"rollover of root CA generation {plan.generation}",
                evidence=f"it {ending(plan.end, now)}, and its next step was due by {step.by:%Y-%m-%d %H:%M} UTC",
                remedy=step.what,
            )


def plan_to_json(plan: RolloverPlan) -> dict[str, Any]:
    """Return a plan for scripts."""
    return {
        "generation": plan.generation,
        "notAfter": plan.end.isoformat(),
        "steps": [{"what": one.what, "by": one.by.isoformat(), "done": one.done} for one in plan.steps],
    }


def _trusts(desired: ListenerSwitchInputs, root: RootCertificateOutputs) -> bool:
    if desired.generation is not None:
        return desired.generation == root.generation
    return desired.ca_certificate_pem == root.certificate_pem


def _life(client: ClientRecord) -> ClientLife:
    certificate = load_certificate(client.certificate_pem)
    end, begin = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    life = client.validity or end - begin
    if client.renewal is None:
        # Whoever brings certificates renews them by hand, and we do not know when.
        return ClientLife(life=life, window=life / 3)
    return ClientLife(life=life, window=end - client.renewal.window_begin)
