"""What stands on a listener whose AlbConfig Git owns (`write: none`), where nothing is ever set back from here.

It is one of three: as it is to be; not yet, and then Git is awaited; or no longer as an earlier `up` has found it
(docs/reference/state-and-claim.md, An AlbConfig that Git owns).
"""

from dataclasses import replace

from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.field_managers import last_writer
from alb_mtls.cluster.identity_headers import headers_in, same_keys
from alb_mtls.cluster.listener import AlbConfig, Meaning, meaning_of
from alb_mtls.listener_resources import STOPS_HERE, ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners.desired import alb_follows, is_among
from alb_mtls.listeners.drift import OnAlb
from alb_mtls.listeners.fragment import fragment
from alb_mtls.listeners.header_keys import NONE
from alb_mtls.listeners.refusal import stopped_up
from alb_mtls.listeners.situation import Holder, Situation, situation_at
from alb_mtls.listeners.verdict import Verdict
from alb_mtls.listing import listing


def is_as(
    there: Situation, inputs: ListenerSwitchInputs, *, enabled: bool | None = None, ca_identifier: str | None = None
) -> bool:
    """Say whether the AlbConfig has what it is to have.

    A listener that is off may list whatever it likes: the ALB asks nobody then.

    Args:
        there: what stands.
        inputs: what the listener should become.
        enabled: in the place of what the inputs say; with `ca_identifier`, and then without any header.
        ca_identifier: likewise.
    """
    stands = meaning_of(there.fields)
    if enabled is None or ca_identifier is None:
        goal = (inputs.identity_headers or NONE).fields
        if not same_keys(goal, there.headers, headers_in(goal)):
            return False
        enabled, ca_identifier = inputs.enabled, inputs.ca_identifier
    if not enabled:
        return not stands.enabled and not stands.malformed
    return stands == Meaning(enabled=True, identifiers=(ca_identifier,))


def is_taken_away(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs | None, there: Situation) -> bool:
    """Say of a listener that is not as it is to be whether it is no longer as an earlier `up` has found it, either.

    Args:
        inputs: what the listener should become.
        last: what the last `up` made of it; of a listener that it has patched, Git has never had anything.
        there: what stands.
    """
    if last is None or last.write != "none" or not last.applied_ca_identifier:
        return False
    goal = (inputs.enabled, inputs.ca_identifier, inputs.identity_headers)
    if last.awaiting is None and goal == (last.was_enabled, last.applied_ca_identifier, last.identity_headers):
        return True
    return not is_as(there, inputs, enabled=last.was_enabled, ca_identifier=last.applied_ca_identifier)


def fragment_of(inputs: ListenerSwitchInputs, albconfig: AlbConfig) -> str:
    """Return what is to be committed for a listener to become as it should."""
    return fragment(
        albconfig,
        inputs.listener,
        identifier=inputs.ca_identifier,
        enabled=inputs.enabled,
        headers=inputs.identity_headers,
    )


def stopped_by_others(there: Situation, albconfig: AlbConfig, inputs: ListenerSwitchInputs) -> ClusterError | None:
    """Return who holds the listener, so that it is not this stack's to prove; None mostly."""
    verdict = {Holder.ANOTHER_DEPLOYMENT: Verdict.CLAIMED, Holder.ANOTHER_CLAIM: Verdict.HELD_BY_OWN}.get(there.holder)
    if there.hold is not None:
        verdict = Verdict.HELD
    return None if verdict is None else stopped_up(verdict, there, albconfig, inputs.listener, owner=inputs.owner)


def waits_for(inputs: ListenerSwitchInputs, there: Situation) -> str:
    """Return what is awaited, as the end of a sentence about a listener that is not proven; and whom that rejects.

    Args:
        inputs: what the listener should become.
        there: what stands.
    """
    what = f"caEnabled: true with CA {inputs.ca_identifier}" if inputs.enabled else "caEnabled: false"
    if inputs.identity_headers is not None:
        what += " and the identity headers"
    return (
        f"Git is awaited: AlbConfig {inputs.listener.alb_config} does not have {what} yet. Commit `fragment` of the "
        f"stack's output `listeners` (python -m ops fragment prints it), and run `pulumi up` again once it is synced"
        f"{_rejected_by(inputs, there)}"
    )


