"""Which build of the ALB Ingress Controller serves the cluster, where that is visible at all."""

from collections.abc import Iterator

from alb_mtls.cluster.controller_version import (
    NAMESPACE,
    OLDEST_TEXT,
    WHERE_TO_LOOK,
    ControllerImage,
    controller_images,
    too_old,
)
from alb_mtls.cluster.errors import ClusterError, Forbidden
from alb_mtls.cluster.kube_client import KubeClient
from ops.doctor.diagnosis import Line, fine, note, problem

_TOPIC = "controller"
_BY_HAND = f"look at it in the {WHERE_TO_LOOK}: {OLDEST_TEXT} or later is needed"


def examine_controller(kube: KubeClient) -> Iterator[Line]:
    """Look for a Deployment of the controller; the managed one runs outside of the cluster and has none.

    Reading Deployments is not among the permissions that the program needs, so a refusal is no problem.
    """
    try:
        images = controller_images(kube.deployments(NAMESPACE))
    except Forbidden:
        found = f"its version is not visible here: this user may not list Deployments in {NAMESPACE}"
        yield note(_TOPIC, found, f"{_BY_HAND}; or bind rbac/controller-version-role.yaml")
        return
    except ClusterError as error:
        yield note(_TOPIC, f"its version is not visible here: {error}", _BY_HAND)
        return
    if not images:
        found = f"its version is not visible here: no Deployment of {NAMESPACE} runs it, as where ACK manages it"
        yield note(_TOPIC, found, _BY_HAND)
    for image in images:
        yield _judged(image)


def _judged(image: ControllerImage) -> Line:
    runs = f"in this cluster it runs as {image.image}"
    if not image.of_ack:
        return problem(_TOPIC, f"{runs}, the open-source build, which ignores caEnabled", "install the one of ACK")
    if image.version is None:
        return note(_TOPIC, f"{runs}, whose tag is no version, so it is not judged", _BY_HAND)
    if image.is_too_old:
        return problem(_TOPIC, str(too_old(image)))
    return fine(_TOPIC, f"{runs}, and {OLDEST_TEXT} or later is needed")
