"""What each patch does to an AlbConfig, and when it is refused. Random AlbConfigs: test_patch_properties.py."""

import copy
from dataclasses import replace
from typing import Any

import jsonpatch
import pytest

from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.patch import release_patch, steps_back
from tests.helpers.albconfigs import LISTENER, Object, albconfig, apply, http, https
from tests.helpers.claims import claim_of
from tests.helpers.patches import claim_patch, removal_of_claim, switch_patch

KEY = "alb-mtls/claim.443.https"
CLAIM = claim_of(owner="alb-mtls/dev", token="t", attempt="one", previous={})
ON: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-a"}]}


def held(*listeners: Object, claim: Claim = CLAIM, **annotations: str) -> Object:
    return albconfig(*listeners, annotations={KEY: claim.to_text(), **annotations})


def attempt(item: Object, claim: Claim = CLAIM) -> list[Object]:
    return claim_patch(item, claim).operations


def switch(item: Object, *, on: bool = True, ids: list[str] | None = None) -> list[Object]:
    return switch_patch(item, CLAIM, on=on, ids=ids).operations


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

    assert read_claim(apply(item, attempt(item, after_it)), LISTENER) == after_it


def test_switching_off_keeps_the_ca_when_none_is_given() -> None:
    item = held(https(**ON))

    assert apply(item, switch(item, on=False))["spec"]["listeners"] == [https(**{**ON, "caEnabled": False})]


def test_a_listener_that_is_as_desired_needs_no_patch_but_of_the_claim() -> None:
    entries = [{"CertificateId": "ca-a", "IsDefault": True}]
    kept = {"/caEnabled": True, "/caCertificates": entries}
    item = held(https(caEnabled=True, caCertificates=entries), claim=claim_of(attempt="one", written=kept))

    assert switch_patch(item, claim_of(attempt="one"), on=True, ids=["ca-a"]).operations == []
    again = switch_patch(item, claim_of(attempt="two"), on=True, ids=["ca-a"])
    assert [one["path"] for one in again.changes] == ["/metadata/annotations/alb-mtls~1claim.443.https"]


def test_fields_and_claim_change_in_one_patch() -> None:
    item = held(https())
    changed = [one["path"] for one in switch_patch(item, CLAIM, on=True, ids=["ca-a"]).changes]

    assert changed == [
        "/spec/listeners/0/caEnabled",
        "/spec/listeners/0/caCertificates",
        "/metadata/annotations/alb-mtls~1claim.443.https",
    ]


@pytest.mark.parametrize("annotations", [None, {"team": "a"}, {KEY: CLAIM.to_text()}])
def test_while_a_person_holds_the_listener_no_patch_is_applied(annotations: dict[str, str] | None) -> None:
    item = albconfig(https(), annotations=annotations)
    patches = [switch(item, ids=["ca-a"])]
    if annotations and KEY in annotations:
        patches.append(removal_of_claim(item).operations)
    for operations in patches:
        apply(item, operations)
        meanwhile = copy.deepcopy(item)
        meanwhile["metadata"].setdefault("annotations", {})["alb-mtls/hold.443.https"] = "locked out"
        with pytest.raises(jsonpatch.JsonPatchTestFailed):
            apply(meanwhile, operations)


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
    written = {"/caEnabled": True, "/caCertificates": ON["caCertificates"]}
    beside["metadata"]["annotations"][KEY] = replace(CLAIM, written=written).to_text()
    assert after == beside


def test_an_element_that_kube_apiserver_cannot_test_is_guarded_by_the_version() -> None:
    item = held(https(certificates=[None]))
    operations = switch(item, ids=["ca-a"])

    assert {"op": "test", "path": "/metadata/resourceVersion", "value": "7"} in operations
    assert not any(operation["path"] == "/spec/listeners/0" for operation in operations)


def test_a_listener_that_is_gone_leaves_a_claim_that_can_be_released() -> None:
    item = held(http())

    assert apply(item, release_patch(item, LISTENER, None).operations) == albconfig(http())


def test_the_removal_of_the_claim_changes_nothing_else_and_meets_the_listener_as_read() -> None:
    item = held(https(**ON), team="a")
    operations = removal_of_claim(item).operations

    assert apply(item, operations) == albconfig(https(**ON), annotations={"team": "a"})
    item["spec"]["listeners"][0]["caEnabled"] = False
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        apply(item, operations)


OURS = {"/caEnabled": True, "/caCertificates": [{"CertificateId": "ca-a"}]}
OFF: dict[str, Any] = {"/caEnabled": False, "/caCertificates": []}
THEIRS = [{"CertificateId": "ca-b"}]


@pytest.mark.parametrize(
    ("before", "steps"),
    [
        ({}, [OFF, {}]),
        ({"/caEnabled": False}, [OFF, {"/caEnabled": False}]),
        ({"/caCertificates": None}, [OFF, {"/caCertificates": None}]),
        (OFF, [OFF]),
        (
            {"/caEnabled": False, "/caCertificates": THEIRS},
            [{**OURS, "/caEnabled": False}, {"/caEnabled": False, "/caCertificates": THEIRS}],
        ),
        ({"/caEnabled": True, "/caCertificates": THEIRS}, [{"/caEnabled": True, "/caCertificates": THEIRS}]),
        (OURS, [OURS]),
    ],
    ids=str,
)
def test_a_listener_goes_back_through_off_in_so_many_words_and_never_when_it_requested_certificates(
    before: dict[str, Any], steps: list[dict[str, Any]]
) -> None:
    assert steps_back(OURS, before) == steps
