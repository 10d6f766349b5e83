"""The version of the controller where it runs in the cluster, read with the optional role and with nothing more."""

from collections.abc import Iterator

import pytest

from alb_mtls.cluster.controller_version import NAMESPACE, controller_images
from alb_mtls.cluster.errors import Forbidden
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from tests.helpers.controller_deployment import deployed_controller, visible_deployments
from tests.helpers.lab import LabHandle


@pytest.fixture
def kube(lab: LabHandle) -> Iterator[KubeClient]:
    client = KubeClient(KubeAccess(kubeconfig=str(lab.paths.program_kubeconfig), context="lab"))
    yield client
    client.close()


def test_with_the_optional_role_the_version_of_a_deployment_is_known(lab: LabHandle, kube: KubeClient) -> None:
    with visible_deployments(lab), deployed_controller(lab, "v2.10.0-aliyun.1") as deployed:
        (image,) = controller_images(kube.deployments(NAMESPACE))
        assert (image.image, image.version, image.is_too_old) == (deployed, (2, 10, 0), True)
        with pytest.raises(Forbidden):
            kube.deployments("default")


def test_a_new_lab_has_no_deployment_of_the_controller(lab: LabHandle, kube: KubeClient) -> None:
    with visible_deployments(lab):
        assert controller_images(kube.deployments(NAMESPACE)) == []


def test_without_the_optional_role_nothing_is_read(lab: LabHandle, kube: KubeClient) -> None:
    with deployed_controller(lab, "v2.10.0"), pytest.raises(Forbidden, match="may not list deployments"):
        kube.deployments(NAMESPACE)
