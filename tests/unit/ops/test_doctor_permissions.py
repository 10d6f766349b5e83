"""What the credentials of a user are enough for, by the files of rbac/, and what is missing for the others."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from kubernetes import client as kubernetes_client

from alb_mtls.aliyun.errors import AccessDenied
from alb_mtls.cluster.kube_client import KubeAccess
from ops.doctor import permissions
from ops.doctor.cloud import _quota
from ops.doctor.diagnosis import Health, Line

PATCH = "patch albconfigs.alibabacloud.com"
DEFINITION = "get customresourcedefinitions.apiextensions.k8s.io albconfigs.alibabacloud.com"


@pytest.fixture
def review(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], bool]], list[Line]]:
    """Examine the permissions of a user who may do what a rule says."""

    def examine(allowed: Callable[[Any], bool]) -> list[Line]:
        def answer(_self: object, asked: Any, **_: object) -> Any:
            return SimpleNamespace(status=SimpleNamespace(allowed=allowed(asked.spec.resource_attributes)))

        made = SimpleNamespace(close=lambda: None)
        monkeypatch.setattr("alb_mtls.cluster.kubeconfig.api_client", lambda *_: made)
        api = kubernetes_client.AuthorizationV1Api
        monkeypatch.setattr(api, "create_self_subject_access_review", answer)
        return list(permissions.examine_permissions(KubeAccess(kubeconfig=None, context=None)))

    return examine


def test_a_permission_that_is_denied_is_named_and_the_others_are_fine(
    review: Callable[[Callable[[Any], bool]], list[Line]],
) -> None:
    lines = review(lambda asked: (asked.verb, asked.resource) != ("patch", "albconfigs"))
    assert [line.found for line in lines if line.health is Health.PROBLEM] == [f"may not {PATCH}"]
    assert len([line for line in lines if line.health is Health.FINE]) == len(lines) - 2


EVERY_PERMISSION = permissions.required_permissions(permissions.CLUSTER_ROLE.read_text("utf-8"))


@pytest.mark.parametrize("permission", EVERY_PERMISSION, ids=lambda one: str(one.text))
def test_each_permission_that_is_missing_is_one_line_with_the_file_that_grants_it(
    permission: permissions.Permission, review: Callable[[Callable[[Any], bool]], list[Line]]
) -> None:
    lines = review(lambda asked: (asked.verb, asked.resource) != (permission.verb, permission.resource))
    [line] = [one for one in lines if one.found.startswith(f"may not {permission.text}")]
    [file] = re.findall(r"bind (rbac/\S+) to this user", line.remedy)
    assert permission in permissions.required_permissions((permissions.RBAC.parent / file).read_text("utf-8"))


def _may(role: str) -> Callable[[Any], bool]:
    granted = permissions.required_permissions((permissions.RBAC / f"cluster-role-{role}.yaml").read_text("utf-8"))
    return lambda asked: (asked.verb, asked.resource) in {(one.verb, one.resource) for one in granted}


@pytest.mark.parametrize(
    ("role", "says"),
    [
        ("up", "enough for preview, operations and up"),
        ("operations", f"enough for preview and operations, not for up: {PATCH}"),
        ("preview", f"enough for preview, not for operations: {DEFINITION}; not for up: {PATCH}, {DEFINITION}"),
    ],
)
def test_the_last_line_says_for_which_files_a_user_has_enough_and_what_the_others_grant_beside_it(
    role: str, says: str, review: Callable[[Callable[[Any], bool]], list[Line]]
) -> None:
    assert review(_may(role))[-1].found == says


def test_who_is_on_call_has_enough_for_that_alone_and_who_may_nothing_for_none(
    review: Callable[[Callable[[Any], bool]], list[Line]],
) -> None:
    assert review(_may("on-call"))[-1].found.startswith("enough for on-call, not for preview: list albconfigs")
    assert review(lambda _: False)[-1].found.startswith("enough for none of them, not for preview: get albconfigs")


NOT_ALLOWED = AccessDenied("may not", api="GetCertWarehouseQuota", target="the account", action="x")


def test_a_quota_that_may_not_be_read_is_not_known_and_stops_no_up() -> None:
    def denied() -> None:
        raise NOT_ALLOWED

    cas: Any = SimpleNamespace(quota=denied)
    [line] = _quota(cas, uploads=True)
    assert (line.health, line.stops_up) == (Health.UNKNOWN, False)
    assert "is not known: may not" in line.found
