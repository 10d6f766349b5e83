"""Clients for the cloud and the cluster, as a stack's configuration describes them."""

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.credentials import credential
from alb_mtls.aliyun.endpoints import EndpointError, alb_endpoint, cas_endpoint
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from ops.configuration import Configuration
from ops.errors import OpsError

# A person waits for the answer, and nothing is lost by asking again later.
_POLICY = RetryPolicy(deadline_seconds=20.0, unreachable_seconds=5.0)


class Access:
    """Makes clients; each is made once, and none connects before it is used."""

    def __init__(self, configuration: Configuration) -> None:
        """Remember the configuration."""
        self._configuration = configuration
        self._cas: dict[str, CasClient] = {}
        self._alb: dict[tuple[str | None, str], AlbClient] = {}
        self._kube: dict[KubeAccess, KubeClient] = {}

    def cas(self, endpoint: str) -> CasClient:
        """Return the client of a CAS site: `china`, `international`, a host or a URL.

        Raises:
            OpsError: the endpoint cannot be used.
            CloudError: there is no credential.
        """
        if endpoint not in self._cas:
            try:
                where = cas_endpoint(endpoint)
            except EndpointError as error:
                raise OpsError(str(error)) from None
            self._cas[endpoint] = CasClient(
                endpoint=where, credential=credential(self._configuration.get), policy=_POLICY
            )
        return self._cas[endpoint]

    def alb(self, endpoint: str | None, region: str) -> AlbClient:
        """Return the client of the ALB API of a region.

        Raises:
            OpsError: the endpoint or the region cannot be used.
            CloudError: there is no credential.
        """
        key = (endpoint, region)
        if key not in self._alb:
            try:
                where = alb_endpoint(endpoint, region)
            except EndpointError as error:
                raise OpsError(str(error)) from None
            self._alb[key] = AlbClient(endpoint=where, credential=credential(self._configuration.get), policy=_POLICY)
        return self._alb[key]

    def kube_access(self, kubeconfig: str | None) -> KubeAccess:
        """Return which cluster is meant: by content, by configuration, or else KUBECONFIG."""
        if kubeconfig:
            return KubeAccess(kubeconfig=kubeconfig, context=None)
        get = self._configuration.get
        return KubeAccess(kubeconfig=get("kubernetes:kubeconfig"), context=get("kubernetes:context"))

    def kube(self, kubeconfig: str | None) -> KubeClient:
        """Return the client of the cluster that `kube_access` names."""
        access = self.kube_access(kubeconfig)
        if access not in self._kube:
            self._kube[access] = KubeClient(access)
        return self._kube[access]

    def close(self) -> None:
        """Close what keeps connections open."""
        for client in self._kube.values():
            client.close()
