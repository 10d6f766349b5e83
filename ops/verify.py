"""`verify`: every proof now, by handshakes with the listeners, whatever an `up` has shown before."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.cluster.acceptance import Accepted, AcceptedFinding, sort_out
from alb_mtls.cluster.findings import Finding
from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import HandshakeError, ProofFailed
from alb_mtls.handshake.proof import prove_enforced, prove_open
from alb_mtls.handshake.target import Target, split_address
from alb_mtls.listeners.desired import same_identifiers
from alb_mtls.listeners.reached import Reached, measure_of, proof_targets
from alb_mtls.listeners.surroundings import surroundings_of
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.passphrases import PassphraseOf, no_passphrase
from alb_mtls.session import Session
from ops.configuration import Configuration
from ops.current_listeners import CurrentListener, current_listeners
from ops.drift import drift_findings
from ops.errors import OpsError
from ops.findings import OF_A_LISTENER, distinct
from ops.git_owned import of_git, remedy_of
from ops.http3 import with_evidence
from ops.probe_clients import probe_clients_for
from ops.proof_findings import findings_of
from ops.state import StackState

# What was true at the last up should be true at once; a machine of the ALB that is just replaced may need a moment.
_PROOF_SECONDS = 10.0
_QUIC_PORT = 443
_REMEDY = "`python -m ops doctor` looks for the cause; `pulumi up` repairs and proves the listener"


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What one listener has shown.

    Attributes:
        proof: what was probed and what was met, of a failed proof too; None when nothing could be probed.
        failed: whether the listener did not behave as it must in time.
        probed_as: for people: where the client comes from that must be accepted.
        findings: what is wrong.
        unknown: one sentence for each thing that is not known.
    """

    listener: CurrentListener
    proof: Proof | None = None
    failed: bool = False
    probed_as: str = ""
    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a stack has shown.

    Attributes:
        entries: of `accept` in the configuration.
    """

    project: str
    stack: str
    now: datetime
    listeners: tuple[Verified, ...]
    entries: tuple[AcceptedFinding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings that count, each once."""
        return self._sorted_out[0]

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        """The findings that somebody has accepted, each once."""
        return self._sorted_out[1]

    @property
    def _sorted_out(self) -> tuple[tuple[Finding, ...], tuple[Accepted, ...]]:
        findings = distinct(finding for one in self.listeners for finding in one.findings)
        return sort_out(findings, self.entries, self.now)

    @property
    def unknown(self) -> tuple[str, ...]:
        """All that is not known, one sentence each."""
        return tuple(dict.fromkeys(sentence for one in self.listeners for sentence in one.unknown))

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "project": self.project,
            "stack": self.stack,
            "at": self.now.isoformat(timespec="seconds"),
            "listeners": {
                one.listener.key.output_key: {
                    "enabled": one.listener.deployed.enabled,
                    "probedAs": one.probed_as,
                    "failed": one.failed,
                    "proof": None if one.proof is None else one.proof.as_dict(),
                    **of_git(one.listener),
                }
                for one in self.listeners
            },
            "findings": [one.to_json() for one in self.findings],
            "accepted": [one.to_json() for one in self.accepted],
            "unknown": list(self.unknown),
        }


def verify(
    state: StackState, configuration: Configuration, session: Session, *, now: datetime, quic_connect_to: str | None
) -> Verification:
    """Prove every listener of a stack, on every address, and look for bypasses.

    Args:
        state: what the last `up` left.
        configuration: says where listeners are reached and how they are probed.
        session: reaches cluster and cloud.
        now: aware, in UTC.
        quic_connect_to: `host:port` of the QUIC listener; None for the ALB's own address.

    Raises:
        OpsError: a certificate in the state cannot be read, or `quic_connect_to` is no address.
    """
    if quic_connect_to is not None:
        try:
            split_address(quic_connect_to, _QUIC_PORT)
        except HandshakeError as error:
            message = f"--quic-connect-to: {error}"
            raise OpsError(message) from None
    verifier = Verifier(state, configuration, session.passphrase_of, now=now, quic_connect_to=quic_connect_to)
    found = tuple(verifier.verified(one) for one in current_listeners(state, session))
    return Verification(
        project=state.project, stack=state.stack, now=now, listeners=found, entries=configuration.accepted
    )