def _rejected_by(inputs: ListenerSwitchInputs, there: Situation) -> str:
    """Return whose CA the commit replaces; the review of it is what `takeOver` is elsewhere."""
    stands = meaning_of(there.fields)
    generations = (one.ca_identifier for one in inputs.other_generations)
    ours = [inputs.ca_identifier, *inputs.known, *(one for one in generations if one is not None)]
    others = [one for one in stands.identifiers if not is_among(one, ours)]
    if not (inputs.enabled and stands.enabled and others):
        return ""
    return (
        f". It checks clients with CA {listing(others)} now, which this stack never bound: that commit rejects its "
        "clients, so agree on it with whoever bound that CA"
    )


def taken_away(inputs: ListenerSwitchInputs, albconfig: AlbConfig, there: Situation) -> str:
    """Return the sentence about a listener that is no longer as Git had it."""
    listener, stands = inputs.listener, meaning_of(there.fields)
    effect = (
        "clients without a certificate are accepted"
        if inputs.enabled and not stands.enabled
        else "it is not what this stack proved"
    )
    return (
        f"{listener.label} is no longer as an earlier `pulumi up` found it: {stands}, last written by "
        f"{last_writer(albconfig)}; {effect}. Git owns the AlbConfig (write: none), so nothing was set back: commit "
        f"the fragment again (python -m ops fragment prints it), and run `pulumi up` once it is synced; or change the "
        "configuration, if this is intended (enabled: false)"
    )


def drift(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs, albconfig: AlbConfig, on_alb: OnAlb) -> str | None:
    """Return what an `up` has to look at, as a line or a few; None when Git is awaited still, or all is as it was.

    Args:
        inputs: what the listener should be.
        last: what the last `up` made of it.
        albconfig: as it was read.
        on_alb: returns the listener as the ALB API shows it; called unless `proof.mode` is `off`.

    Raises:
        ClusterError, CloudError: nobody answered.
    """
    label = inputs.listener.label
    there = situation_at(inputs, last, albconfig)[1]
    stopped = stopped_by_others(replace(there, hold=None), albconfig, inputs)
    if stopped is not None:
        return f"{STOPS_HERE}{stopped}"
    if there.holder is Holder.THIS_CLAIM:
        return f"{label} has a claim of this stack still, although Git owns it (write: none); an up removes the claim"
    if not is_as(there, inputs):
        if is_taken_away(inputs, last, there):
            return f"{STOPS_HERE}{taken_away(inputs, albconfig, there)}"
        if fragment_of(inputs, albconfig) != last.fragment:
            return f"{label} has changed, so what is to be committed to Git is another text; an up prints it"
        return None
    if last.awaiting is not None:
        return f"Git has brought what was awaited for {label}; an up proves it"
    if inputs.proof.mode == "off":
        return None
    shown = on_alb()
    follows = shown is not None and alb_follows(
        shown, enabled=inputs.enabled, ca_identifiers=[inputs.ca_identifier], handshakes_follow=True
    )
    return None if follows else f"{label} is as it must be in the AlbConfig, but not on the ALB; an up waits for it"


def stop_of(last: ListenerSwitchOutputs, albconfig: AlbConfig) -> str | None:
    """Return what an `up` that changes what a listener is to be would stop at; None when it would not.

    Args:
        last: what the last `up` made of it.
        albconfig: as it was read.

    Raises:
        ClusterError: the listener is not there, or its claim cannot be read.
    """
    there = replace(situation_at(last, last, albconfig)[1], hold=None)
    stopped = stopped_by_others(there, albconfig, last)
    return None if stopped is None else f"{STOPS_HERE}{stopped}"
