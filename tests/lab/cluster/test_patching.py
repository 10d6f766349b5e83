"""What kube-apiserver makes of our patches: the facts that alb_mtls/cluster/patch.py and go_json.py rest on.

A new version of kube-apiserver that behaves otherwise fails here first.
"""

from typing import Any

import kubernetes
import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import PatchConflict, ReplyLost
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.listener import fields_of, find_listener, state_of
from alb_mtls.cluster.patch import Patch
from tests.helpers.albconfigs import LISTENER, Object, apply, as_bytes, http, https
from tests.helpers.claims import claim_of
from tests.helpers.cluster_bench import Bench
from tests.helpers.patches import claim_on, claim_patch, switch_patch

KEY = "/metadata/annotations/alb-mtls~1claim.443.https"
CLAIM = claim_of(owner="alb-mtls/dev", token="t", attempt="one", previous={})

# As any text or number may stand in an AlbConfig without a schema.
AWKWARD = [
    "a<b>&c",
    "生产 🙂 é",
    "\u2028 \u2029 \u007f \u0080",
    '\u0001 \t \n \\ " /',
    "",
    1e-07,
    -2.5e-10,
    1e-05,
    0.30000000000000004,
    1e21,
    10**19,
    2**63 + 1,
    0.0,
    None,
    [],
    {"k<": [{"生": None}], "": {}},
]


def absence(path: str) -> Object:
    """Return a test for null."""
    return {"op": "test", "path": path, "value": None}


def meaning(item: Object) -> bytes:
    """Return everything of an object but what every write changes."""
    metadata = {
        key: value
        for key, value in item["metadata"].items()
        if key not in {"managedFields", "resourceVersion", "generation"}
    }
    return as_bytes({**item, "metadata": metadata})


def test_a_test_for_null_passes_when_the_annotation_is_absent_and_is_refused_when_it_is_there(bench: Bench) -> None:
    with bench.albconfig(https(), annotations={"team": "a"}) as name:
        bench.client.patch_albconfig(name, [absence(KEY), {"op": "add", "path": KEY, "value": "x"}])

        with pytest.raises(PatchConflict, match="HTTP 422"):
            bench.client.patch_albconfig(name, [absence(KEY)])


def test_a_test_for_null_holds_for_the_whole_map_but_not_below_a_map_that_is_absent(bench: Bench) -> None:
    with bench.albconfig(https()) as name:
        with pytest.raises(PatchConflict):
            bench.client.patch_albconfig(name, [absence(KEY)])
        whole = {"op": "add", "path": "/metadata/annotations", "value": {"team": "a"}}
        bench.client.patch_albconfig(name, [absence("/metadata/annotations"), whole])

        with pytest.raises(PatchConflict):
            bench.client.patch_albconfig(name, [absence("/metadata/annotations"), whole])


@pytest.mark.parametrize("annotations", [None, {"team": "a"}])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"caEnabled": False, "caCertificates": None},
        {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-old", "IsDefault": True}]},
        {"certificates": [None, {"CertificateId": "1-cn-hangzhou"}]},
    ],
    ids=["absent", "null", "another CA", "null in a list"],
)
def test_claim_switch_and_restore_leave_the_object_as_it_was(
    bench: Bench, annotations: dict[str, str] | None, fields: dict[str, Any]
) -> None:
    with bench.albconfig(http(), {**https(), **fields}, annotations=annotations) as name:
        before = bench.client.albconfig(name)
        element = find_listener(before, LISTENER).element
        previous = fields_of(element)
        claim = claim_of(owner="alb-mtls/dev", token="t", attempt="one", previous=previous)

        claimed = bench.write_claim(name, claim)
        switched = bench.switch(name, claim, on=True, ids=["ca-new"])
        restored = bench.restore(name, claim)

        assert read_claim(claimed, LISTENER) == claim_on(claimed, claim, previous)
        state = state_of(find_listener(switched, LISTENER).element)
        assert (state.ca_enabled, state.identifiers) == (True, ["ca-new"])
        assert meaning(restored) == meaning(before)
        managers = [entry["manager"] for entry in switched["metadata"]["managedFields"]]
        assert "alb-mtls" in managers


