"""The version of the ALB Ingress Controller, where the cluster shows it. Pure.

On dedicated clusters it runs as a Deployment of kube-system; the one that ACK manages runs outside, and nothing in the
cluster shows its version. Source of the minimum: docs/facts/alibaba-cloud.md, Controller builds.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from alb_mtls.cluster.errors import ControllerTooOld
from alb_mtls.cluster.routes import Object

OLDEST: Final = (2, 11, 0)
OLDEST_TEXT: Final = "v2.11.0"
NAMESPACE: Final = "kube-system"
WHERE_TO_LOOK: Final = "ACK console: Clusters, the name of the cluster, Add-ons, ALB Ingress Controller"

# The build that ACK ships; releases of the open-source one, load-balancer-controller, have numbers of their own.
_OF_ACK: Final = "alb-ingress-controller"
_OPEN_SOURCE: Final = "load-balancer-controller"
_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+.].*)?")


@dataclass(frozen=True, kw_only=True)
class ControllerImage:
    """A container of the controller.

    Attributes:
        image: as its Deployment names it.
        of_ack: whether it is ACK's build, whose number says what it can do.
        version: None when its tag is none.
    """

    image: str
    of_ack: bool
    version: tuple[int, ...] | None

    @property
    def is_too_old(self) -> bool:
        """Whether it is surely a build of ACK without mutual TLS."""
        return self.of_ack and self.version is not None and self.version < OLDEST


def too_old(image: ControllerImage) -> ControllerTooOld:
    """Return the error about a build without mutual TLS."""
    return ControllerTooOld(image.image, oldest=OLDEST_TEXT, where=WHERE_TO_LOOK)


def controller_images(deployments: Collection[Object]) -> list[ControllerImage]:
    """Return what runs as the controller among Deployments, sorted; none where it runs outside of the cluster."""
    found = {image for deployment in deployments for image in _images(deployment)}
    named = ((image, _name_and_tag(image)) for image in sorted(found))
    return [
        ControllerImage(image=image, of_ack=name == _OF_ACK, version=_version(tag))
        for image, (name, tag) in named
        if name in (_OF_ACK, _OPEN_SOURCE)
    ]


def _images(deployment: Object) -> Iterator[str]:
    spec: Any = deployment.get("spec")
    if isinstance(spec, dict) and spec.get("replicas") == 0:
        # Left over, as after a move to the controller that ACK manages: it runs nothing.
        return
    for member in ("template", "spec"):
        spec = spec.get(member) if isinstance(spec, dict) else None
    containers = spec.get("containers") if isinstance(spec, dict) else None
    for container in containers if isinstance(containers, list) else []:
        image = container.get("image") if isinstance(container, dict) else None
        if isinstance(image, str):
            yield image


def _name_and_tag(image: str) -> tuple[str, str]:
    """Return `name` and `tag` of `registry:port/repository/name:tag@digest`."""
    name, _, tag = image.partition("@")[0].rpartition("/")[2].partition(":")
    return name, tag


def _version(tag: str) -> tuple[int, ...] | None:
    """Return the numbers of `v2.11.0-aliyun.1`; what follows them marks a build, not a preview of a release."""
    found = _VERSION.fullmatch(tag)
    return tuple(int(part) for part in found.groups()) if found else None
