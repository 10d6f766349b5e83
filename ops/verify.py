"""`verify`: every proof now, by handshakes with the live listeners, whatever an `up` has shown before."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from components.cluster.findings import Finding, FindingCode
from components.handshake.baseline import baseline
from components.handshake.checks import Proof
from components.handshake.client_identity import Identity, Probes
from components.handshake.decision import Known
from components.handshake.errors import HandshakeError, ProofFailed
from components.handshake.http3 import probe_http3
from components.handshake.http_exchange import HttpVersion
from components.handshake.observation import Observation
from components.handshake.probe import probe
from components.handshake.proof import prove_enforced, prove_open
from components.handshake.target import Target, addresses_of, split_address
from components.handshake.tls import TlsSession, TlsVersion
from ops.access import Access
from ops.configuration import Configuration
from ops.drift import drift_findings
from ops.errors import OpsError
from ops.findings import OpsFindingCode, distinct, finding_to_json
from ops.identities import askers_of
from ops.observing import Observed, Observer
from ops.state import StackState
from ops.status import trusted_ca, uploaded_pem

# What was true at the last up should be true at once; a machine of the ALB that is just replaced may need a moment.
_PROOF_SECONDS = 10.0
_QUIC_SECONDS = 5.0
_QUIC_PORT = 443


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What one listener has shown.

    Attributes:
        proof: None when it failed, or when nobody could be asked.
        asked_as: for people: where the client that must get in comes from.
        findings: what is wrong.
        unknown: one sentence for each thing that could not be told.
    """

    observed: Observed
    proof: Proof | None = None
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
        before = Verified(observed=observed, unknown=observed.unknown, findings=tuple(drift))
        try:
            targets = self._targets(observed)
            proven = self._proven(before, targets)
        except (HandshakeError, OpsError) as error:
            targets = []
            proven = replace(before, unknown=(*before.unknown, f"{record.label}: {error}"))
        # While everybody is let in, nothing can lead around.
        ways = [self._with_evidence(way, targets) for way in observed.ways] if record.enabled else []
        return replace(proven, findings=(*proven.findings, *ways))

    def _targets(self, observed: Observed) -> list[Target]:
        record, proof = observed.record, self._configuration.proof
        address = self._configuration.connect_to.get(record.key)
        if address is None and observed.load_balancer is not None:
            address = observed.load_balancer.dns_name or None
        if address is None:
            message = "nobody knows where it is reached; set connectTo on the listener"
            raise OpsError(message)
        host = proof.host or next((one.host for one in observed.hosts if one.host != "*"), None)
        if host is None:
            message = "no Ingress names a host for it; set proof.host"
            raise OpsError(message)
        return [
            Target(address=one, port=record.port, host=host, path=proof.path, server_ca=proof.server_ca)
            for one in addresses_of(address, record.port)
        ]

    def _proven(self, verified: Verified, targets: list[Target]) -> Verified:
        observed = verified.observed
        record, live = observed.record, observed.live
        authority = trusted_ca(self._state, observed)
        agrees = None if live is None else live.ca_enabled == record.enabled
        known = Known(alb_agrees=agrees, ca_name=None if authority is None else authority.subject)
        before = baseline(targets, needs_backend=False, deadline_seconds=_PROOF_SECONDS)
        if not record.enabled:
            try:
                proof = prove_open(before, deadline_seconds=_PROOF_SECONDS, known=known)
            except ProofFailed as error:
                return _failed(verified, OpsFindingCode.DRIFT, error)
            return replace(verified, proof=proof, asked_as="nobody: everybody is to be let in")
        askers = askers_of(self._state, authority, self._configuration.proof, self._now)
        watch = Watch(askers.probes)
        try:
            proof = prove_enforced(before, askers.probes, deadline_seconds=_PROOF_SECONDS, known=known, ask=watch.ask)
        except ProofFailed as error:
            code = OpsFindingCode.UNEXPECTED_CA if watch.only_ours_refused else OpsFindingCode.NOT_ENFORCED
            return replace(_failed(verified, code, error), asked_as=askers.origin)
        return replace(_noted(verified, proof), proof=proof, asked_as=askers.origin)

    def _with_evidence(self, way: Finding, targets: list[Target]) -> Finding:
        """Add to a QUIC listener what a request over HTTP/3 met; ALB serves QUIC on the listener's addresses."""
        if way.code != FindingCode.QUIC_LISTENER:
            return way
        for target in targets:
            address = self._quic_connect_to or target.address
            seen = probe_http3(replace(target, address=address), deadline_seconds=_QUIC_SECONDS)
            if seen.let_in:
                request = f"an HTTP/3 request for {target.host} without a certificate was {seen.said} at {address}"
                return replace(way, evidence=f"{way.evidence}; {request}")
        return replace(way, evidence=f"{way.evidence}; no HTTP/3 request got through from here")


class Watch:
    """Asks, and remembers who got in: one sentence says why a proof failed, scripts need to know which way."""

    def __init__(self, probes: Probes | None) -> None:
        """Remember which client must get in."""
        self._ours = None if probes is None else probes.valid
        self._last: dict[tuple[Target, str | None, str, int, bool], tuple[bool, Observation]] = {}

    @property
    def only_ours_refused(self) -> bool:
        """Whether in the last round nobody got in who must not, and ours was turned away."""
        seen = self._last.values()
        strangers = any(one.let_in for is_ours, one in seen if not is_ours)
        return not strangers and any(one.refused for is_ours, one in seen if is_ours)

    def ask(
        self,
        target: Target,
        *,
        identity: Identity | None,
        tls: TlsVersion | None,
        http: HttpVersion,
        session: TlsSession | None = None,
        deadline_seconds: float,
    ) -> Observation:
        """Ask as `handshake.probe` does; threads may share it."""
        seen = probe(target, identity=identity, tls=tls, http=http, session=session, deadline_seconds=deadline_seconds)
        is_ours = identity is not None and identity is self._ours
        self._last[target, tls, http, id(identity), session is None] = (is_ours, seen)
        return seen


def _failed(verified: Verified, code: OpsFindingCode, error: ProofFailed) -> Verified:
    remedy = "`python -m ops doctor` looks for the cause; `pulumi up` repairs and proves the listener"
    finding = Finding(code=code, subject=verified.observed.record.label, evidence=str(error), remedy=remedy)
    return replace(verified, findings=(*verified.findings, finding))


def _noted(verified: Verified, proof: Proof) -> Verified:
    if not proof.note:
        return verified
    return replace(verified, unknown=(*verified.unknown, f"{verified.observed.record.label}: {proof.note}"))
