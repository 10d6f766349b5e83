"""The clients of a listener's proof, whichever generation of the root CA it trusts."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509

from alb_mtls.aliyun.alb_models import same_identifier
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.handshake.credentials import ClientCredential, ClientNames
from alb_mtls.handshake.generations import Generation, with_generations, without_cross
from alb_mtls.handshake.probe_clients import (
    ProbeClients,
    life_of_clients,
    probe_clients_of,
    probe_clients_of_unknown_ca,
)
from alb_mtls.listener_resources import ListenerSwitchInputs, OtherGeneration, ProbeNames, ProofSettings
from alb_mtls.pki.ca_chain import CaChain
from alb_mtls.pki.chain_verification import rejections_under
from alb_mtls.pki.client import alternative_names
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, key_matches, load_private_key
from alb_mtls.pki.passphrases import PassphraseOf
from alb_mtls.pki.pem_files import ca_key_in_file, chain_in_file, private_key_in_file
from alb_mtls.pki.san import parse_san
from alb_mtls.pki.subject import to_name

_CLIENT_FILE = "proof.client.certificateFile"


@dataclass(frozen=True, kw_only=True)
class ProofClients:
    """Makes the clients of one listener's proofs.

    Attributes:
        trusted: generation that the listener is to trust; None for a purchased CA.
        others: beside it, by the identifier of the CA in CAS, which is empty where the CA is not there.
        given: of `proof.client`; None without.
        names: of a client of the stack.
        now: aware, in UTC.
        life: of the clients.
    """

    trusted: Generation | None
    others: Sequence[tuple[str, Generation]]
    given: ClientCredential | None
    names: ClientNames | None
    now: datetime
    life: timedelta

    @classmethod
    def of(cls, inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf) -> "ProofClients":
        """Read the keys that sign them, and the client of `proof.client`.

        Args:
            inputs: of the switch.
            passphrase_of: asked for the key files of imported CAs.

        Raises:
            PkiError: a file that is named cannot be used, or no server would accept that client.
        """
        given, now = configured_client(inputs.proof), datetime.now(UTC)
        trusted: Generation | None = None
        if inputs.ca_certificate_pem is not None:
            ca = load_chain(inputs.ca_certificate_pem)
            if given is not None and inputs.proof.client_certificate_file:
                refuse_others_client(inputs.proof.client_certificate_file, ca, now)
            key = _key_of(inputs, passphrase_of)
            trusted = Generation(number=inputs.generation or 1, certificate=ca[0], above=ca[1:], key=key)
        return cls(
            trusted=trusted,
            others=other_generations(inputs, passphrase_of),
            given=given,
            names=client_names(inputs.proof.probe_names),
            now=now,
            life=life_of_clients(inputs.proof.deadline_seconds),
        )

    def of_trusted(self, former: int | None = None) -> ProbeClients:
        """Return the clients of a listener that trusts the generation which it is to trust.

        Args:
            former: number of the generation that it trusted before.

        Raises:
            PkiError: no server would accept a client of that CA that the program can make.
        """
        others = [one for _, one in self.others]
        if self.trusted is None:
            own = probe_clients_of_unknown_ca(self.now, valid=self.given, life=self.life)
        else:
            own = self._own(self.trusted, self.given)
            if self.trusted.key is not None and own.valid is not None:
                _refuse_rejected_probe(own.valid, self.trusted.chain, self.now)
        return self._with(own, self.trusted, others, former)

    def number_of(self, ca_identifier: str) -> int | None:
        """Return which of the other generations a CA in CAS is; None for none."""
        found = (one.number for identifier, one in self.others if _is(identifier, ca_identifier))
        return next(found, None)

    def of_other(self, ca_identifier: str) -> tuple[ProbeClients, x509.Name, list[x509.Name]] | None:
        """Return the clients of a listener that trusts another generation, the name of that CA, and those above it.

        None when it is no other generation.
        """
        back = next((one for identifier, one in self.others if _is(identifier, ca_identifier)), None)
        if back is None:
            return None
        fits = self.given is not None and not _problems(self.given, back.chain, self.now)
        own = self._own(back, self.given if fits else None)
        beside = [one for _, one in self.others if one is not back]
        desired = self.trusted
        if desired is not None:
            # What ties two generations is the same from both sides.
            beside.append(replace(desired, cross=back.cross))
        number = None if desired is None else desired.number
        probes = self._with(own, replace(back, cross=()), beside, number)
        return probes, back.certificate.subject, [one.subject for one in back.above]

    def _own(self, ca: Generation, given: ClientCredential | None) -> ProbeClients:
        own = probe_clients_of(
            ca.certificate, ca.key, self.now, above=ca.above, given=given, names=self.names, life=self.life
        )
        if ca.key is not None or given is None:
            return own
        # In the place of a new one it must show that this CA is trusted, and not an older one that vouches for it.
        alone = without_cross(given, ca.chain[-1])
        return own if alone is given else replace(own, valid=alone, given=given)

    def _with(
        self, own: ProbeClients, trusted: Generation | None, others: Sequence[Generation], former: int | None
    ) -> ProbeClients:
        if not others:
            return own
        return with_generations(own, trusted, others, self.now, former=former, names=self.names, life=self.life)


def _is(identifier: str, ca_identifier: str) -> bool:
    return bool(identifier) and same_identifier(identifier, ca_identifier)


def _key_of(inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf) -> PrivateKey | None:
    if inputs.ca_private_key_pem is not None:
        return load_private_key(inputs.ca_private_key_pem)
    return _signing_key(inputs.ca_key_file, inputs.listener, passphrase_of) if inputs.ca_key_file else None


def other_generations(inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf) -> list[tuple[str, Generation]]:
    """Return the generations beside the one that a listener is to trust, each with the identifier of its CA in CAS.

    A key that cannot be read, or is another one, is not at hand, since nothing depends on it.
    """
    return [(one.ca_identifier or "", _other(one, inputs, passphrase_of)) for one in inputs.other_generations]


def _other(one: OtherGeneration, inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf) -> Generation:
    (certificate, *above), key = load_chain(one.certificate_pem), _key_of_other(one, inputs, passphrase_of)
    # Clients of another key would be rejected whatever the listener trusts, and so seem to show something.
    fits = key is not None and key_matches(certificate, key)
    cross = [] if one.cross_pem is None else load_chain(one.cross_pem)
    key = key if fits else None
    return Generation(number=one.generation, certificate=certificate, above=above, key=key, cross=cross)


def _key_of_other(one: OtherGeneration, inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf) -> PrivateKey | None:
    key: PrivateKey | None = None
    with suppress(PkiError):
        if (pem := inputs.other_private_keys.get(str(one.generation))) is not None:
            key = load_private_key(pem)
        elif one.key_file:
            key = ca_key_in_file(one.key_file, passphrase_of)
    return key


def refuse_others_client(path: str, ca: CaChain, now: datetime) -> None:
    """Refuse a certificate of `proof.client` that a server would reject which trusts one CA, or its root.

    Raises:
        PkiError: names key and file, and why.
    """
    chain = chain_in_file(path, _CLIENT_FILE)
    problems = rejections_under(chain[0], chain[1:], ca, now)
    if problems:
        sentence = f"{_CLIENT_FILE}: {path}: {'; '.join(problems)}"
        raise PkiError(sentence)


def _refuse_rejected_probe(probe: ClientCredential, ca: CaChain, now: datetime) -> None:
    """Refuse a CA of which the program cannot make a client that a server would accept."""
    problems = _problems(probe, ca, now)
    if problems:
        sentence = (
            f"a client that the CA's key signs for the proof would be rejected: {'; '.join(problems)}; add a client to "
            "the configuration whose names the CA permits, or another root CA"
        )
        raise PkiError(sentence)


def _problems(client: ClientCredential, ca: CaChain, now: datetime) -> list[str]:
    return rejections_under(client.chain[0], client.chain[1:], ca, now)


def client_names(names: ProbeNames | None) -> ClientNames | None:
    """Return what a client of the stack is called in its certificate."""
    if names is None:
        return None
    sans = alternative_names(names.subject, [parse_san(san) for san in names.sans])
    return ClientNames(subject=to_name(names.subject), sans=sans)


def _signing_key(path: str, listener: ListenerKey, passphrase_of: PassphraseOf) -> PrivateKey:
    try:
        return ca_key_in_file(path, passphrase_of)
    except PkiError as error:
        sentence = f"{listener.label}: {error}; it signs the clients of the proof"
        raise PkiError(sentence) from None


def configured_client(settings: ProofSettings) -> ClientCredential | None:
    """Return the client of `proof.client`; None when none is configured.

    Raises:
        PkiError: one of its files cannot be used.
    """
    if not settings.client_certificate_file or not settings.client_key_file:
        return None
    return ClientCredential(
        chain=chain_in_file(settings.client_certificate_file, _CLIENT_FILE),
        key=private_key_in_file(settings.client_key_file, "proof.client.keyFile"),
    )
