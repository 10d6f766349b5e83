"""What the program has seen of one listener before it registers anything."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alb_mtls.configuration.model import ListenerSettings

if TYPE_CHECKING:
    from alb_mtls.cluster.findings import Finding
    from alb_mtls.cluster.hosts import ListenerHost
    from alb_mtls.cluster.listener import ListenerState


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was found about one listener; only `settings` when the cluster was out of reach.

    Attributes:
        state: of the two fields as they are now.
        claimed: by this stack.
        edition: of the ALB; None when the cloud was out of reach.
        addresses: of the ALB, as clients would use them.
        writers: who else writes this AlbConfig.
    """

    settings: ListenerSettings
    state: "ListenerState | None" = None
    claimed: bool = False
    edition: str | None = None
    hosts: "tuple[ListenerHost, ...]" = ()
    addresses: tuple[str, ...] = ()
    findings: "tuple[Finding, ...]" = ()
    writers: tuple[str, ...] = ()

    @property
    def host(self) -> str | None:
        """The first host of an Ingress rule that can be asked for; a wildcard cannot."""
        from alb_mtls.cluster.hosts import servable_host

        return servable_host(self.hosts)

    def changes(self, *, enabled: bool) -> bool:
        """Say whether an `up` will change the listener for sure; another root CA cannot be told from here."""
        if self.state is None:
            return False
        return not self.claimed or bool(self.state.ca_enabled) != enabled or not self.state.identifiers
