"""The first thing on the page for who is locked out does what the page says, on a real kube-apiserver."""

import json
import shlex
from contextlib import closing
from typing import Any

import pytest
from kubernetes.client import ApiException

from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.listener_key import ListenerKey
from ops.hold import plan_hold, plan_resume
from tests.helpers.documents import examples
from tests.helpers.lab import LabHandle, wait_until

LISTENER = ListenerKey(alb_config="alb", port=443, protocol="HTTPS")


def _command() -> list[str]:
    first, *_ = examples("how-to/locked-out.md", "bash")
    return shlex.split(first.text)


def _patch() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_command()[-1])
    return found


@pytest.fixture
def enforcing(lab: LabHandle) -> LabHandle:
    """A lab whose listener requests certificates, in the way that a claimed one does."""
    index = find_listener(lab.albconfig("alb"), LISTENER).index
    lab.patch_albconfig(
        "alb",
        [
            {"op": "add", "path": "/metadata/annotations", "value": {LISTENER.claim_annotation: "{}"}},
            {"op": "add", "path": f"/spec/listeners/{index}/caEnabled", "value": True},
        ],
    )
    return lab


def test_the_page_begins_with_one_kubectl_patch() -> None:
    assert _command()[:-1] == ["kubectl", "patch", "albconfig", "alb", "--type=json", "--patch"]


def test_the_patch_of_the_page_opens_the_listener_and_holds_it(enforcing: LabHandle) -> None:
    before = enforcing.albconfig("alb")
    enforcing.patch_albconfig("alb", _patch())
    after = enforcing.albconfig("alb")

    element = find_listener(before, LISTENER).element
    assert find_listener(after, LISTENER).element == {**element, "caEnabled": False}
    assert read_hold(after, LISTENER) == "locked out, ticket 4711"
    wait_until(lambda: not enforcing.listener("alb", "443/HTTPS").ca_enabled, "the ALB requests no certificate")


@pytest.mark.parametrize("place", [0, 2])
def test_with_a_wrong_place_nothing_is_changed(enforcing: LabHandle, place: int) -> None:
    moved = json.loads(_command()[-1].replace("/listeners/1/", f"/listeners/{place}/"))
    before = enforcing.albconfig("alb")

    with pytest.raises(ApiException) as refused:
        enforcing.patch_albconfig("alb", moved)

    assert refused.value.status == 422
    assert enforcing.albconfig("alb")["spec"] == before["spec"]
    assert read_hold(enforcing.albconfig("alb"), LISTENER) is None


def test_an_albconfig_without_annotations_takes_the_last_line_of_the_page(lab: LabHandle) -> None:
    whole = {"op": "add", "path": "/metadata/annotations", "value": {LISTENER.hold_annotation: "x"}}
    with pytest.raises(ApiException) as refused:
        lab.patch_albconfig("alb", _patch())
    assert refused.value.status == 422
    lab.patch_albconfig("alb", [*_patch()[:-1], whole])
    assert read_hold(lab.albconfig("alb"), LISTENER) == "x"


@pytest.mark.parametrize("annotations", [None, {"other": "x"}])
def test_what_hold_writes_and_resume_removes_is_taken_by_a_real_server(
    lab: LabHandle, annotations: dict[str, str] | None
) -> None:
    if annotations:
        lab.patch_albconfig("alb", [{"op": "add", "path": "/metadata/annotations", "value": annotations}])
    with closing(KubeClient(KubeAccess(kubeconfig=str(lab.paths.program_kubeconfig), context="lab"))) as kube:
        plan_hold(kube, LISTENER, reason="a<b 客户", opened=True).apply(kube)
        held = lab.albconfig("alb")
        assert (read_hold(held, LISTENER), find_listener(held, LISTENER).element["caEnabled"]) == ("a<b 客户", False)
        plan_resume(kube, LISTENER).apply(kube)
    assert lab.albconfig("alb")["metadata"].get("annotations") == annotations
