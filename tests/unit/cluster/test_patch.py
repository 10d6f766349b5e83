"""What each patch does to an AlbConfig, and when it is refused. Random AlbConfigs: test_patch_properties.py."""

import copy
from collections.abc import Callable
from typing import Any

import jsonpatch
import pytest

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.errors import ClaimLost, MalformedClaim
from alb_mtls.cluster.listener import fields_of, find_listener
from alb_mtls.cluster.patch import claim_patch, release_patch, restore_patch, roll_back_patch, switch_patch
from tests.helpers.albconfigs import LISTENER, Object, albconfig, apply, http, https
from tests.helpers.claims import claim_of

KEY = "alb-mtls/claim.443.https"
CLAIM = claim_of(owner="alb-mtls/dev", token="t", attempt="one", previous={})
ON: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-a"}]}


def held(*listeners: Object, claim: Claim = CLAIM, **annotations: str) -> Object:
    return albconfig(*listeners, annotations={KEY: claim.to_text(), **annotations})


def attempt(item: Object, claim: Claim = CLAIM, expected: Claim | None = None) -> list[Object]:
    return claim_patch(item, find_listener(item, LISTENER), claim=claim, expected=expected).operations


def switch(item: Object, *, on: bool = True, ids: list[str] | None = None) -> list[Object]:
    ref = find_listener(item, LISTENER)
    return switch_patch(item, ref, claim=CLAIM, ca_enabled=on, identifiers=ids).operations


@pytest.mark.parametrize(
    ("read", "now"),
    [
        (None, {KEY: "somebody else's"}),
        ({"team": "a"}, {"team": "a", KEY: "somebody else's"}),
        (None, {"team": "a"}),
    ],
)
def test_a_claim_is_refused_when_another_or_the_first_annotation_appeared_since_the_reading(
    read: dict[str, str] | None, now: dict[str, str]
) -> None:
    item = albconfig(https(), annotations=read)
    operations = attempt(item)
    item["metadata"]["annotations"] = now

    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        apply(item, operations)


def test_a_new_attempt_replaces_the_old_one_as_it_stands_there_be_it_reformatted() -> None:
    text = CLAIM.to_text().replace(":", ": ")
    item = albconfig(https(), annotations={KEY: text})
    after_it = claim_of(owner=CLAIM.owner, token=CLAIM.token, attempt="two", previous={})

    assert read_claim(apply(item, attempt(item, after_it, CLAIM)), LISTENER) == after_it


@pytest.mark.parametrize("expected", [None, claim_of(owner="o", token="t", attempt="zero", previous={})])
def test_a_new_attempt_is_not_written_over_a_claim_that_was_not_expected(expected: Claim | None) -> None:
    with pytest.raises(ClaimLost, match="listener 443/HTTPS of AlbConfig alb"):
        attempt(held(https()), CLAIM, expected)


def test_switching_off_keeps_the_ca_when_none_is_given() -> None:
    item = held(https(**ON))

    assert apply(item, switch(item, on=False))["spec"]["listeners"] == [https(**{**ON, "caEnabled": False})]


def test_a_listener_that_is_as_desired_needs_no_patch() -> None:
    kept = https(caEnabled=True, caCertificates=[{"CertificateId": "ca-a", "IsDefault": True}])

    assert switch(held(kept), ids=["ca-a"]) == []


def test_a_claim_that_cannot_be_read_is_not_overwritten() -> None:
    with pytest.raises(MalformedClaim):
        attempt(albconfig(https(), annotations={KEY: "{}"}))


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item["metadata"].update(uid="another object of this name"),
        lambda item: item["metadata"]["annotations"].update({KEY: "another attempt"}),
        lambda item: item["spec"]["listeners"].insert(0, http()),
        lambda item: item["spec"]["listeners"][0].update(requestTimeout=5),
    ],
    ids=["object", "attempt", "order of listeners", "listener"],
)
def test_a_patch_is_refused_when_what_it_was_decided_upon_has_changed(change: Any) -> None:
    item = held(https(), https(8443))
    operations = switch(item, ids=["ca-a"])
    change(item)

    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        apply(item, operations)


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item["metadata"].update(resourceVersion="8"),
        lambda item: item.update(status={"loadBalancer": {}}),
        lambda item: item["metadata"]["annotations"].update(team="b"),
        lambda item: item["spec"]["listeners"][1].update(requestTimeout=5),
        lambda item: item["spec"]["listeners"].append(http()),
    ],
    ids=["version", "status", "annotation", "other listener", "listener behind"],
)
def test_a_patch_is_applied_beside_changes_that_are_not_ours(change: Any) -> None:
    item = held(https(), https(8443))
    operations = switch(item, ids=["ca-a"])
    change(item)
    beside = copy.deepcopy(item)

    after = apply(item, operations)

    beside["spec"]["listeners"][0] |= ON
    assert after == beside


def test_an_element_that_kube_apiserver_cannot_test_is_guarded_by_the_version() -> None:
    item = held(https(certificates=[None]))
    operations = switch(item, ids=["ca-a"])

    assert {"op": "test", "path": "/metadata/resourceVersion", "value": "7"} in operations
    assert not any(operation["path"] == "/spec/listeners/0" for operation in operations)


def test_a_listener_that_is_gone_leaves_a_claim_that_can_be_released() -> None:
    item = held(http())

    assert apply(item, release_patch(item, LISTENER, claim=CLAIM).operations) == albconfig(http())


def roll_back(item: Object, before: Object, claim_before: Claim | None) -> list[Object]:
    ref = find_listener(item, LISTENER)
    return roll_back_patch(item, ref, claim=CLAIM, before=fields_of(before), claim_before=claim_before).operations


@pytest.mark.parametrize("claim_before", [None, claim_of(owner="o", token="t", attempt="zero", previous={})])
def test_a_roll_back_gives_back_listener_and_claim(claim_before: Claim | None) -> None:
    item = held(https(**ON))

    after = apply(item, roll_back(item, https(caEnabled=False), claim_before))

    assert after["spec"]["listeners"] == [https(caEnabled=False)]
    assert read_claim(after, LISTENER) == claim_before


def test_a_roll_back_keeps_what_others_changed_in_the_listener_meanwhile() -> None:
    item = held(https(**ON, requestTimeout=5))

    assert apply(item, roll_back(item, https(), None))["spec"]["listeners"] == [https(requestTimeout=5)]


def test_a_roll_back_that_has_been_done_is_not_done_again() -> None:
    assert roll_back(albconfig(https()), https(), None) == []


@pytest.mark.parametrize("claim", [None, claim_of(owner="o", token="t", attempt="x", previous={})])
@pytest.mark.parametrize(
    "write",
    [
        lambda item: switch(item, ids=["ca-a"]),
        lambda item: restore_patch(item, find_listener(item, LISTENER), claim=CLAIM),
        lambda item: roll_back(item, https(), None),
        lambda item: release_patch(item, LISTENER, claim=CLAIM),
    ],
    ids=["switch", "restore", "roll back", "release"],
)
def test_without_the_claim_of_this_attempt_nothing_is_written(
    write: Callable[[Object], object], claim: Claim | None
) -> None:
    item = albconfig(https(**ON)) if claim is None else held(https(**ON), claim=claim)

    with pytest.raises(ClaimLost):
        write(item)
