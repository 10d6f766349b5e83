"""Deleting certificates from CAS for a resource: with the clients of its process, and never one that is in use."""

from dataclasses import dataclass

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.listeners.guarded_delete import ca_is_in_use, delete_ca
from alb_mtls.resources import CasCertificateInputs, CasRepositoryInputs
from components.providers import process
from components.providers.base import show


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """The site, and where the uses of a certificate are looked up before it is deleted there."""

    cas: CasClient
    alb: AlbClient
    kube: KubeClient
    deployment: str

    @classmethod
    def of(cls, inputs: CasCertificateInputs | CasRepositoryInputs) -> "Deletion":
        """Return it for a resource with these inputs."""
        running = process.session()
        return cls(
            cas=running.cas(inputs.endpoint),
            alb=running.alb(inputs.alb.endpoint, inputs.alb.region),
            kube=running.kube(inputs.kubeconfig),
            deployment=inputs.deployment,
        )

    def delete(self, ca_identifier: str) -> bool:
        """Delete a certificate; return False when another resource of this deployment uses it.

        Raises:
            OperationFailed: somebody else's listener uses it; nothing was deleted.
        """
        return delete_ca(self.cas, ca_identifier, alb=self.alb, kube=self.kube, deployment=self.deployment, show=show)

    def is_in_use(self, ca_identifier: str) -> bool:
        """Say whether a listener uses a certificate, this deployment's or anybody's."""
        return ca_is_in_use(ca_identifier, alb=self.alb, kube=self.kube, show=show)
