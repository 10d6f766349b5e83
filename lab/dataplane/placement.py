"""Which loopback port a listener is served on, and that some may have none."""

import logging
from typing import TYPE_CHECKING

from lab.ports import NoFreePortError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lab.ports import PortPlan

_log = logging.getLogger(__name__)

Place = tuple[str, str]
"""Name of an AlbConfig, and label of a listener such as `443/HTTPS`."""


class Placement:
    """Gives listeners their ports and notes which are gone."""

    def __init__(self, ports: "PortPlan") -> None:
        """Take the ports of a lab; no listener is there."""
        self._ports = ports
        self._places: set[Place] = set()
        self._without: set[Place] = set()

    def port(self, place: Place) -> int | None:
        """Return the port of a listener, None when the lab has none left, which is logged once."""
        try:
            port = self._ports.listener(*place)
        except NoFreePortError as error:
            if place not in self._without:
                _log.error("listener %s of AlbConfig %s is not served: %s", place[1], place[0], error)
                self._without.add(place)
            return None
        self._without.discard(place)
        return port

    def keep_only(self, places: "Iterable[Place]") -> None:
        """Note which listeners are served now: the ports of those that were before can go to others."""
        kept = set(places)
        for place in self._places - kept:
            self._ports.give_up(*place)
        self._places = kept
