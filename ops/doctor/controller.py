"""Which build of the ALB Ingress Controller serves the cluster, where that can be found out at all."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from kubernetes import client
from urllib3.exceptions import HTTPError

from alb_mtls.cluster.kube_client import KubeAccess
from alb_mtls.cluster.kubeconfig import api_client
from ops.doctor.diagnosis import Line, fine, note

_NAMESPACE = "kube-system"
_IMAGES = ("alb-ingress-controller", "load-balancer-controller")
_SECONDS = 10
_REMEDY = "ACK console, Add-ons, alb-ingress-controller; the open-source build ignores caEnabled"


def examine_controller(access: KubeAccess) -> Iterator[Line]:
    """Look for a Deployment of the controller; the managed one runs outside of the cluster and has none.

    Reading Deployments is not among the permissions that the program needs, so a refusal is no problem.
    """
    topic = "controller"
    with closing(api_client(access.kubeconfig, access.context)) as made:
        try:
            listed = client.AppsV1Api(made).list_namespaced_deployment(_NAMESPACE, _request_timeout=_SECONDS)
        except (client.ApiException, HTTPError):
            yield note(topic, "its version is not known: this user may not list Deployments in kube-system", _REMEDY)
            return
    found = controller_images(listed.items)
    if found:
        yield fine(topic, f"in this cluster it runs as {', '.join(found)}")
    else:
        yield note(topic, "no Deployment of it in kube-system: it runs outside, as ACK's managed one does", _REMEDY)


def controller_images(deployments: list[Any]) -> list[str]:
    """Return the images, with their versions, that look like the controller's."""
    images = {
        container.image
        for deployment in deployments
        for container in deployment.spec.template.spec.containers
        if any(name in (container.image or "") for name in _IMAGES)
    }
    return sorted(images)
