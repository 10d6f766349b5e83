"""The clients that a listener is probed with: made in memory with the CA's key, or one that exists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from alb_mtls.handshake.credentials import ClientCredential, ClientNames, names_of
from alb_mtls.handshake.generations import Generation, with_generations, without_cross
from alb_mtls.handshake.probe_clients import ProbeClients, probe_clients_of, probe_clients_of_unknown_ca
from alb_mtls.listener_resources import ListenerSwitchInputs, ProofSettings
from alb_mtls.listeners.proof_clients import configured_client, other_generations, refuse_others_client
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.keys import PrivateKey, key_matches, load_private_key
from alb_mtls.pki.passphrases import PassphraseOf, no_passphrase
from alb_mtls.pki.pem_files import ca_key_in_file, is_locked
from alb_mtls.pki.signatures import is_issued_by
from ops.current_listeners import CurrentListener
from ops.state_records import ClientRecord


@dataclass(frozen=True, kw_only=True)
class OpsProbeClients:
    """The clients that a listener is probed with.

    Attributes:
        probes: those of another CA at least.
        origin: for people: where the client comes from that must be accepted.
    """

    probes: ProbeClients
    origin: str


def probe_clients_for(
    listener: CurrentListener,
    clients: Sequence[ClientRecord],
    proof: ProofSettings,
    now: datetime,
    passphrase_of: PassphraseOf = no_passphrase,
) -> OpsProbeClients:
    """Return clients made with the CA's key from the state or its file, else the configured one, else one of the stack.

    Args:
        listener: to be probed.
        clients: of the stack.
        proof: of the configuration; its client stands beside the one of the CA's key, or in its place.
        now: aware, in UTC.
        passphrase_of: asked for the key file of an imported root CA.

    Raises:
        PkiError: a file that is named cannot be used.
    """
    authority = listener.trusted_ca
    if authority is not None and _has_given(proof):
        refuse_others_client(proof.client_certificate_file or "", listener.ca_chain, now)
    if authority is None:
        for origin, client in _configured(proof):
            return OpsProbeClients(probes=probe_clients_of_unknown_ca(now, valid=client), origin=origin)
        return OpsProbeClients(
            probes=probe_clients_of_unknown_ca(now), origin="none: the CA of the listener is not known"
        )
    desired = listener.deployed.desired
    names = next((names_of(chain[0]) for _, chain in _chains(clients, authority)), None)
    chosen = _of_authority(listener.ca_chain, clients, proof, now, names=names, keys=_keys(desired, passphrase_of))
    others = [] if desired is None else [one for _, one in other_generations(desired, passphrase_of)]
    if desired is None or desired.generation is None or not others:
        return chosen
    trusted = Generation(number=desired.generation, certificate=authority, above=listener.ca_chain[1:])
    return replace(chosen, probes=with_generations(chosen.probes, trusted, others, now, names=names))


def _of_authority(
    ca: Sequence[x509.Certificate],
    clients: Sequence[ClientRecord],
    proof: ProofSettings,
    now: datetime,
    *,
    names: ClientNames | None,
    keys: Iterator[tuple[str, PrivateKey]],
) -> OpsProbeClients:
    authority, *above = ca
    for origin, key in keys:
        if key_matches(authority, key):
            given = _given_if_there(proof)
            return OpsProbeClients(
                probes=probe_clients_of(authority, key, now, above=above, given=given, names=names),
                origin=f"made with the CA's key {origin}{'' if given is None else ', and the client of proof.client'}",
            )
    for origin, client in (*_configured(proof), *_of_stack(clients, authority, now)):
        # Alone it must show that this CA is trusted, and not an older one that vouches for it.
        alone = without_cross(client, ca[-1])
        probes = probe_clients_of(authority, None, now, above=above, given=alone)
        return OpsProbeClients(probes=replace(probes, given=None if alone is client else client), origin=origin)
    return OpsProbeClients(
        probes=probe_clients_of(authority, None, now, above=above),
        origin="none: no key of the CA or of a client is here",
    )


def _keys(desired: ListenerSwitchInputs | None, passphrase_of: PassphraseOf) -> Iterator[tuple[str, PrivateKey]]:
    if desired is None:
        return
    if desired.ca_private_key_pem is not None:
        yield "from the state", load_private_key(desired.ca_private_key_pem)
    # An offline CA: its key is only there while somebody signs.
    path = desired.ca_key_file
    if path is not None and Path(path).is_file() and not is_locked(path, passphrase_of):
        yield f"from {path}", ca_key_in_file(path, passphrase_of)


def _configured(proof: ProofSettings) -> Iterator[tuple[str, ClientCredential]]:
    client = configured_client(proof)
    if client is not None:
        yield "the client of proof.client", client


def _given_if_there(proof: ProofSettings) -> ClientCredential | None:
    """Return the client of `proof.client`; verify runs where its files need not be, beside a client of the CA's key."""
    return configured_client(proof) if _has_given(proof) else None


def _has_given(proof: ProofSettings) -> bool:
    paths = (proof.client_certificate_file, proof.client_key_file)
    return all(path and Path(path).is_file() for path in paths)


def _chains(
    clients: Sequence[ClientRecord], authority: x509.Certificate
) -> Iterator[tuple[ClientRecord, list[x509.Certificate]]]:
    for client in clients:
        chain = load_chain(client.chain_pem)
        if any(is_issued_by(one, authority) for one in chain):
            yield client, chain


def _of_stack(
    clients: Sequence[ClientRecord], authority: x509.Certificate, now: datetime
) -> Iterator[tuple[str, ClientCredential]]:
    for client, chain in _chains(clients, authority):
        if client.private_key_pem is not None and now < chain[0].not_valid_after_utc:
            yield f"client {client.name}", ClientCredential(chain=chain, key=load_private_key(client.private_key_pem))
