"""Inputs and outputs, as in `resources.py`, of the cross certificate between two generations of the root CA."""

from dataclasses import dataclass, field

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.resources import AlbApi


@dataclass(frozen=True, kw_only=True)
class AskedListener:
    """A listener of the stack that may be asked whether it accepts what clients are about to be handed.

    Attributes:
        proof: how it is reached, and for which host.
    """

    listener: ListenerKey
    proof: ProofSettings


@dataclass(frozen=True, kw_only=True)
class CrossCertificateInputs:
    """Two generations of the root CA, and who has to accept clients of the newer one before it is trusted.

    Attributes:
        generation: number of the newer one.
        certificate_pem: of its CA.
        key_file: path of its key, when it is imported.
        signer_generation: number of the older one.
        signer_certificate_pem: of its CA.
        signer_key_file: path of its key, when it is imported.
        private_keys: of generated ones, PEM by number; a secret, and in the inputs only.
        outlives: a duration, the validity of the longest-lived client.
        required: listeners may trust the older one, and its clients are not given up: clients of the newer one would be
            rejected without a cross certificate.
        listeners: that are asked before there is one; none when they request no certificate.
        kubeconfig: content, when the cluster is named by id; a secret.
    """

    generation: int
    certificate_pem: str
    key_file: str | None = None
    signer_generation: int
    signer_certificate_pem: str
    signer_key_file: str | None = None
    private_keys: dict[str, str] = field(default_factory=dict, repr=False)
    outlives: str
    required: bool
    listeners: tuple[AskedListener, ...] = ()
    alb: AlbApi
    kubeconfig: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class CrossCertificateOutputs:
    """The newer generation's key, certified by the older one.

    Attributes:
        generation: number of the newer one; `certificate_pem` is of its CA.
        signer_generation: number of the older one; `signer_certificate_pem` is of its CA.
        cross_pem: the cross certificate; None where none could be made and none was required.
        not_before: ISO 8601, as is `not_after`; None without a cross certificate, as is `fingerprint`.
        tried: the listeners were asked about it; of a hard swap they are not, and clients may be handed it later.
    """

    generation: int
    certificate_pem: str
    signer_generation: int
    signer_certificate_pem: str
    cross_pem: str | None = None
    fingerprint: str | None = None
    not_before: str | None = None
    not_after: str | None = None
    tried: bool = False