class Verifier:
    """Proves the listeners of one stack."""

    def __init__(
        self,
        state: StackState,
        configuration: Configuration,
        passphrase_of: PassphraseOf = no_passphrase,
        *,
        now: datetime,
        quic_connect_to: str | None = None,
    ) -> None:
        """Remember what `verify` was given."""
        self._clients = state.clients
        self._configuration = configuration
        self._passphrase_of = passphrase_of
        self._now = now
        self._quic_connect_to = quic_connect_to

    def verified(self, listener: CurrentListener) -> Verified:
        """Return what a listener shows; raises nothing that it answers."""
        verified = Verified(listener=listener, unknown=listener.unknown)
        if listener.deployed.enabled is None:
            return verified
        verified = replace(verified, findings=tuple(drift_findings(listener)))
        targets: list[Target] = []
        why_not = ""
        try:
            targets = self._targets(listener)
            verified = self._proven(verified, targets)
        except (HandshakeError, OpsError, PkiError) as error:
            why_not = str(error)
            verified = _unknown(verified, why_not)
        bypasses = [
            with_evidence(one, listener.snapshot, targets, quic_connect_to=self._quic_connect_to, why_not=why_not)
            for one in listener.bypasses
        ]
        return replace(verified, findings=(*verified.findings, *bypasses))

    def _targets(self, listener: CurrentListener) -> list[Target]:
        configuration, snapshot = self._configuration, listener.snapshot
        if (configuration.proof.host or snapshot.host) is None:
            message = "no Ingress names a host for it that a request can be made for; set proof.host"
            raise OpsError(message)
        targets = proof_targets(configuration.proof, listener.key, self._reached(listener))
        if not targets:
            message = "it is not known where it is reached; set connectTo on the listener"
            raise OpsError(message)
        return targets

    def _reached(self, listener: CurrentListener) -> Reached:
        return Reached(
            address=listener.snapshot.address,
            host=listener.snapshot.host,
            connect_to=self._configuration.connect_to.get(listener.key, ()),
        )

    def _proven(self, verified: Verified, targets: list[Target]) -> Verified:
        listener = verified.listener
        enabled, on_alb, authority = listener.deployed.enabled, listener.snapshot.on_alb, listener.trusted_ca
        state = listener.snapshot.state
        context = ProofContext(
            alb_agrees=None if on_alb is None else on_alb.ca_enabled == enabled,
            ca_agrees=None if on_alb is None or on_alb.hides_ca else _has_ca_of(listener, on_alb),
            ca_name=None if authority is None else authority.subject,
            ca_names_above=[one.subject for one in listener.ca_chain[1:]],
            albconfig_agrees=None if state is None else bool(state.ca_enabled) == enabled,
        )
        measure = measure_of(self._configuration.proof, listener.key, self._reached(listener))
        snapshot = listener.snapshot
        surroundings = surroundings_of(
            self._configuration.proof,
            listener.key,
            self._reached(listener),
            hosts=snapshot.host_names,
            albconfig=snapshot.albconfig,
            on_alb=lambda: snapshot.alb_listeners,
        )
        before = baseline(targets, needs_backend=False, surroundings=surroundings, deadline_seconds=_PROOF_SECONDS)
        if not enabled:
            verified = replace(verified, probed_as="no client with a certificate: every client is to be accepted")
            return _shown(
                verified,
                context,
                lambda: prove_open(before, deadline_seconds=_PROOF_SECONDS, context=context, measure=measure),
            )
        clients = probe_clients_for(listener, self._clients, self._configuration.proof, self._now, self._passphrase_of)
        prove = partial(
            prove_enforced,
            before,
            clients.probes,
            deadline_seconds=_PROOF_SECONDS,
            context=context,
            measure=measure,
        )
        return _shown(replace(verified, probed_as=clients.origin), context, prove)


def _has_ca_of(listener: CurrentListener, on_alb: Listener) -> bool:
    ours = listener.deployed.ca_identifier
    return ours is not None and same_identifiers(on_alb.ca_identifiers, [ours])


def _shown(verified: Verified, context: ProofContext, prove: Callable[[], Proof]) -> Verified:
    try:
        proof = prove()
    except ProofFailed as error:
        shown = findings_of(error.proof, context)
        # What cluster and ALB have shown already is the cause of what the handshakes met.
        known = next((one for one in verified.findings if one.code in OF_A_LISTENER), None)
        of = verified.listener.deployed
        findings = tuple(
            Finding(
                code=code,
                subject=verified.listener.key.label,
                evidence=evidence,
                remedy=(remedy_of(of) if of.is_of_git else _REMEDY) if known is None else known.remedy,
            )
            for code, evidence in shown.found
        )
        verified = replace(verified, proof=error.proof, failed=True, findings=(*verified.findings, *findings))
        return verified if known is not None and findings else _unknown(verified, shown.unknown)
    # What its note says of a proof that came about is shown beside the checks: a version that is not spoken.
    return _unknown(replace(verified, proof=proof), "" if proof.proven else proof.note)


def _unknown(verified: Verified, sentence: str) -> Verified:
    if not sentence:
        return verified
    return replace(verified, unknown=(*verified.unknown, f"{verified.listener.key.label}: {sentence}"))
