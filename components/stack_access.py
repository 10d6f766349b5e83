"""Whose the resources are, and how cloud and cluster are reached: what most resources of a stack have in common."""

from dataclasses import dataclass
from typing import Any

import pulumi

from alb_mtls.configuration.model import CasSettings, Settings
from alb_mtls.resources import AlbApi
from components.providers.deployment import Deployment


@dataclass(frozen=True, kw_only=True)
class StackAccess:
    """Whose the resources are, and how cloud and cluster are reached.

    Attributes:
        owner: `<project>/<stack>`; a listener that another owner claims is refused.
        deployment: id of this deployment; its claims carry it, and a CA that one of them names is in use.
        cas: the CAS site and the repository in it.
        alb: the ALB API.
        alb_editions: of ALBs that may authenticate clients.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
    """

    owner: str
    deployment: pulumi.Input[str]
    cas: CasSettings
    alb: AlbApi
    alb_editions: tuple[str, ...]
    kubeconfig: pulumi.Input[str] | None = None

    @classmethod
    def of(cls, settings: Settings, anchor: Deployment, kubeconfig: pulumi.Input[str] | None) -> "StackAccess":
        """Return it for the settings of a stack."""
        return cls(
            owner=settings.owner,
            deployment=anchor.deployment,
            cas=settings.cas,
            alb=settings.alb,
            alb_editions=settings.alb_editions,
            kubeconfig=kubeconfig,
        )

    def inputs(self) -> dict[str, Any]:
        """Return the inputs that the resources share, by the names of their fields."""
        kubeconfig = None if self.kubeconfig is None else pulumi.Output.secret(self.kubeconfig)
        return {"alb": self.alb, "deployment": self.deployment, "kubeconfig": kubeconfig}
