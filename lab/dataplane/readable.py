"""Keeps one CA that Caddy cannot read from stopping all listeners."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from lab.certificates import make_authority_of_nobody
from lab.dataplane.caddy import ConfigurationRejectedError
from lab.dataplane.caddy_config import serving_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.dataplane.caddy import CaddyInstance
    from lab.dataplane.caddy_config import ListenerConfig, Surroundings

_log = logging.getLogger(__name__)


class ReadableAuthorities:
    """Loads configurations; a listener with a CA that Caddy cannot read rejects everybody instead.

    CAS takes what it can read itself, and Go reads less: without this the whole configuration would be rejected,
    and every listener would stay in Configuring until that CA is gone.
    """

    def __init__(self) -> None:
        """Know no CA to be unreadable."""
        self._unreadable: set[bytes] = set()
        self._nobody = make_authority_of_nobody()

    async def load(
        self, instance: "CaddyInstance", listeners: "Sequence[ListenerConfig]", around: "Surroundings"
    ) -> None:
        """Let an instance serve these listeners.

        Raises:
            ConfigurationRejectedError: it rejects them, and not because of a CA.
            CaddyError: it does not answer.
        """
        try:
            await instance.load(serving_config(self._readable(listeners), around))
        except ConfigurationRejectedError:
            if not await self._find_unreadable(instance, listeners, around):
                raise
            await instance.load(serving_config(self._readable(listeners), around))

    def _readable(self, listeners: "Sequence[ListenerConfig]") -> "list[ListenerConfig]":
        return [
            replace(each, client_ca=self._nobody) if each.client_ca in self._unreadable else each for each in listeners
        ]

    async def _find_unreadable(
        self, instance: "CaddyInstance", listeners: "Sequence[ListenerConfig]", around: "Surroundings"
    ) -> bool:
        known = len(self._unreadable)
        for listener in listeners:
            if listener.client_ca is None or listener.client_ca in self._unreadable:
                continue
            try:
                await instance.load(serving_config([listener], around))
            except ConfigurationRejectedError as error:
                _log.error("listener %s rejects everybody, its CA cannot be used: %s", listener.listener_id, error)
                self._unreadable.add(listener.client_ca)
        return len(self._unreadable) > known
