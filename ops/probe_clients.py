"""Whom a listener is asked as: clients made in memory with the CA's key, or a client that exists."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from cryptography import x509

from alb_mtls.handshake.probe_clients import (
    ClientCredential,
    ProbeClients,
    probe_clients_of,
    probe_clients_of_unknown_ca,
)
from alb_mtls.pki.encoding import load_certificate, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.imported import key_matches
from alb_mtls.pki.keys import PrivateKey, load_private_key
from alb_mtls.pki.pem_files import chain_in_file, private_key_in_file
from alb_mtls.pki.signatures import is_issued_by
from ops.configuration import ProofConfiguration
from ops.errors import OpsError
from ops.state import StackState

_Read = TypeVar("_Read")


@dataclass(frozen=True, kw_only=True)
class OpsProbeClients:
    """Whom a listener is asked as.

    Attributes:
        probes: those of foreign CAs at least.
        origin: for people: where the client that must get in comes from.
    """

    probes: ProbeClients
    origin: str


def askers_of(
    state: StackState, authority: x509.Certificate | None, proof: ProofConfiguration, now: datetime
) -> OpsProbeClients:
    """Return whom to ask as: with the root CA's key from the state, from its keyFile, as proof.client, or as a client.

    Args:
        state: the stack.
        authority: the CA that the listener should trust; None when nobody knows it.
        proof: of the configuration; its client counts when the CA's key is not at hand.
        now: aware, in UTC.

    Raises:
        OpsError: a file that is named cannot be used.
    """
    if authority is None:
        for origin, identity in _configured(proof):
            return OpsProbeClients(probes=probe_clients_of_unknown_ca(now, valid=identity), origin=origin)
        return OpsProbeClients(
            probes=probe_clients_of_unknown_ca(now), origin="nobody: the CA of the listener is not known"
        )
    for origin, key in _keys(state, authority):
        if key_matches(authority, key):
            return OpsProbeClients(
                probes=probe_clients_of(authority, key, now), origin=f"made with the CA's key {origin}"
            )
    for origin, identity in _existing(state, authority, proof, now):
        return OpsProbeClients(probes=probe_clients_of(authority, None, now, valid=identity), origin=origin)
    return OpsProbeClients(
        probes=probe_clients_of(authority, None, now), origin="nobody: no key of the CA or of a client is here"
    )


def _keys(state: StackState, authority: x509.Certificate) -> Iterator[tuple[str, PrivateKey]]:
    for ca in state.root_cas:
        if ca.private_key_pem is not None:
            yield "from the state", load_private_key(ca.private_key_pem)
    files = {
        client.issuer_key_file
        for client in state.clients
        if client.issuer_key_file and is_issued_by(load_certificate(client.certificate_pem), authority)
    }
    for file in sorted(filter(None, files)):
        # An offline CA: its key is only there while somebody signs.
        if Path(file).is_file():
            yield f"from {file}", _from_file(private_key_in_file, file, "rootCa.keyFile")


def _existing(
    state: StackState, authority: x509.Certificate, proof: ProofConfiguration, now: datetime
) -> Iterator[tuple[str, ClientCredential]]:
    yield from _configured(proof)
    for client in state.clients:
        chain = load_chain(client.chain_pem)
        ours = any(is_issued_by(one, authority) for one in chain)
        if client.private_key_pem is not None and ours and now < chain[0].not_valid_after_utc:
            yield f"client {client.name}", ClientCredential(chain=chain, key=load_private_key(client.private_key_pem))


def _configured(proof: ProofConfiguration) -> Iterator[tuple[str, ClientCredential]]:
    if proof.client_certificate_file and proof.client_key_file:
        chain = _from_file(chain_in_file, proof.client_certificate_file, "proof.client.certificateFile")
        key = _from_file(private_key_in_file, proof.client_key_file, "proof.client.keyFile")
        yield "the client of proof.client", ClientCredential(chain=chain, key=key)


def _from_file(read: Callable[[str, str], _Read], path: str, setting: str) -> _Read:
    try:
        return read(path, setting)
    except PkiError as error:
        raise OpsError(str(error)) from None