@pytest.mark.parametrize("annotations", [None, {"team": "a"}])
def test_the_unit_tests_apply_patches_as_kube_apiserver_does(bench: Bench, annotations: dict[str, str] | None) -> None:
    with bench.albconfig(http(), https(), annotations=annotations) as name:
        before = bench.client.albconfig(name)
        operations = claim_patch(before, CLAIM).operations
        ours = apply(before, operations)
        theirs = bench.client.patch_albconfig(name, operations)
        assert meaning(theirs) == meaning(ours)

        removal: list[Object] = [{"op": "remove", "path": KEY}]
        assert (
            meaning(bench.client.patch_albconfig(name, removal)) == meaning(apply(theirs, removal)) == meaning(before)
        )


@pytest.mark.parametrize("awkward", AWKWARD, ids=repr)
def test_a_listener_with_any_text_or_number_can_be_switched(bench: Bench, awkward: Any) -> None:
    with bench.albconfig({**https(), "description": awkward}) as name:
        before = bench.client.albconfig(name)
        bench.write_claim(name, CLAIM)

        after = bench.switch(name, CLAIM, on=True, ids=["ca-a"])

        element = find_listener(after, LISTENER).element
        assert element["caEnabled"] is True
        assert as_bytes(element["description"]) == as_bytes(before["spec"]["listeners"][0]["description"])


@pytest.mark.parametrize("awkward", ["a<b", "生产", 1e-07])
def test_the_same_test_as_python_and_the_official_client_write_it_is_refused_for_ever(
    bench: Bench, awkward: Any
) -> None:
    with bench.albconfig({**https(), "description": awkward}) as name:
        element = bench.client.albconfig(name)["spec"]["listeners"][0]
        operations = [{"op": "test", "path": "/spec/listeners/0", "value": element}]

        with pytest.raises(kubernetes.client.ApiException) as caught:
            bench.cluster.official().patch_cluster_custom_object(
                "alibabacloud.com", "v1", "albconfigs", name, operations, _content_type="application/json-patch+json"
            )
        assert caught.value.status == 422
        assert bench.client.patch_albconfig(name, operations)["metadata"]["name"] == name


def test_a_test_that_meets_null_in_a_list_kills_the_request_which_is_why_we_send_none(bench: Bench) -> None:
    with bench.albconfig({**https(), "certificates": [None]}) as name:
        element = bench.client.albconfig(name)["spec"]["listeners"][0]
        with pytest.raises(ReplyLost, match="whether it was applied is not known"):
            bench.client.patch_albconfig(name, [{"op": "test", "path": "/spec/listeners/0", "value": element}])

        bench.write_claim(name, CLAIM)
        assert bench.switch(name, CLAIM, on=True, ids=["ca-a"])["spec"]["listeners"][0]["caEnabled"] is True


def test_null_that_appears_in_a_list_after_the_reading_is_survived(bench: Bench) -> None:
    with bench.albconfig(https()) as name:
        bench.write_claim(name, CLAIM)
        rounds = 0

        def build(item: Object) -> Patch:
            nonlocal rounds
            rounds += 1
            if rounds == 1:
                change = [{"op": "add", "path": "/spec/listeners/0/certificates", "value": [None]}]
                bench.edit(name, change, kind="json").raise_for_status()
            return switch_patch(item, CLAIM, on=True, ids=["ca-a"])

        after = guarded_patch(bench.client, name, build, deadline_seconds=20)

        assert (after["spec"]["listeners"][0]["certificates"], rounds) == ([None], 2)
        assert after["spec"]["listeners"][0]["caEnabled"] is True
