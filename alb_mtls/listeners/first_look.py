"""What a listener was before this deployment came, as the claim in the state keeps it from the first look on.

The claim in the cluster says it too, but that may vanish: pruned by GitOps, replaced by `kubectl apply`.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from alb_mtls.cluster.claim import moved_claim
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.identity_headers import IdentityHeaders
from alb_mtls.cluster.listener import AlbConfig, find_listener, name_of
from alb_mtls.listener_resources import ListenerClaimInputs
from alb_mtls.listeners import header_keys
from alb_mtls.listeners.situation import Situation, Standing, situation_of
from alb_mtls.listeners.verdict import before_us


def found_on(
    albconfig: AlbConfig,
    inputs: ListenerClaimInputs,
    *,
    token: str,
    known: Sequence[str],
    found: str | None,
    found_headers: IdentityHeaders | None = None,
    albconfigs: Iterable[AlbConfig] = (),
) -> str:
    """Return the fields of a listener before this deployment, by JSON pointer, as JSON text.

    Args:
        albconfig: as it is.
        inputs: of the claim.
        token: of the claim; empty when it is only made now.
        known: identifiers of the CAs that this deployment binds, or has bound.
        found: what the state says; it counts when the listener names one of them and no claim is there.
        found_headers: those of whose keys `found` says what they were.
        albconfigs: where a listener may have been moved from that the state knows nothing of; one of them has the
            claim on it still.

    Raises:
        NoSuchListener, AmbiguousListener, MalformedClaim, NewerClaim: it cannot be known.
    """
    there = _situation(albconfig, inputs, token=token, known=known, found=found)
    there = replace(there, header_goal=(found_headers or header_keys.NONE).fields)
    if _is_unexplained(there):
        there = replace(there, moved=moved_claim(albconfigs, there.fields, deployment=inputs.deployment))
    before = before_us(there, made_here=inputs.made_here, take_over=inputs.take_over)
    return json.dumps({**before, **header_keys.before_us(there, inputs.identity_headers)}, sort_keys=True)


def moved_from(
    albconfig: AlbConfig,
    inputs: ListenerClaimInputs,
    *,
    albconfigs: Callable[[], list[AlbConfig]],
    show: Callable[[str], object],
) -> list[AlbConfig]:
    """Return where a new listener of the state may have been moved from: mostly nothing, and nothing is read.

    A listener that names a CA of this deployment, with no claim and nothing in the state, was moved here or was edited
    by hand. Where no claim says what it was before, it is taken for one that requested no client certificate.

    Args:
        albconfig: with the listener.
        inputs: of its claim.
        albconfigs: returns all of the cluster.
        show: takes a sentence for people when nothing can be known.
    """
    there = _situation(albconfig, inputs, token="", known=inputs.ca_identifiers, found=None)
    if not _is_unexplained(there):
        return []
    why = "no claim in the cluster says"
    found: list[AlbConfig] = []
    try:
        found = [one for one in albconfigs() if name_of(one) != inputs.listener.alb_config]
    except ClusterError as error:
        why = f"the AlbConfigs could not be listed ({error}), so no claim on another one says"
    if moved_claim(found, there.fields, deployment=inputs.deployment) is None:
        show(
            f"{inputs.listener.label} names the CA of this stack already, and {why} what it was before: pulumi destroy "
            "will leave it requesting no client certificate. If it is to request certificates of another CA then, "
            "bind that CA there after the destroy"
        )
    return found


def _is_unexplained(there: Situation) -> bool:
    """Say whether a listener names a CA of this deployment, and neither its claim nor the state says since when."""
    is_ours = there.claim is None and there.standing is Standing.AS_WRITTEN
    return is_ours and there.found is None and there.moved is None


def _situation(
    albconfig: AlbConfig, inputs: ListenerClaimInputs, *, token: str, known: Sequence[str], found: str | None
) -> Situation:
    return situation_of(
        albconfig,
        find_listener(albconfig, inputs.listener),
        deployment=inputs.deployment,
        token=token,
        ours=known,
        found=None if found is None else json.loads(found),
    )
