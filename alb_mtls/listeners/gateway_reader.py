"""Reading the Gateway API of a cluster, which nobody has to be allowed to read."""

from functools import partial

from alb_mtls.cluster.errors import ClusterError, ListenersOfGateway
from alb_mtls.cluster.gateways import GatewayApi, gateways_of_albconfig
from alb_mtls.cluster.listener import AlbConfig, listeners_of, name_of
from alb_mtls.listeners.reads import Reads
from alb_mtls.session import Session


class GatewayReader:
    """Reads the Gateway API once for each cluster."""

    def __init__(self, session: Session, reads: Reads) -> None:
        """Remember how clusters are reached, and what was read already."""
        self._session = session
        self._reads = reads

    def begin(self, kubeconfig: str | None) -> None:
        """Begin to read what `read` returns."""
        self._reads.begin((GatewayReader, kubeconfig), partial(self._read, kubeconfig))

    def read(self, kubeconfig: str | None) -> tuple[GatewayApi, tuple[str, ...]]:
        """Return what the Gateway API of a cluster holds, and a sentence where that cannot be read.

        Args:
            kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
        """
        return self._reads.get((GatewayReader, kubeconfig), partial(self._read, kubeconfig))

    def _read(self, kubeconfig: str | None) -> tuple[GatewayApi, tuple[str, ...]]:
        try:
            return self._session.kube(kubeconfig).gateway_api(), ()
        except ClusterError as error:
            return GatewayApi(), (f"HTTPRoutes of the Gateway API were not looked at: {error}",)

    def refuse_listeners_of_gateway(self, albconfig: AlbConfig, kubeconfig: str | None) -> None:
        """Refuse an AlbConfig without listeners that belongs to a GatewayClass.

        Where that cannot be read, the sentence about a missing listener is true all the same.

        Raises:
            ListenersOfGateway: names the GatewayClasses and their Gateways.
        """
        if listeners_of(albconfig):
            return
        users = gateways_of_albconfig(name_of(albconfig), self.read(kubeconfig)[0])
        if users:
            raise ListenersOfGateway(name_of(albconfig), users)
