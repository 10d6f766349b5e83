"""A controller in the cluster of a lab, as on dedicated clusters, and the optional role that shows its version."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes import client as kubernetes_client

from alb_mtls.cluster.controller_version import NAMESPACE
from lab.control_plane.manifests import RBAC, manifests
from tests.helpers.lab import LabHandle, wait_until

_NAME = "alb-ingress-controller"
IMAGE = f"registry-vpc.cn-hangzhou.aliyuncs.com/acs/{_NAME}"


@contextmanager
def visible_deployments(lab: LabHandle) -> Iterator[None]:
    """Let the program's user list Deployments of kube-system, and nothing more."""
    rbac: Any = kubernetes_client.RbacAuthorizationV1Api(lab.admin)
    role, binding = manifests(RBAC / "controller-version-role.yaml")
    rbac.create_namespaced_role(NAMESPACE, role)
    rbac.create_namespaced_role_binding(NAMESPACE, binding)
    try:
        wait_until(lambda: _may_list(lab), "the role is in force")
        yield
    finally:
        rbac.delete_namespaced_role_binding(binding["metadata"]["name"], NAMESPACE)
        rbac.delete_namespaced_role(role["metadata"]["name"], NAMESPACE)


@contextmanager
def deployed_controller(lab: LabHandle, tag: str) -> Iterator[str]:
    """Make a Deployment of the controller; return its image."""
    apps: Any = kubernetes_client.AppsV1Api(lab.admin)
    labels, image = {"app": _NAME}, f"{IMAGE}:{tag}"
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "controller", "image": image}]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    apps.create_namespaced_deployment(NAMESPACE, {"metadata": {"name": _NAME}, "spec": spec})
    try:
        yield image
    finally:
        apps.delete_namespaced_deployment(_NAME, NAMESPACE)


def _may_list(lab: LabHandle) -> bool:
    apps: Any = kubernetes_client.AppsV1Api(lab.program)
    try:
        apps.list_namespaced_deployment(NAMESPACE)
    except kubernetes_client.ApiException:
        return False
    return True
