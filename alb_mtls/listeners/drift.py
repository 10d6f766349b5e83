"""The listener as it is, beside what the state says of it; what a preview looks at. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from alb_mtls.aliyun.alb_models import STOPPED, Listener
from alb_mtls.cluster.claim import copied_claim
from alb_mtls.cluster.controller_events import how_made_again
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.field_managers import last_writer
from alb_mtls.cluster.identity_headers import HeaderFields
from alb_mtls.cluster.listener import (
    AlbConfig,
    Fields,
    Meaning,
    meaning_of,
    switch_text,
)
from alb_mtls.listener_resources import STOPS_HERE, ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners import header_keys
from alb_mtls.listeners.desired import alb_follows
from alb_mtls.listeners.refusal import edited_headers, stopped_up
from alb_mtls.listeners.situation import Holder, Situation, Standing, situation_at
from alb_mtls.listeners.verdict import on_up

OnAlb = Callable[[], Listener | None]
"""Reads the listener from the ALB API; None when the ALB has none."""

_AGAIN = "an up sets it again"
_UNKNOWN_RUN = (
    "a run of this stack that its state does not know (it did not end as planned, the state is an older one, or a copy "
    "of the state is used elsewhere)"
)


def drift(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs, albconfig: AlbConfig, on_alb: OnAlb) -> str | None:
    """Return what is no longer as this stack left it, None when all is; also what an `up` would stop at.

    Args:
        inputs: what the listener should be.
        last: what the last `up` made of it.
        albconfig: as it was read.
        on_alb: returns the listener as the ALB API shows it; called unless `proof.mode` is `off`.

    Raises:
        ClusterError, CloudError: nobody answered.
    """
    listener, label = inputs.listener, inputs.listener.label
    there = situation_at(inputs, last, albconfig)[1]
    stopped = _stop(inputs, last, albconfig, there)
    if stopped is not None:
        return stopped
    changed = _unit_changed(inputs, last, albconfig, there) or _headers_changed(inputs, albconfig, there)
    if changed is not None:
        return changed
    if copied_claim(albconfig, listener) is not None:
        return f"the claim on {label} came with a copy of another AlbConfig and does not count; it is written again"
    if there.holder is not Holder.THIS_CLAIM or there.claim is None:
        return f"{label} lost the claim of this stack (annotation); it is written again"
    if there.claim.attempt != last.attempt:
        # Its process may still be about to write: only an attempt of our own ends that.
        return f"{label} was last written by {_UNKNOWN_RUN}; it is set again"
    return None if inputs.proof.mode == "off" else _changed_on_alb(inputs, on_alb())


def _unit_changed(
    inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs, albconfig: AlbConfig, there: Situation
) -> str | None:
    listener, label = inputs.listener, inputs.listener.label
    stands, goal = meaning_of(there.fields), Meaning(enabled=inputs.enabled, identifiers=(inputs.ca_identifier,))
    if stands == goal:
        return None
    if there.standing is Standing.AS_WRITTEN and there.claim and there.claim.attempt != last.attempt:
        head = f"{label} was changed by {_UNKNOWN_RUN}:"
        return "\n".join([head, *(f"  {one}" for one in _before_and_now(goal, there.fields)), f"  {_set_back(there)}"])
    was = ", as before this stack came" if there.claim and there.standing is Standing.AS_PREVIOUS else ""
    by = last_writer(albconfig, there.claim)
    lines = [
        f"{label} was changed outside this stack",
        f"  last by {by}",
        *(f"  {one}" for one in _before_and_now(goal, there.fields)),
        f"  {_set_back(there)}{was and f'; it stands{was}'}",
    ]
    if there.hold is None:
        lines.append(f"  to keep what stands there: python -m ops hold {listener.output_key} --reason TEXT")
    return "\n".join(lines)


def _set_back(there: Situation) -> str:
    return "an up sets it back" if there.hold is None else "while it is held, no up sets it back"


def _before_and_now(goal: Meaning, fields: Fields) -> Iterator[str]:
    """Yield what somebody changed, as the AlbConfig has it, and the CA that stays."""
    stands = meaning_of(fields)
    if stands.malformed:
        yield str(stands)
        return
    if goal.enabled != stands.enabled:
        yield f"caEnabled was {str(goal.enabled).lower()} and is {switch_text(fields)}"
    before, now = (", ".join(one.identifiers) or "none" for one in (goal, stands))
    yield f"CA {now} is still on it" if before == now else f"CA was {before} and is {now}"


def _headers_changed(inputs: ListenerSwitchInputs, albconfig: AlbConfig, there: Situation) -> str | None:
    keys = header_keys.drifted(there, inputs.identity_headers)
    if not keys:
        return None
    goal = {**header_keys.header_part({} if there.claim is None else there.claim.previous), **_goal_of_headers(inputs)}
    return (
        f"xForwardedForConfig of {inputs.listener.label} was changed outside this stack, last by "
        f"{last_writer(albconfig, there.claim)}: {header_keys.describe(keys, there.headers)}; an up makes it: "
        f"{header_keys.describe(keys, goal)}"
    )


def _goal_of_headers(inputs: ListenerSwitchInputs) -> HeaderFields:
    return {} if inputs.identity_headers is None else inputs.identity_headers.fields


def _changed_on_alb(inputs: ListenerSwitchInputs, shown: Listener | None) -> str | None:
    label = inputs.listener.label
    # A CA that the ALB API does not name is no drift for ever: `verify` asks by handshakes.
    if shown is None or not alb_follows(
        shown, enabled=inputs.enabled, ca_identifiers=[inputs.ca_identifier], handshakes_follow=True
    ):
        return f"{label} is as it must be in the AlbConfig, but not on the ALB: {_on_alb(shown, inputs)}"
    missing = header_keys.headers_not_shown(shown, _goal_of_headers(inputs))
    if missing:
        found = header_keys.describe(missing, header_keys.shown_by(shown))
        return (
            f"identity headers of {label} are as they must be in the AlbConfig, but not on the ALB: {found}; {_AGAIN}"
        )
    return None


def _on_alb(shown: Listener | None, inputs: ListenerSwitchInputs) -> str:
    """Return in what the ALB differs from the AlbConfig, and what an `up` makes of it."""
    again = _AGAIN
    if shown is None:
        # An up asks for a listener before it writes, unless it switches off.
        then = f"an up stops there; {how_made_again(inputs.listener.alb_config)}" if inputs.enabled else again
        return f"the ALB has no such listener; {then}"
    if shown.ca_enabled != inputs.enabled:
        # As AlbConfigs and the ALB API write it.
        there, here = str(shown.ca_enabled).lower(), str(inputs.enabled).lower()
        return f"caEnabled is {there} there, and {here} here; {again}"
    if shown.status == STOPPED:
        return "the listener is stopped; start it in the ALB console, or an up waits for it in vain"
    if shown.status != "Running":
        return f"its status is {shown.status}; {again}"
    found = ", ".join(shown.ca_identifiers) or "none"
    return f"it checks clients with CA {found} there, and with {inputs.ca_identifier} here; {again}"


def stop_of(inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs, albconfig: AlbConfig) -> str | None:
    """Return what an `up` that changes a listener would stop at; None when it would not.

    Args:
        inputs: what the listener should become; a preview does not know all of it.
        last: what the last `up` made of it.
        albconfig: as it was read.

    Raises:
        ClusterError: the listener is not there, or its claim cannot be read.
    """
    # Which CA comes next stops nothing.
    known = replace(last, enabled=inputs.enabled, take_over=inputs.take_over, identity_headers=inputs.identity_headers)
    return _stop(known, last, albconfig, situation_at(known, last, albconfig)[1])


def _stop(
    inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs, albconfig: AlbConfig, there: Situation
) -> str | None:
    stopped = stopped_at(inputs, last, albconfig, there)
    return None if stopped is None else f"{STOPS_HERE}{stopped}"


def stopped_at(
    inputs: ListenerSwitchInputs, last: ListenerSwitchOutputs, albconfig: AlbConfig, there: Situation
) -> ClusterError | None:
    """Return why an `up` would stop at a listener as it was read; None when it would not. A hold does not count.

    Args:
        inputs: what the listener should be.
        last: what the last `up` made of it.
        albconfig: as it was read.
        there: what stands there.
    """
    # That somebody holds the listener is no change of it, and the look of the program reports it.
    there = replace(there, hold=None)
    verdict = on_up(
        there,
        attempt=last.attempt,
        take_over=inputs.take_over,
        used=last.take_over,
        enabled=inputs.enabled,
        was_enabled=last.was_enabled,
    )
    stopped = stopped_up(verdict, there, albconfig, inputs.listener, owner=inputs.owner)
    if stopped is None:
        keys = header_keys.overwritten(there, attempt=last.attempt, headers=inputs.identity_headers)
        stopped = edited_headers(there, albconfig, inputs.listener, keys) if keys else None
    return stopped
