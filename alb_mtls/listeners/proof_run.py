"""The proof of one listener, from the properties of a resource: what is asked, with which clients, before and after."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from alb_mtls.aliyun.alb import LoadBalancer
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.baseline import Baseline, baseline
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.probe_clients import (
    ClientCredential,
    ProbeClients,
    probe_clients_of,
    probe_clients_of_unknown_ca,
)
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.handshake.target import Target, addresses_of
from alb_mtls.listeners.desired import without_host
from alb_mtls.pki.encoding import load_certificate, load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, load_private_key
from alb_mtls.pki.pem_files import chain_in_file, private_key_in_file
from components.providers.base import Properties

# Beyond the deadlines, the last round may still be under way.
_SPARE_LIFE = timedelta(minutes=15)


@dataclass(kw_only=True)
class ProofRun:
    """One listener to be proven; `before` comes first, while nothing is changed yet.

    Attributes:
        connect_to: `host:port` that leads to the listener; None for the ALB's own DNS name.
        probes: clients to ask with; None where the files that they need cannot be read, and nothing needs them.
        seconds: how long a listener may take to behave.
    """

    host: str
    path: str
    port: int
    server_ca: str
    connect_to: str | None
    enabled: bool
    seconds: float
    known: ProofContext
    probes: ProbeClients | None
    _baseline: Baseline | None = field(default=None, init=False)

    def before(self, load_balancer: LoadBalancer) -> None:
        """Ask every address once without a certificate.

        Raises:
            HandshakeError: an address does not answer, or the backend is broken: nothing could be proven later.
        """
        where = self.connect_to or load_balancer.dns_name
        targets = [
            Target(address=address, port=self.port, host=self.host, path=self.path, server_ca=self.server_ca)
            for address in addresses_of(where, self.port)
        ]
        self._baseline = baseline(targets, needs_backend=self.enabled)

    def after(self) -> Proof:
        """Show that the listener does what was asked.

        Raises:
            ProofFailed: it does not, and why.
        """
        if self.enabled:
            return prove_enforced(self._seen(), self.probes, deadline_seconds=self.seconds, context=self.known)
        return prove_open(self._seen(), deadline_seconds=self.seconds, context=self.known)

    def put_back(self, *, asks_for_ours: bool) -> Proof:
        """Show that the listener behaves as before the attempt.

        Args:
            asks_for_ours: whether it asked for certificates of the CA of this stack before, so that its clients must
                get in again.

        Raises:
            ProofFailed: it does not.
        """
        seen = self._seen()
        if asks_for_ours and seen.rejected_all and self.probes is not None and self.probes.valid is not None:
            return prove_enforced(seen, self.probes, deadline_seconds=self.seconds, context=self.known)
        return prove_as_before(seen, deadline_seconds=self.seconds, context=ProofContext(alb_agrees=True))

    def given_back(self, load_balancer: LoadBalancer, *, asks: bool) -> Proof:
        """Show that a listener which was given back lets everybody in again, or asks for a certificate again.

        Of whose CA it asks is not this stack's to show: then only refusals are.

        Raises:
            HandshakeError: an address does not answer.
            ProofFailed: it does not behave so.
        """
        self.before(load_balancer)
        if not asks:
            return prove_open(self._seen(), deadline_seconds=self.seconds, context=ProofContext(alb_agrees=True))
        strangers = probe_clients_of_unknown_ca(datetime.now(UTC), life=life_of_probes(self.seconds))
        return prove_enforced(
            self._seen(), strangers, deadline_seconds=self.seconds, context=ProofContext(alb_agrees=True)
        )

    def _seen(self) -> Baseline:
        if self._baseline is None:
            message = "a proof compares with what was seen before"
            raise RuntimeError(message)
        return self._baseline


def proof_run(props: Properties) -> ProofRun | None:
    """Return the proof that a resource asks for; None unless `proofMode` is `required`.

    Raises:
        OperationFailed: there is no host to ask for, or a file that the proof needs cannot be read.
    """
    if props["proofMode"] != "required":
        return None
    label = ListenerKey(alb_config=props["albConfig"], port=int(props["port"]), protocol=props["protocol"]).label
    host = props.get("host")
    if not host:
        raise OperationFailed(without_host(label))
    ca_pem = props.get("caCertificatePem")
    ca = load_chain(ca_pem)[0] if isinstance(ca_pem, str) else None
    return ProofRun(
        host=host,
        path=props["path"],
        port=int(props["port"]),
        server_ca=props["serverCa"],
        connect_to=props.get("connectTo"),
        enabled=bool(props["enabled"]),
        seconds=float(props["seconds"]),
        known=ProofContext(alb_agrees=True, ca_name=None if ca is None else ca.subject),
        probes=_probes(props, label),
    )


def life_of_probes(seconds: float) -> timedelta:
    """Return how long a client of a proof must live.

    It is made before anything is asked: first the ALB may take that long to follow, then the handshakes.
    """
    return 2 * timedelta(seconds=seconds) + _SPARE_LIFE


def _probes(props: Properties, label: str) -> ProbeClients | None:
    try:
        return _probes_of(props, label)
    except PkiError:
        if props["enabled"]:
            raise
        # Whoever switches off needs no client; they would only make a roll-back's proof complete.
        return None


def _probes_of(props: Properties, label: str) -> ProbeClients:
    valid = _configured_client(props)
    life, now = life_of_probes(float(props["seconds"])), datetime.now(UTC)
    ca_pem = props.get("caCertificatePem")
    if not isinstance(ca_pem, str):
        return probe_clients_of_unknown_ca(now, valid=valid, life=life)
    key_pem, key_file = props.get("caPrivateKeyPem"), props.get("caKeyFile")
    key = None if key_pem is None else load_private_key(key_pem)
    if key is None and key_file and valid is None:
        key = _signing_key(key_file, label)
    return probe_clients_of(load_certificate(ca_pem), key, now, valid=valid, life=life)


def _signing_key(path: str, label: str) -> PrivateKey:
    try:
        return private_key_in_file(path, "rootCa.keyFile")
    except PkiError as error:
        sentence = f"{label}: {error}; it signs the clients of the proof"
        raise PkiError(sentence) from None


def _configured_client(props: Properties) -> ClientCredential | None:
    certificate_file, key_file = props.get("proofCertificateFile"), props.get("proofKeyFile")
    if not certificate_file or not key_file:
        return None
    return ClientCredential(
        chain=chain_in_file(certificate_file, "proof.client.certificateFile"),
        key=private_key_in_file(key_file, "proof.client.keyFile"),
    )


def proof_outputs(proof: Proof | None) -> dict[str, Any]:
    """Return what the state keeps of a proof: whether, since when, and what was left out."""
    if proof is None:
        return {"proven": False, "provenAt": None, "proofNote": ""}
    return {"proven": proof.proven, "provenAt": proof.at.isoformat(timespec="seconds"), "proofNote": proof.note}
