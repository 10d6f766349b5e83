"""What the user of the kubeconfig may do, by the API server's answer for every rule that the program needs."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import yaml
from kubernetes import client
from urllib3.exceptions import HTTPError

from alb_mtls.cluster.kube_client import KubeAccess
from alb_mtls.cluster.kubeconfig import api_client
from ops.doctor.diagnosis import Line, fine, note, problem, stopping, unknown

CLUSTER_ROLE = Path(__file__).resolve().parents[2] / "rbac" / "cluster-role-up.yaml"
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
    """Check each permission of rbac/cluster-role-up.yaml by the API server's own answer.

    SelfSubjectAccessReview is open to every user of the API server (ClusterRole system:basic-user), and changes
    nothing.
    """
    topic = "permissions"
    with closing(api_client(access.kubeconfig, access.context)) as made:
        reviews = client.AuthorizationV1Api(made)
        for permission in required_permissions(CLUSTER_ROLE.read_text("utf-8")):
            attributes = client.V1ResourceAttributes(
                group=permission.group, resource=permission.resource, verb=permission.verb, name=permission.name
            )
            review = client.V1SelfSubjectAccessReview(
                spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes)
            )
            try:
                answer = reviews.create_self_subject_access_review(review, _request_timeout=_SECONDS)
            except (client.ApiException, HTTPError):
                yield unknown(topic, "the API server does not answer SelfSubjectAccessReview, so none was checked")
                return
            if answer.status is not None and answer.status.allowed:
                yield fine(topic, f"may {permission.text}")
            else:
                yield _missing(permission)


def _missing(permission: Permission) -> Line:
    topic, found = "permissions", f"may not {permission.text}"
    remedy = "bind the ClusterRole of rbac/ to this user"
    if permission.group in _OPTIONAL:
        return note(topic, f"{found}, so bypasses over the Gateway API are not found", remedy)
    return (problem if permission.resource in _EXPLAINING else stopping)(topic, found, remedy)
