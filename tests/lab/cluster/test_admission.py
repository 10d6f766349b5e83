"""The program's writes on a real kube-apiserver whose webhook or policy judges them: each stops in its words."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Timer
from typing import Any

import pytest
from kubernetes import client

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.errors import AdmissionDenied, DryRunUnsupported, WebhookUnavailable
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from alb_mtls.cluster.listener import AlbConfig, find_listener
from alb_mtls.cluster.patch import Patch, listener_patch
from lab.control_plane import PROGRAM
from ops.hold import plan_hold, plan_resume
from ops.planned_write import PlannedWrite
from ops.release import plan_release
from tests.helpers.albconfigs import LISTENER
from tests.helpers.claims import claim_of
from tests.helpers.lab import LabHandle, wait_until

TEXT = "no change on Fridays"
WEBHOOK = "admission webhook valbconfig.alb.alibabacloud.com"
POLICIES = "admissionregistration.k8s.io"


@pytest.fixture
def kube(lab: LabHandle) -> Iterator[KubeClient]:
    with closing(KubeClient(KubeAccess(kubeconfig=str(lab.paths.program_kubeconfig), context=None))) as made:
        yield made


def _webhook(lab: LabHandle, mode: str, **more: Any) -> None:
    switches = {"webhook": mode, "webhook_text": TEXT, **more}
    lab.management.patch("/behaviour", json={"controller": switches}).raise_for_status()


def _claim(albconfig: AlbConfig) -> Claim:
    return claim_of(uid=albconfig["metadata"]["uid"])


def _claiming(albconfig: AlbConfig) -> Patch:
    ref = find_listener(albconfig, LISTENER)
    return listener_patch(albconfig, ref, claim=_claim(albconfig), fields={"/caEnabled": False})


def _claimed(kube: KubeClient, *, seconds: float = 5.0) -> AlbConfig:
    return guarded_patch(kube, "alb", _claiming, deadline_seconds=seconds)


def _held(kube: KubeClient) -> PlannedWrite:
    return plan_hold(kube, LISTENER, reason="ticket 4711", opened=True)


WRITES: dict[str, tuple[Callable[[KubeClient], object], Callable[[KubeClient], object]]] = {
    "a claim": (lambda _: None, _claimed),
    "ops hold": (lambda _: None, lambda kube: _held(kube).apply(kube)),
    "ops resume": (lambda kube: _held(kube).apply(kube), lambda kube: plan_resume(kube, LISTENER).apply(kube)),
    "ops release": (_claimed, lambda kube: plan_release(kube, LISTENER, deployment=None).apply(kube)),
}


@pytest.mark.parametrize("code", [400, 403, 409, 422])
@pytest.mark.parametrize(("before", "write"), WRITES.values(), ids=WRITES)
def test_whoever_writes_meets_the_text_of_a_denial_at_once_and_nothing_is_changed(
    lab: LabHandle, kube: KubeClient, code: int, before: Callable[..., object], write: Callable[..., object]
) -> None:
    before(kube)
    stands = lab.albconfig("alb")
    _webhook(lab, "denies", webhook_code=code)
    started = time.monotonic()
    with pytest.raises(AdmissionDenied, match=f"^{WEBHOOK} denied the patch of AlbConfig alb, .*: {TEXT}"):
        write(kube)
    assert time.monotonic() - started < 5
    now = lab.albconfig("alb")
    assert (now["spec"], now["metadata"].get("annotations")) == (stands["spec"], stands["metadata"].get("annotations"))
    _webhook(lab, "accepts")
    write(kube)


@pytest.mark.parametrize("mode", ["down", "slow"])
def test_a_webhook_that_comes_back_within_the_deadline_lets_the_patch_through(
    lab: LabHandle, kube: KubeClient, mode: str
) -> None:
    _webhook(lab, mode)
    back = Timer(1.5, _webhook, (lab, "accepts"))
    back.start()
    assert LISTENER.claim_annotation in _claimed(kube, seconds=20)["metadata"]["annotations"]
    back.join()


@pytest.mark.parametrize(("mode", "reason"), [("down", "EOF"), ("slow", "context deadline exceeded")])
def test_a_webhook_that_stays_away_is_named_after_the_deadline(
    lab: LabHandle, kube: KubeClient, mode: str, reason: str
) -> None:
    _webhook(lab, mode)
    with pytest.raises(WebhookUnavailable, match=f"since {WEBHOOK} does not answer it: .*{reason}"):
        _claimed(kube, seconds=3)
    assert "annotations" not in lab.albconfig("alb")["metadata"]


def test_a_dry_run_ends_as_the_patch_would_and_stores_nothing(lab: LabHandle, kube: KubeClient) -> None:
    operations = _claiming(kube.albconfig("alb")).operations
    assert LISTENER.claim_annotation in kube.try_patch_albconfig("alb", operations)["metadata"]["annotations"]
    _webhook(lab, "denies")
    with pytest.raises(AdmissionDenied, match=TEXT):
        kube.try_patch_albconfig("alb", operations)
    _webhook(lab, "refuses-dry-run")
    lab.settle()
    with pytest.raises(DryRunUnsupported, match=f"{WEBHOOK} does not support a dry run"):
        kube.try_patch_albconfig("alb", operations)
    assert "annotations" not in lab.albconfig("alb")["metadata"]
    _claimed(kube)


def test_a_webhook_that_denies_dry_runs_alone_has_not_denied_the_patch(lab: LabHandle, kube: KubeClient) -> None:
    _webhook(lab, "denies", webhook_text="this webhook does no dry run", webhook_denies='"dryRun": true')
    with pytest.raises(DryRunUnsupported):
        kube.try_patch_albconfig("alb", _claiming(kube.albconfig("alb")).operations)
    _claimed(kube)


@contextmanager
def _policy(lab: LabHandle, reason: str) -> Iterator[None]:
    """Let a ValidatingAdmissionPolicy deny the program's updates of every AlbConfig."""
    objects = client.CustomObjectsApi(lab.admin)
    rule = {
        "apiGroups": ["alibabacloud.com"],
        "apiVersions": ["v1"],
        "operations": ["UPDATE"],
        "resources": ["albconfigs"],
    }
    validation = {"expression": f"request.userInfo.username != '{PROGRAM}'", "message": TEXT, "reason": reason}
    policy = {"matchConstraints": {"resourceRules": [rule]}, "validations": [validation]}
    made = {
        "validatingadmissionpolicies": ("ValidatingAdmissionPolicy", policy),
        "validatingadmissionpolicybindings": (
            "ValidatingAdmissionPolicyBinding",
            {"policyName": "frozen", "validationActions": ["Deny"]},
        ),
    }
    for plural, (kind, spec) in made.items():
        body = {"apiVersion": f"{POLICIES}/v1", "kind": kind, "metadata": {"name": "frozen"}, "spec": spec}
        objects.create_cluster_custom_object(POLICIES, "v1", plural, body)
    try:
        yield
    finally:
        for plural in made:
            objects.delete_cluster_custom_object(POLICIES, "v1", plural, "frozen")


@pytest.mark.parametrize("reason", ["Invalid", "Forbidden"])
def test_a_policy_of_the_cluster_is_named_like_a_webhook(lab: LabHandle, kube: KubeClient, reason: str) -> None:
    operations = _claiming(kube.albconfig("alb")).operations

    def denies() -> bool:
        try:
            kube.try_patch_albconfig("alb", operations)
        except AdmissionDenied:
            return True
        return False

    with _policy(lab, reason):
        wait_until(denies, "the policy is in force")
        with pytest.raises(AdmissionDenied, match=f"^ValidatingAdmissionPolicy 'frozen' denied .*: {TEXT}"):
            _claimed(kube)
    wait_until(lambda: not denies(), "the policy is gone")
    _claimed(kube)
