"""The version of the controller where it runs in the cluster, read with the optional role and with nothing more."""

from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client as kubernetes_client

from alb_mtls.cluster.controller_version import NAMESPACE, controller_images
from alb_mtls.cluster.errors import Forbidden
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from lab.control_plane.manifests import RBAC, manifests
from tests.helpers.lab import LabHandle, wait_until

IMAGE = "registry-vpc.cn-hangzhou.aliyuncs.com/acs/alb-ingress-controller:v2.10.0-aliyun.1"


@pytest.fixture
def kube(lab: LabHandle) -> Iterator[KubeClient]:
    client = KubeClient(KubeAccess(kubeconfig=str(lab.paths.program_kubeconfig), context="lab"))
    yield client
    client.close()


@pytest.fixture
def allowed(lab: LabHandle) -> Iterator[None]:
    """Let the program's user read Deployments of kube-system, and nothing more."""
    rbac: Any = kubernetes_client.RbacAuthorizationV1Api(lab.admin)
    role, binding = manifests(RBAC / "controller-version-role.yaml")
    rbac.create_namespaced_role(NAMESPACE, role)
    rbac.create_namespaced_role_binding(NAMESPACE, binding)
    yield
    rbac.delete_namespaced_role_binding(binding["metadata"]["name"], NAMESPACE)
    rbac.delete_namespaced_role(role["metadata"]["name"], NAMESPACE)


@pytest.fixture
def deployed(lab: LabHandle) -> Iterator[None]:
    apps: Any = kubernetes_client.AppsV1Api(lab.admin)
    labels = {"app": "alb-ingress-controller"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "controller", "image": IMAGE}]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    apps.create_namespaced_deployment(NAMESPACE, {"metadata": {"name": "alb-ingress-controller"}, "spec": spec})
    yield
    apps.delete_namespaced_deployment("alb-ingress-controller", NAMESPACE)


@pytest.mark.usefixtures("allowed", "deployed")
def test_with_the_optional_role_the_version_of_a_deployment_is_known(kube: KubeClient) -> None:
    wait_until(lambda: _may(kube), "the role is in force")
    (image,) = controller_images(kube.deployments(NAMESPACE))
    assert (image.image, image.version, image.is_too_old) == (IMAGE, (2, 10, 0), True)
    with pytest.raises(Forbidden):
        kube.deployments("default")


@pytest.mark.usefixtures("allowed")
def test_a_new_lab_has_no_deployment_of_the_controller(kube: KubeClient) -> None:
    wait_until(lambda: _may(kube), "the role is in force")
    assert controller_images(kube.deployments(NAMESPACE)) == []


@pytest.mark.usefixtures("deployed")
def test_without_the_optional_role_nothing_is_read(kube: KubeClient) -> None:
    with pytest.raises(Forbidden, match="may not list deployments"):
        kube.deployments(NAMESPACE)


def _may(kube: KubeClient) -> bool:
    try:
        kube.deployments(NAMESPACE)
    except Forbidden:
        return False
    return True
