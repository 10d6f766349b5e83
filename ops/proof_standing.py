"""Whether what the last proof has shown is what a listener is now, and how far it reaches. Pure."""

from datetime import datetime

from alb_mtls.aliyun.alb_models import STOPPED, Listener
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.cluster.field_managers import written_at
from alb_mtls.cluster.listener import Meaning, fields_of, find_listener, meaning_of
from alb_mtls.listener_resources import ListenerSwitchOutputs
from alb_mtls.listeners.desired import same_identifiers
from ops.current_listeners import CurrentListener
from ops.moments import clock, moment_of


def in_albconfig(one: CurrentListener) -> Meaning | None:
    """Return what the AlbConfig says of it; None where nobody could read that."""
    albconfig = one.snapshot.albconfig
    return None if albconfig is None else meaning_of(fields_of(find_listener(albconfig, one.key).element))


def proven_at(one: CurrentListener) -> datetime | None:
    """Return when the last proof was, if what it has shown is what the listener is now."""
    deployed, on_alb, switch, desired = one.deployed, one.snapshot.on_alb, one.deployed.switch, one.deployed.desired
    if on_alb is None or switch is None or desired is None or not deployed.proven:
        return None
    enabled, identifier = switch.was_enabled, switch.applied_ca_identifier
    if on_alb.ca_enabled != enabled or on_alb.status == STOPPED:
        return None
    if enabled and not (on_alb.hides_ca or same_identifiers(on_alb.ca_identifiers, [identifier])):
        return None
    if _was_made_again(one, on_alb, switch) or (enabled and _has_another_ca_in_cas(one)):
        return None
    stands, claim = in_albconfig(one), one.snapshot.readable_claim()
    # What Git lists on a listener that is off concerns nobody.
    any_ca = one.deployed.is_of_git and not enabled
    if stands is not None and stands != Meaning(
        enabled=enabled, identifiers=stands.identifiers if any_ca else (identifier,)
    ):
        return None
    if claim is not None and claim.attempt != switch.attempt:
        return None
    return moment_of(deployed.proven_at)


def _was_made_again(one: CurrentListener, on_alb: Listener, switch: ListenerSwitchOutputs) -> bool:
    albconfig = one.snapshot.albconfig
    return (
        on_alb.load_balancer_id != switch.load_balancer_id
        or switch.listener_id not in (None, on_alb.listener_id)
        or (albconfig is not None and albconfig["metadata"]["uid"] != one.deployed.claim.uid)
    )


def _has_another_ca_in_cas(one: CurrentListener) -> bool:
    """Say whether CAS is known to have no CA under the identifier any more, or another certificate."""
    if not one.snapshot.ca_searched:
        return False
    ca, ours = one.snapshot.ca, one.deployed.ca_certificate_pem
    return ca is None or (ours is not None and not same_certificate(ca.pem, ours))


def proof_lines(one: CurrentListener) -> tuple[str, ...]:
    """Return how far the last proof reaches, or of what it was; among the details of its standing."""
    deployed, switch = one.deployed, one.deployed.switch
    if switch is None:
        return ()
    last = moment_of(deployed.proven_at) if deployed.proven else None
    if last is None:
        mode = switch.proof.mode
        why = f"proof.mode is {mode}" if mode != "required" else switch.proof_note
        return (f"no handshakes have proven it: {why}" if why else "no handshakes have proven it",)
    if proven_at(one) is None:
        return (f"the last proof, at {clock(last)}, was of another state",)
    return (*_shown_by(switch, last), *written_since(one, last))


def _shown_by(switch: ListenerSwitchOutputs, last: datetime) -> tuple[str, ...]:
    shown = switch.proof_shown
    # When, stands in the line of a listener that is enforced; one that is open says there how it came to that.
    at = "" if switch.was_enabled else f"proven at {clock(last)}: "
    if shown is None or not shown.connections:
        return (at.removesuffix(": "),) if at else ()
    asked, known = len(shown.addresses_asked), len(shown.addresses_known)
    each = f"each of {asked} addresses" if asked > 1 else "the one address"
    of = f" of {known}" if known > asked else ""
    right = f"{at}{shown.connections:,} connections in a row to {each}{of} were answered as they must be"
    return (f"{right}: at most {shown.bound:.1%} of the machines behind answer otherwise (95%)",)


def written_since(one: CurrentListener, proven: datetime) -> tuple[str, ...]:
    """Return that somebody wrote the listeners after a proof: for a while they may have been otherwise."""
    albconfig = one.snapshot.albconfig
    written = None if albconfig is None else moment_of(written_at(albconfig))
    if written is None or written <= proven:
        return ()
    since = f"the listeners of the AlbConfig were written since, at {clock(written)}"
    return (f"{since}: `python -m ops verify` proves this one again",)
