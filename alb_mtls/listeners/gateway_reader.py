"""Reading the Gateway API of a cluster, which nobody has to be allowed to read."""

from alb_mtls.cluster.errors import ClusterError, ListenersOfGateway
from alb_mtls.cluster.gateways import GatewayApi, gateways_of_albconfig
from alb_mtls.cluster.listener import AlbConfig, listeners_of, name_of
from alb_mtls.session import Session


class GatewayReader:
    """Reads the Gateway API once for each cluster."""

    def __init__(self, session: Session) -> None:
        """Remember how clusters are reached."""
        self._session = session
        self._read: dict[str | None, tuple[GatewayApi, tuple[str, ...]]] = {}

    def read(self, kubeconfig: str | None) -> tuple[GatewayApi, tuple[str, ...]]:
        """Return what the Gateway API of a cluster holds, and a sentence where that cannot be read.

        Args:
            kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
        """
        if kubeconfig not in self._read:
            not_looked_at: tuple[str, ...] = ()
            try:
                found = self._session.kube(kubeconfig).gateway_api()
            except ClusterError as error:
                found = GatewayApi()
                not_looked_at = (f"HTTPRoutes of the Gateway API were not looked at: {error}",)
            self._read[kubeconfig] = found, not_looked_at
        return self._read[kubeconfig]

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
