"""Many clients of one shape, whose certificates are issued together."""

from dataclasses import dataclass
from typing import Any

import pulumi

from alb_mtls.configuration.model import FleetSettings
from components.providers.issued_certificates import IssuedCertificates


@dataclass(frozen=True, kw_only=True)
class ClientFleetArgs:
    """Which fleet it is, and what issues its certificates."""

    settings: FleetSettings
    issued: IssuedCertificates


class ClientFleet(pulumi.ComponentResource):
    """A fleet of clients that the listener accepts; certificates and keys stay with the resource that issues them.

    Attributes:
        name: of the fleet, as configured.
        counts: how many certificates of it there are: `clients`, `superseded`, `forgotten`, and their `firstEnd`.
    """

    counts: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: ClientFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the fleet."""
        super().__init__("alb-mtls:index:ClientFleet", name, {}, opts)
        self.name = args.settings.name
        # No outputs of its own, for the inventory has them: registering them would write the whole state once more.
        self.counts = args.issued.fleets.apply(lambda fleets: dict((fleets or {}).get(self.name, {})))
