"""Handshakes with the listeners after a recovery, by Python's own TLS: who gets in is not taken from the program."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import ClientCredential, make_client
from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import HOSTS
from tests.helpers.tls_clients import Answer, python

_BACKEND_SAYS = "old"


class Doors:
    """The listeners 443/HTTPS of a lab."""

    def __init__(self, lab: LabHandle, folder: Path) -> None:
        """Ask nothing yet.

        Args:
            lab: whose listeners.
            folder: for the files that Python's ssl insists on.
        """
        self._lab = lab
        self._folder = folder

    def broken(self, albconfig: str, *, asks_for: ClientCredential | None) -> Iterator[str]:
        """Yield what a listener does wrong.

        Args:
            albconfig: whose listener.
            asks_for: root CA whose clients alone get in; None lets everybody in.
        """
        nobody = self._ask(albconfig, None)
        if asks_for is None:
            if nobody.body.strip() != _BACKEND_SAYS:
                yield f"{albconfig}/443: without a certificate it answers {nobody}, and should let everybody in"
            return
        if not nobody.error:
            yield f"{albconfig}/443: a client without a certificate gets in: {nobody}"
        client = self._ask(albconfig, _client_of(asks_for))
        if client.body.strip() != _BACKEND_SAYS:
            yield f"{albconfig}/443: a client of the CA is refused: {client}"

    def _ask(self, albconfig: str, client: "_Presented | None") -> Answer:
        return python(
            self._lab.address(albconfig, "443/HTTPS"),
            host=HOSTS[albconfig],
            server_ca=self._lab.paths.server_ca,
            version=ssl.TLSVersion.TLSv1_3,
            identity=client,
            folder=self._folder,
        )


class _Presented:
    """A client in the files that an `ssl.SSLContext` reads."""

    def __init__(self, identity: ClientCredential) -> None:
        self._identity = identity

    def load_into(self, context: ssl.SSLContext, folder: Path) -> None:
        """Let a TLS context present it."""
        certificate, key = folder / "presented.crt", folder / "presented.key"
        certificate.write_text(certificate_pem(self._identity.certificate))
        key.touch(mode=0o600)
        key.write_text(private_key_pem(self._identity.key))
        context.load_cert_chain(certificate, key)


@cache
def _client_of(root: ClientCredential) -> _Presented:
    return _Presented(make_client(root, now=datetime.now(UTC)))
