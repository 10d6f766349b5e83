"""The proof of one listener, from the properties of a resource: what is asked, with which clients, before and after."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from components.aliyun.alb import LoadBalancer
from components.cluster.naming import listener_name
from components.handshake.baseline import Baseline, baseline
from components.handshake.checks import Proof
from components.handshake.client_identity import Identity, Probes, probe_identities
from components.handshake.decision import Known
from components.handshake.proof import prove_as_before, prove_enforced, prove_open
from components.handshake.target import Target, addresses_of
from components.pki.encoding import load_certificate, load_chain
from components.pki.errors import PkiError
from components.pki.keys import load_private_key
from components.providers.base import OperationFailed, Properties

# Beyond the deadlines, the last round may still be under way.
_SPARE_LIFE = timedelta(minutes=15)


@dataclass(kw_only=True)
class Proving:
    """One listener to be proven; `before` comes first, while nothing is changed yet.

    Attributes:
        connect_to: `host:port` that leads to the listener; None for the ALB's own DNS name.
        probes: clients to ask with; None where not even the CA is known.
        known_ca: certificate of the CA that clients are to be of, when it is known.
        seconds: how long a listener may take to behave.
    """

    host: str
    path: str
    port: int
    server_ca: str
    connect_to: str | None
    enabled: bool
    seconds: float
    known: Known
    probes: Probes | None
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
            return prove_enforced(self._seen(), self.probes, deadline_seconds=self.seconds, known=self.known)
        return prove_open(self._seen(), deadline_seconds=self.seconds, known=self.known)

    def put_back(self) -> Proof:
        """Show that the listener behaves as before the attempt.

        Raises:
            ProofFailed: it does not.
        """
        return prove_as_before(self._seen(), deadline_seconds=self.seconds, known=Known(alb_agrees=True))

    def _seen(self) -> Baseline:
        if self._baseline is None:
            message = "a proof compares with what was seen before"
            raise RuntimeError(message)
        return self._baseline


def proving(props: Properties) -> Proving | None:
    """Return the proof that a resource asks for; None unless `proofMode` is `required`.

    Raises:
        OperationFailed: there is no host to ask for, or a file that the proof needs cannot be read.
    """
    if props["proofMode"] != "required":
        return None
    label = listener_name(alb_config=props["albConfig"], port=int(props["port"]), protocol=props["protocol"])
    host = props.get("host")
    if not host:
        sentence = (
            f"{label} has no host to be asked for: no Ingress rule on it names one; set proof.host, or proof.mode: api"
        )
        raise OperationFailed(sentence)
    ca_pem = props.get("caCertificatePem")
    ca = load_chain(ca_pem)[0] if isinstance(ca_pem, str) else None
    return Proving(
        host=host,
        path=props["path"],
        port=int(props["port"]),
        server_ca=props["serverCa"],
        connect_to=props.get("connectTo"),
        enabled=bool(props["enabled"]),
        seconds=float(props["seconds"]),
        known=Known(alb_agrees=True, ca_name=None if ca is None else ca.subject),
        probes=_probes(props, label),
    )


def _probes(props: Properties, label: str) -> Probes | None:
    if not props["enabled"]:
        return None
    valid = _configured_client(props)
    ca_pem = props.get("caCertificatePem")
    ca = load_certificate(ca_pem) if isinstance(ca_pem, str) else None
    if ca is None and valid is not None:
        # Of a purchased CA only its clients are known here; the foreign CA then copies the name of one of them.
        ca = valid.chain[0]
    if ca is None:
        return None
    key_pem = props.get("caPrivateKeyPem")
    if key_pem is None and props.get("caKeyFile") and valid is None:
        key_pem = _read(props["caKeyFile"], f"{label}: rootCa.keyFile, which signs the clients of the proof,")
    return probe_identities(
        ca,
        None if key_pem is None else load_private_key(key_pem),
        datetime.now(UTC),
        valid=valid,
        # Made before anything is asked: first the ALB may take that long to follow, then the handshakes.
        life=2 * timedelta(seconds=float(props["seconds"])) + _SPARE_LIFE,
    )


def _configured_client(props: Properties) -> Identity | None:
    certificate_file, key_file = props.get("proofCertificateFile"), props.get("proofKeyFile")
    if not certificate_file or not key_file:
        return None
    try:
        chain = load_chain(_read(certificate_file, "proof.client.certificateFile"))
        return Identity(chain=chain, key=load_private_key(_read(key_file, "proof.client.keyFile")))
    except PkiError as error:
        sentence = f"proof.client ({certificate_file}, {key_file}): {error}"
        raise OperationFailed(sentence) from None


def _read(path: str, what: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        sentence = f"{what} {path} is not text; give the PEM form, not DER"
    except OSError as error:
        sentence = f"{what} cannot be read from {path}: {error.strerror}"
    raise OperationFailed(sentence)


def proof_outputs(proof: Proof | None) -> dict[str, Any]:
    """Return what the state keeps of a proof: whether, since when, and what was left out."""
    if proof is None:
        return {"proven": False, "provenAt": None, "proofNote": ""}
    return {"proven": proof.proven, "provenAt": proof.at.isoformat(timespec="seconds"), "proofNote": proof.note}
