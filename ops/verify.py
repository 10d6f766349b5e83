"""`verify`: every proof now, by handshakes with the live listeners, whatever an `up` has shown before."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.hosts import servable_host
from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import HandshakeError, ProofFailed
from alb_mtls.handshake.proof import prove_enforced, prove_open
from alb_mtls.handshake.target import Target, addresses_of, split_address
from ops.access import Access
from ops.configuration import Configuration
from ops.drift import drift_findings
from ops.errors import OpsError
from ops.findings import distinct, finding_to_json
from ops.http3 import with_evidence
from ops.probe_clients import askers_of
from ops.proof_findings import judge
from ops.snapshots import Observed, Observer
from ops.state import StackState
from ops.status import trusted_ca, uploaded_pem

# What was true at the last up should be true at once; a machine of the ALB that is just replaced may need a moment.
_PROOF_SECONDS = 10.0
_QUIC_PORT = 443
_REMEDY = "`python -m ops doctor` looks for the cause; `pulumi up` repairs and proves the listener"


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What one listener has shown.

    Attributes:
        proof: what was asked and what was met, of a failed proof too; None when nobody could be asked.
        failed: whether the listener did not behave as it must in time.
        asked_as: for people: where the client that must get in comes from.
        findings: what is wrong.
        unknown: one sentence for each thing that could not be told.
    """

    observed: Observed
    proof: Proof | None = None
    failed: bool = False
    asked_as: str = ""
    findings: tuple[Finding, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What a stack has shown."""

    project: str
    stack: str
    now: datetime
    listeners: tuple[Verified, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, each once."""
        return distinct(finding for one in self.listeners for finding in one.findings)

    @property
    def unknown(self) -> tuple[str, ...]:
        """All that could not be told."""
        return tuple(dict.fromkeys(sentence for one in self.listeners for sentence in one.unknown))

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {
            "project": self.project,
            "stack": self.stack,
            "at": self.now.isoformat(timespec="seconds"),
            "listeners": {
                one.observed.record.output_key: {
                    "enabled": one.observed.record.enabled,
                    "askedAs": one.asked_as,
                    "failed": one.failed,
                    "proof": None if one.proof is None else one.proof.as_dict(),
                }
                for one in self.listeners
            },
            "findings": [finding_to_json(one) for one in self.findings],
            "unknown": list(self.unknown),
        }


def verify(
    state: StackState, configuration: Configuration, *, now: datetime, quic_connect_to: str | None = None
) -> Verification:
    """Prove every listener of a stack, on every address, and look for ways around.

    Args:
        state: what the last `up` left.
        configuration: says where listeners are reached and how they are asked.
        now: aware, in UTC.
        quic_connect_to: `host:port` of the QUIC listener, where that is not the ALB's own address.

    Raises:
        OpsError: a certificate in the state cannot be read, or `quic_connect_to` is no address.
    """
    if quic_connect_to is not None:
        try:
            split_address(quic_connect_to, _QUIC_PORT)
        except HandshakeError as error:
            message = f"--quic-connect-to: {error}"
            raise OpsError(message) from None
    access = Access(configuration)
    try:
        observer = Observer(state, access)
        examiner = _Examiner(state, configuration, now, quic_connect_to)
        found = tuple(examiner.examined(observer.observe(record)) for record in state.listeners)
    finally:
        access.close()
    return Verification(project=state.project, stack=state.stack, now=now, listeners=found)


class _Examiner:
    def __init__(
        self, state: StackState, configuration: Configuration, now: datetime, quic_connect_to: str | None
    ) -> None:
        self._state = state
        self._configuration = configuration
        self._now = now
        self._quic_connect_to = quic_connect_to

    def examined(self, observed: Observed) -> Verified:
        record = observed.record
        if record.enabled is None:
            sentence = f"{record.label}: no up has come to its end yet; run `pulumi up`"
            return Verified(observed=observed, unknown=(*observed.unknown, sentence))
        drift = drift_findings(observed, uploaded_pem=uploaded_pem(self._state, observed))
        verified = Verified(observed=observed, unknown=observed.unknown, findings=tuple(drift))
        targets: list[Target] = []
        why_not = ""
        try:
            targets = self._targets(observed)
            verified = self._proven(verified, targets)
        except (HandshakeError, OpsError) as error:
            why_not = str(error)
            verified = _unknown(verified, why_not)
        ways = [
            with_evidence(way, observed, targets, quic_connect_to=self._quic_connect_to, why_not=why_not)
            for way in observed.ways
        ]
        return replace(verified, findings=(*verified.findings, *ways))

    def _targets(self, observed: Observed) -> list[Target]:
        record, proof = observed.record, self._configuration.proof
        address = self._configuration.connect_to.get(record.key)
        if address is None and observed.load_balancer is not None:
            address = observed.load_balancer.dns_name or None
        if address is None:
            message = "nobody knows where it is reached; set connectTo on the listener"
            raise OpsError(message)
        host = proof.host or servable_host(observed.hosts)
        if host is None:
            message = "no Ingress names a host for it that can be asked for; set proof.host"
            raise OpsError(message)
        return [
            Target(address=one, port=record.key.port, host=host, path=proof.path, server_ca=proof.server_ca)
            for one in addresses_of(address, record.key.port)
        ]

    def _proven(self, verified: Verified, targets: list[Target]) -> Verified:
        observed = verified.observed
        record, live = observed.record, observed.live
        authority = trusted_ca(self._state, observed)
        agrees = None if live is None else live.ca_enabled == record.enabled
        known = ProofContext(alb_agrees=agrees, ca_name=None if authority is None else authority.subject)
        before = baseline(targets, needs_backend=False, deadline_seconds=_PROOF_SECONDS)
        if not record.enabled:
            verified = replace(verified, asked_as="nobody: everybody is to be let in")
            return _shown(verified, known, lambda: prove_open(before, deadline_seconds=_PROOF_SECONDS, context=known))
        askers = askers_of(self._state, authority, self._configuration.proof, self._now)
        return _shown(
            replace(verified, asked_as=askers.origin),
            known,
            lambda: prove_enforced(before, askers.probes, deadline_seconds=_PROOF_SECONDS, context=known),
        )


def _shown(verified: Verified, known: ProofContext, prove: Callable[[], Proof]) -> Verified:
    try:
        proof = prove()
    except ProofFailed as error:
        judgement = judge(error.proof, known)
        findings = tuple(
            Finding(code=code, subject=verified.observed.record.label, evidence=evidence, remedy=_REMEDY)
            for code, evidence in judgement.found
        )
        verified = replace(verified, proof=error.proof, failed=True, findings=(*verified.findings, *findings))
        return _unknown(verified, judgement.unknown)
    # What its note says of a proof that came about is shown beside the checks: a version that is not spoken.
    return _unknown(replace(verified, proof=proof), "" if proof.proven else proof.note)


def _unknown(verified: Verified, sentence: str) -> Verified:
    if not sentence:
        return verified
    return replace(verified, unknown=(*verified.unknown, f"{verified.observed.record.label}: {sentence}"))
