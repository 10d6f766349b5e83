"""The proof of one listener: with which clients it is probed, before it is changed and after."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from alb_mtls.aliyun.alb import LoadBalancer
from alb_mtls.aliyun.alb_models import ListenerSummary
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.baseline import Baseline, baseline
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.credentials import ClientCredential, ClientNames
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.probe_clients import (
    ProbeClients,
    life_of_clients,
    probe_clients_of,
    probe_clients_of_unknown_ca,
)
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.handshake.proving import Measure
from alb_mtls.listener_resources import ListenerSwitchInputs, ProbeNames, ProofSettings, ProofShown
from alb_mtls.listeners.desired import without_host
from alb_mtls.listeners.reached import Reached, measure_of, proof_targets, seconds_to_answer
from alb_mtls.listeners.surroundings import surroundings_of
from alb_mtls.pki.client import alternative_names
from alb_mtls.pki.encoding import load_certificate, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, load_private_key
from alb_mtls.pki.passphrases import PassphraseOf, no_passphrase
from alb_mtls.pki.pem_files import ca_key_in_file, chain_in_file, private_key_in_file
from alb_mtls.pki.san import parse_san
from alb_mtls.pki.subject import to_name
from alb_mtls.pki.verification import problems_of

_CLIENT_FILE = "proof.client.certificateFile"


@dataclass(kw_only=True)
class ProofPlan:
    """How a switch is proven; made before anything is touched, so that what is missing stops the run in time.

    Attributes:
        context: what is known beside the handshakes.
        clients: None where the files that they need cannot be read, and nothing needs them.
        hosts: of the listener.
        pace: of all connections of the switch and of its roll-back.
    """

    listener: ListenerKey
    settings: ProofSettings
    enabled: bool
    context: ProofContext
    clients: ProbeClients | None
    hosts: Sequence[str] = ()
    pace: Pace = field(default_factory=Pace)
    _address: str | None = None

    def baseline(
        self,
        load_balancer: LoadBalancer,
        albconfig: dict[str, Any],
        on_alb: Callable[[], Collection[ListenerSummary]],
    ) -> Baseline:
        """Ask every address once without a certificate, while nothing is changed yet.

        Args:
            load_balancer: that has the listener.
            albconfig: that has it too.
            on_alb: returns all listeners of the load balancer.

        Raises:
            HandshakeError: an address does not answer, or the backend is broken: nothing could be proven later.
            CloudError: as of `on_alb`.
        """
        self._address = load_balancer.dns_name
        reached = Reached(address=self._address)
        return baseline(
            proof_targets(self.settings, self.listener, reached),
            needs_backend=self.enabled,
            surroundings=surroundings_of(
                self.settings, self.listener, reached, hosts=self.hosts, albconfig=albconfig, on_alb=on_alb
            ),
            deadline_seconds=seconds_to_answer(self.settings),
        )

    def prove(self, before: Baseline) -> Proof:
        """Show that the listener is as desired.

        Raises:
            ProofFailed: it does not, and why.
        """
        seconds, measure = float(self.settings.deadline_seconds), self._measure()
        if self.enabled:
            return prove_enforced(before, self.clients, deadline_seconds=seconds, context=self.context, measure=measure)
        return prove_open(before, deadline_seconds=seconds, context=self.context, measure=measure)

    def _measure(self) -> Measure:
        return measure_of(self.settings, self.listener, Reached(address=self._address), pace=self.pace)

    def prove_rolled_back(self, before: Baseline, *, to_our_ca: bool) -> Proof:
        """Show that the listener behaves as before the attempt.

        Args:
            before: what clients met then.
            to_our_ca: whether it requested certificates of the CA of this stack before, so that its clients must be
                accepted again.

        Raises:
            ProofFailed: it does not.
        """
        seconds, measure = float(self.settings.deadline_seconds), self._measure()
        if to_our_ca and before.rejected_all and self.clients is not None and self.clients.valid is not None:
            return prove_enforced(before, self.clients, deadline_seconds=seconds, context=self.context, measure=measure)
        context = ProofContext(alb_agrees=True)
        return prove_as_before(before, deadline_seconds=seconds, context=context, measure=measure)


def proof_plan(inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf = no_passphrase) -> ProofPlan | None:
    """Return how a switch is proven; None unless `proof.mode` is `required`.

    Args:
        inputs: of the switch.
        passphrase_of: asked for the key file of an imported root CA.

    Raises:
        OperationFailed: no host is known for its requests.
        PkiError: a file that the proof needs cannot be read.
    """
    if inputs.proof.mode != "required":
        return None
    if not inputs.proof.host:
        raise OperationFailed(without_host(inputs.listener.label))
    clients = _clients_if_needed(inputs, passphrase_of)
    return ProofPlan(
        listener=inputs.listener,
        settings=inputs.proof,
        enabled=inputs.enabled,
        context=ProofContext(alb_agrees=True, ca_agrees=True, ca_name=_ca_name(inputs, clients)),
        clients=clients,
        hosts=inputs.hosts,
    )


def shown_by(proof: Proof) -> ProofShown:
    """Return what the state keeps of a proof."""
    return ProofShown(
        connections=proof.connections,
        bound=proof.bound,
        addresses_asked=tuple(proof.addresses_asked),
        addresses_known=tuple(proof.addresses_known),
        not_tried=tuple(proof.not_tried),
    )


def _ca_name(inputs: ListenerSwitchInputs, clients: ProbeClients | None) -> x509.Name | None:
    """Return the name of the CA that must be on the listener: of a purchased one, as its client has it."""
    if inputs.ca_certificate_pem is not None:
        return load_chain(inputs.ca_certificate_pem)[0].subject
    chain = clients.valid.chain if clients is not None and clients.valid is not None else ()
    # Which one of a longer chain is the CA, nobody knows.
    return chain[0].issuer if len(chain) == 1 else None


def prove_restored(
    settings: ProofSettings, listener: ListenerKey, load_balancer: LoadBalancer, *, enabled: bool
) -> Proof:
    """Show that a restored listener accepts everybody again, or requests a client certificate again.

    Of whose CA that must be is not this stack's to show: then only rejections are.

    Raises:
        HandshakeError: an address does not answer.
        ProofFailed: it does not behave so.
    """
    reached = Reached(address=load_balancer.dns_name)
    targets, patience = proof_targets(settings, listener, reached), seconds_to_answer(settings)
    before = baseline(targets, needs_backend=False, deadline_seconds=patience)
    seconds, context = float(settings.deadline_seconds), ProofContext(alb_agrees=True)
    measure = measure_of(settings, listener, reached)
    if not enabled:
        return prove_open(before, deadline_seconds=seconds, context=context, measure=measure)
    strangers = probe_clients_of_unknown_ca(datetime.now(UTC), life=life_of_clients(seconds))
    return prove_enforced(before, strangers, deadline_seconds=seconds, context=context, measure=measure)


def _clients_if_needed(inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf) -> ProbeClients | None:
    try:
        return _clients(inputs, passphrase_of)
    except PkiError:
        if inputs.enabled:
            raise
        # Whoever switches off needs no client; they would only make a roll-back's proof complete.
        return None


def _clients(inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf) -> ProbeClients:
    given = configured_client(inputs.proof)
    life, now = life_of_clients(inputs.proof.deadline_seconds), datetime.now(UTC)
    if inputs.ca_certificate_pem is None:
        return probe_clients_of_unknown_ca(now, valid=given, life=life)
    ca = load_certificate(inputs.ca_certificate_pem)
    if given is not None and inputs.proof.client_certificate_file:
        refuse_others_client(inputs.proof.client_certificate_file, ca, now)
    key = None if inputs.ca_private_key_pem is None else load_private_key(inputs.ca_private_key_pem)
    if key is None and inputs.ca_key_file:
        key = _signing_key(inputs.ca_key_file, inputs.listener, passphrase_of)
    probes = probe_clients_of(ca, key, now, given=given, names=_names(inputs.proof.probe_names), life=life)
    if key is not None and probes.valid is not None:
        _refuse_rejected_probe(probes.valid, ca, now)
    return probes


def refuse_others_client(path: str, ca: x509.Certificate, now: datetime) -> None:
    """Refuse a certificate of `proof.client` that no server would accept that trusts one CA.

    Raises:
        PkiError: names key and file, and why.
    """
    chain = chain_in_file(path, _CLIENT_FILE)
    problems = problems_of(chain[0], chain[1:], ca, now)
    if problems:
        sentence = f"{_CLIENT_FILE}: {path}: {'; '.join(problems)}"
        raise PkiError(sentence)


def _refuse_rejected_probe(probe: ClientCredential, ca: x509.Certificate, now: datetime) -> None:
    """Refuse a CA of which the program cannot make a client that a server would accept."""
    problems = problems_of(probe.chain[0], probe.chain[1:], ca, now)
    if problems:
        sentence = (
            f"a client that the CA's key signs for the proof would be rejected: {'; '.join(problems)}; add a client to "
            "the configuration whose names the CA permits, or another root CA"
        )
        raise PkiError(sentence)


def _names(names: ProbeNames | None) -> ClientNames | None:
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
