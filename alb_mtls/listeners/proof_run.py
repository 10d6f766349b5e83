"""The proof of one listener: with which clients it is probed, before it is changed and after."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from alb_mtls.aliyun.alb import LoadBalancer
from alb_mtls.aliyun.alb_models import ListenerSummary
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.baseline import Baseline, baseline
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.echo import prove_echo
from alb_mtls.handshake.former_sessions import with_sessions_of
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.probe_clients import (
    ProbeClients,
    life_of_clients,
    probe_clients_of_unknown_ca,
)
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.handshake.proving import Measure
from alb_mtls.listener_resources import ListenerSwitchInputs, ProofSettings, ProofShown
from alb_mtls.listeners.desired import without_host
from alb_mtls.listeners.proof_clients import ProofClients
from alb_mtls.listeners.reached import Reached, measure_of, proof_targets, seconds_to_answer
from alb_mtls.listeners.surroundings import surroundings_of
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.passphrases import PassphraseOf, no_passphrase


@dataclass(kw_only=True)
class ProofPlan:
    """How a switch is proven; made before anything is touched, so that what is missing stops the run in time.

    Attributes:
        context: what is known beside the handshakes.
        maker: of the clients; None where the files that they need cannot be read, and nothing needs them.
        clients: of the CA that the listener is to trust; None without `maker`.
        is_swap: whether that CA takes the place of another one of this stack.
        hosts: of the listener.
        pace: of all connections of the switch and of its roll-back.
        headers: names of the identity headers, by attribute of `IdentityHeaders`.
    """

    listener: ListenerKey
    settings: ProofSettings
    enabled: bool
    context: ProofContext
    maker: ProofClients | None
    clients: ProbeClients | None
    hosts: Sequence[str] = ()
    is_swap: bool = False
    pace: Pace = field(default_factory=Pace)
    headers: Mapping[str, str] = field(default_factory=dict)
    _address: str | None = None

    def expect_swap(self, replaced: str) -> bool:
        """Take in that the CA takes the place of another; say whether a client of that one can be made.

        Args:
            replaced: identifier of the other one in CAS.

        Raises:
            PkiError: no server would accept a client of the CA that the program can make.
        """
        self.is_swap = True
        if self.maker is not None:
            self.clients = self.maker.of_trusted(self.maker.number_of(replaced))
        return self.clients is not None and self.clients.former is not None

    def baseline(
        self,
        load_balancer: LoadBalancer,
        albconfig: dict[str, Any],
        on_alb: Callable[[], Collection[ListenerSummary]],
    ) -> Baseline:
        """Ask every address once without a certificate, while nothing is changed yet.

        Before a swap, a client of the former CA opens sessions too.

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
        before = baseline(
            proof_targets(self.settings, self.listener, reached),
            needs_backend=self.enabled,
            surroundings=surroundings_of(
                self.settings, self.listener, reached, hosts=self.hosts, albconfig=albconfig, on_alb=on_alb
            ),
            deadline_seconds=seconds_to_answer(self.settings),
        )
        return with_sessions_of(self.clients.former if self.clients is not None else None, before)

    def prove(self, before: Baseline) -> Proof:
        """Show that the listener is as desired.

        Raises:
            ProofFailed: it does not, and why.
        """
        seconds, measure = float(self.settings.deadline_seconds), self._measure()
        if not self.enabled:
            return prove_open(before, deadline_seconds=seconds, context=self.context, measure=measure)
        return prove_enforced(
            before,
            self.clients,
            deadline_seconds=seconds,
            context=self.context,
            is_swap=self.is_swap,
            measure=measure,
        )

    def prove_echo(self) -> dict[str, str]:
        """Show by an echo what the backend gets of identity headers; return the form of each, by attribute.

        Empty where no `proof.echoPath` is named, no header is switched on, or no client is at hand.

        Raises:
            EchoFailed: the backend gets something else.
        """
        client = self.echo_client
        if client is None or not self.settings.echo_path:
            return {}
        return prove_echo(
            proof_targets(self.settings, self.listener, Reached(address=self._address)),
            client,
            self.headers,
            path=self.settings.echo_path,
            deadline_seconds=float(self.settings.deadline_seconds),
            pace=self.pace,
        )

    @property
    def echo_client(self) -> ClientCredential | None:
        """The client whose headers a backend is to echo; None where there are none, or nobody has a certificate."""
        if not self.enabled or not self.headers or self.clients is None:
            return None
        return self.clients.valid or self.clients.given

    def _measure(self) -> Measure:
        return measure_of(self.settings, self.listener, Reached(address=self._address), pace=self.pace)

    def prove_rolled_back(self, before: Baseline, *, to: str | None, is_swapped: bool) -> Proof:
        """Show that the listener behaves as before the attempt.

        Args:
            before: what clients met then.
            to: identifier of the CA of which it requested certificates before, so that its clients must be accepted
                again where it is one of this stack; None when it requested none.
            is_swapped: whether that is another one than the attempt has bound.

        Raises:
            ProofFailed: it does not.
        """
        seconds, measure = float(self.settings.deadline_seconds), self._measure()
        context = ProofContext(alb_agrees=True)
        clients: ProbeClients | None = None
        if to is not None and not is_swapped:
            clients, context = self.clients, self.context
        elif to is not None and self.maker is not None and (other := self.maker.of_other(to)) is not None:
            clients, context = other[0], replace(self.context, ca_name=other[1], ca_names_above=other[2])
        if not before.rejected_all or clients is None or clients.valid is None:
            return prove_as_before(
                before, deadline_seconds=seconds, context=ProofContext(alb_agrees=True), measure=measure
            )
        # A session that was opened before the attempt counts again.
        return prove_enforced(
            replace(before, former_sessions={}),
            clients,
            deadline_seconds=seconds,
            context=context,
            is_swap=is_swapped and self.enabled,
            measure=measure,
        )


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
    maker, clients = _clients_if_needed(inputs, passphrase_of)
    return ProofPlan(
        listener=inputs.listener,
        settings=inputs.proof,
        enabled=inputs.enabled,
        context=ProofContext(
            alb_agrees=True, ca_agrees=True, ca_name=_ca_name(inputs, clients), ca_names_above=_names_above(inputs)
        ),
        maker=maker,
        clients=clients,
        hosts=inputs.hosts,
        headers={} if inputs.identity_headers is None else inputs.identity_headers.names,
    )


def shown_by(proof: Proof) -> ProofShown:
    """Return what the state keeps of a proof."""
    return ProofShown(
        connections=proof.connections,
        bound=proof.bound,
        addresses_asked=tuple(proof.addresses_asked),
        addresses_known=tuple(proof.addresses_known),
        not_tried=tuple(proof.not_tried),
        answers=tuple(proof.answers),
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


def _names_above(inputs: ListenerSwitchInputs) -> list[x509.Name]:
    """Return the names of what stands above that CA, up to its root."""
    return (
        [] if inputs.ca_certificate_pem is None else [one.subject for one in load_chain(inputs.ca_certificate_pem)[1:]]
    )


def _clients_if_needed(
    inputs: ListenerSwitchInputs, passphrase_of: PassphraseOf
) -> tuple[ProofClients | None, ProbeClients | None]:
    try:
        maker = ProofClients.of(inputs, passphrase_of)
        return maker, maker.of_trusted()
    except PkiError:
        if inputs.enabled:
            raise
        # Whoever switches off needs no client; they would only make a roll-back's proof complete.
        return None, None
