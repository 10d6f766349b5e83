"""What the user of the kubeconfig may do, by the API server's answer for every rule that the program needs."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from urllib3.exceptions import HTTPError

from alb_mtls.cluster.kube_client import KubeAccess
from alb_mtls.imports import import_turn
from ops.doctor.diagnosis import Line, fine, note, problem, stopping, unknown

RBAC = Path(__file__).resolve().parents[2] / "rbac"
CLUSTER_ROLE = RBAC / "cluster-role-up.yaml"
_TOPIC = "permissions"
# As their files are called; the first that grants a permission grants the least beside it.
_ROLES = ("preview", "operations", "up")
_ON_CALL = "on-call"
_SECONDS = 10
# API groups without which an up does all of its work.
_OPTIONAL = ("gateway.networking.k8s.io",)
# What an up reads only to explain why it failed.
_EXPLAINING = ("events", "customresourcedefinitions")


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One verb on one resource, as RBAC knows it; `name` narrows it to one object."""

    verb: str
    group: str
    resource: str
    name: str | None = None

    @property
    def text(self) -> str:
        """Return how messages name it: `patch albconfigs.alibabacloud.com`."""
        kind = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {kind}" + (f" {self.name}" if self.name else "")


@cache
def required_permissions(cluster_role: str) -> list[Permission]:
    """Return what a ClusterRole allows, one by one."""
    return [
        Permission(verb=verb, group=group, resource=resource, name=name)
        for rule in yaml.safe_load(cluster_role)["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
        for name in rule.get("resourceNames") or [None]
    ]


def examine_permissions(access: KubeAccess) -> Iterator[Line]:
    """Check each permission of rbac/cluster-role-up.yaml, which has all, by the API server's own answer.

    The last line says for which of the ClusterRoles of rbac/ they are enough.

    SelfSubjectAccessReview is open to every user of the API server (ClusterRole system:basic-user), and changes
    nothing.
    """
    with import_turn:
        # By name: the package loads a class when its name is looked up, which would be outside.
        from kubernetes.client import (
            ApiException,
            AuthorizationV1Api,
            V1ResourceAttributes,
            V1SelfSubjectAccessReview,
            V1SelfSubjectAccessReviewSpec,
        )

        from alb_mtls.cluster.kubeconfig import api_client

    missing: list[Permission] = []
    with closing(api_client(access.kubeconfig, access.context)) as made:
        reviews = AuthorizationV1Api(made)
        for permission in required_permissions(CLUSTER_ROLE.read_text("utf-8")):
            attributes = V1ResourceAttributes(
                group=permission.group, resource=permission.resource, verb=permission.verb, name=permission.name
            )
            review = V1SelfSubjectAccessReview(spec=V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
            try:
                answer = reviews.create_self_subject_access_review(review, _request_timeout=_SECONDS)
            except (ApiException, HTTPError):
                yield unknown(_TOPIC, "the API server does not answer SelfSubjectAccessReview, so none was checked")
                return
            if answer.status is not None and answer.status.allowed:
                yield fine(_TOPIC, f"may {permission.text}")
            else:
                missing.append(permission)
                yield _missing(permission)
    yield _enough_for(missing)


def _missing(permission: Permission) -> Line:
    found = f"may not {permission.text}"
    file = next(name for name in _ROLES if permission in _granted(name))
    remedy = f"bind rbac/cluster-role-{file}.yaml to this user"
    if permission.group in _OPTIONAL:
        return note(_TOPIC, f"{found}, so bypasses over the Gateway API are not found", remedy)
    return (problem if permission.resource in _EXPLAINING else stopping)(_TOPIC, found, remedy)


def _enough_for(missing: Sequence[Permission]) -> Line:
    required = [one for one in missing if one.group not in _OPTIONAL]
    lacking = {name: [one.text for one in required if one in _granted(name)] for name in (*_ROLES, _ON_CALL)}
    # Whoever may do an up may do what is for whoever is on call.
    enough = [name for name in _ROLES if not lacking[name]] or [name for name in (_ON_CALL,) if not lacking[name]]
    found = f"enough for {_and(enough)}"
    rest = [f"not for {name}: {', '.join(lacking[name])}" for name in _ROLES if lacking[name]]
    if not rest:
        return fine(_TOPIC, found)
    return note(_TOPIC, f"{found}, {'; '.join(rest)}", "each is a file rbac/cluster-role-….yaml")


def _and(names: Sequence[str]) -> str:
    if not names:
        return "none of them"
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def _granted(name: str) -> list[Permission]:
    return required_permissions((RBAC / f"cluster-role-{name}.yaml").read_text("utf-8"))
