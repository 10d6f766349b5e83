"""Handshakes with the listeners after a recovery, by Python's own TLS and not by the program's code."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from tests.helpers.certificates import ClientCredential, make_client
from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import HOSTS
from tests.helpers.tls_clients import Answer, python

_BACKEND_SAYS = "old"


class Listeners:
    """The listeners 443/HTTPS of a lab."""

    def __init__(self, lab: LabHandle, folder: Path) -> None:
        """Connect to nothing yet.

        Args:
            lab: whose listeners.
            folder: for the files that Python's ssl insists on.
        """
        self._lab = lab
        self._folder = folder

    def broken(self, albconfig: str, *, trusted: ClientCredential | None) -> Iterator[str]:
        """Yield what a listener does wrong.

        Args:
            albconfig: whose listener.
            trusted: root CA whose clients alone are accepted; None accepts everybody.
        """
        without = self._request(albconfig, None)
        if trusted is None:
            if without.body.strip() != _BACKEND_SAYS:
                yield f"{albconfig}/443: without a certificate it answers {without}, and should accept everybody"
            return
        if not without.error:
            yield f"{albconfig}/443: a client without a certificate is accepted: {without}"
        client = self._request(albconfig, _client_of(trusted))
        if client.body.strip() != _BACKEND_SAYS:
            yield f"{albconfig}/443: a client of the CA is rejected: {client}"

    def _request(self, albconfig: str, client: ClientCredential | None) -> Answer:
        return python(
            self._lab.address(albconfig, "443/HTTPS"),
            host=HOSTS[albconfig],
            server_ca=self._lab.paths.server_ca,
            version=ssl.TLSVersion.TLSv1_3,
            identity=client,
            folder=self._folder,
        )


@cache
def _client_of(root: ClientCredential) -> ClientCredential:
    return make_client(root, now=datetime.now(UTC))
