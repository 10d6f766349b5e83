"""The patches of a switch and of a restore, one after the other, as the program decides upon them."""

from dataclasses import replace

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.listener import Fields, fields_of, find_listener, state_of
from alb_mtls.cluster.patch import Patch, listener_patch, release_patch, switched_fields
from tests.helpers.albconfigs import LISTENER, Object


def claim_patch(item: Object, claim: Claim, fields: Fields | None = None) -> Patch:
    """Claim the listener of an AlbConfig and set its fields, which stay as they are without `fields`."""
    ref = find_listener(item, LISTENER)
    written = fields_of(ref.element) if fields is None else fields
    return listener_patch(item, ref, claim=claim_on(item, claim, written), fields=written)


def switch_patch(item: Object, claim: Claim, *, on: bool, ids: list[str] | None) -> Patch:
    """Set the two fields in the name of a claim; the CAs stay as they are without `ids`."""
    element = find_listener(item, LISTENER).element
    identifiers = state_of(element).identifiers if ids is None else ids
    return claim_patch(item, claim, switched_fields(element, ca_enabled=on, identifiers=identifiers))


def removal_of_claim(item: Object) -> Patch:
    """Remove the claim and nothing else."""
    return release_patch(item, LISTENER, find_listener(item, LISTENER))


def claim_on(item: Object, claim: Claim, written: Fields) -> Claim:
    """Return a claim as one of this AlbConfig, that wrote these fields."""
    return replace(claim, uid=item["metadata"]["uid"], written=written)
