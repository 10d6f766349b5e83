"""What each resource of a stack is given (`…Inputs`) and what the state keeps of it (`…Outputs`).

Providers turn properties into these when they are called, and back when they return (`properties.py`); ops reads states
with the same ones. The names stand, in camelCase, in users' states: frozen with the first tag, additions are free.
Those of certificates, which lie in the state alone, are in `certificate_resources.py`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from alb_mtls.cluster.listener_key import ListenerKey

# docs/facts/alibaba-cloud.md, Editions and keys.
DOCUMENTED_EDITIONS: Final = ("Standard", "StandardWithWaf")
"""Editions of an ALB that are documented to authenticate clients."""
BASIC_EDITION: Final = "Basic"
"""The one that is documented not to."""


class TypeToken(StrEnum):
    """What the state calls each component and each resource; frozen with the first tag, additions are free."""

    ROOT_CA = "alb-mtls:index:RootCa"
    CLIENT_CERTIFICATE = "alb-mtls:index:ClientCertificate"
    CLIENT_FLEET = "alb-mtls:index:ClientFleet"
    UPLOADED_CA = "alb-mtls:index:UploadedCa"
    ALB_CONFIG_PATCH = "alb-mtls:index:AlbConfigPatch"
    DEPLOYMENT = "pulumi-python:dynamic/stack:Deployment"
    ROOT_CERTIFICATE = "pulumi-python:dynamic/pki:RootCertificate"
    CROSS_CERTIFICATE = "pulumi-python:dynamic/pki:CrossCertificate"
    ISSUED_CERTIFICATES = "pulumi-python:dynamic/pki:IssuedCertificates"
    CAS_REPOSITORY = "pulumi-python:dynamic/cas:Repository"
    CAS_CERTIFICATE = "pulumi-python:dynamic/cas:Certificate"
    LISTENER_CLAIM = "pulumi-python:dynamic/alb:ListenerClaim"
    LISTENER_SWITCH = "pulumi-python:dynamic/alb:ListenerSwitch"


@dataclass(frozen=True, kw_only=True)
class AlbApi:
    """Which ALB API is called: `endpoint` when one is configured, else that of `region`."""

    endpoint: str | None
    region: str


@dataclass(frozen=True, kw_only=True)
class ListenerFound:
    """What decides whether a deployment may have a listener, as the program found it before anything was registered.

    Attributes:
        deployment: id of the one that claims the listener; None when nobody does, or when nobody could look.
        owner: its `<project>/<stack>`, for people.
        ca_identifiers: of the CAs on a listener that nobody claims, which may not be taken over and of which only a
            state can tell whether they are its own.
        take_over: as configured.
        rejected_meanwhile: that clients of this `up` would be rejected there until it has swapped the CA, in words.
    """

    listener: ListenerKey
    deployment: str | None = None
    owner: str | None = None
    ca_identifiers: tuple[str, ...] = ()
    take_over: str | None = None
    rejected_meanwhile: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeploymentInputs:
    """The anchor of a deployment.

    Attributes:
        owner: `<project>/<stack>`, for people.
        found: on the configured listeners.
        generations: numbers of those that are listed.
        newest_generation: highest number that was ever listed; None in a state of before there was this.
        look: what the program has read for the diffs of its run (`ProgramLook`); never in a state.
    """

    owner: str
    found: tuple[ListenerFound, ...] = ()
    generations: tuple[int, ...] = ()
    newest_generation: int | None = None
    look: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeploymentOutputs(DeploymentInputs):
    """An id drawn once.

    Attributes:
        deployment: the id, which the claims of this deployment carry.
    """

    deployment: str


@dataclass(frozen=True, kw_only=True)
class CasRepositoryInputs:
    """The repository that the CAs of a stack are uploaded to.

    Attributes:
        endpoint: URL of the CAS site.
        owned: by this stack; false for one that the user named, which is never deleted.
        generated: PEM of the CAs that this stack generated: they are its own wherever they lie.
        deployment: id; a CA that a claim of it names is in use.
        kubeconfig: content, when the cluster is named by id; a secret.
    """

    endpoint: str
    name: str
    owned: bool
    generated: tuple[str, ...] = ()
    alb: AlbApi
    deployment: str
    kubeconfig: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class CasRepositoryOutputs(CasRepositoryInputs):
    """As the inputs."""


@dataclass(frozen=True, kw_only=True)
class CasCertificateInputs:
    """A CA certificate to be in CAS.

    Attributes:
        endpoint: URL of the CAS site.
        generated: this stack made the CA.
        certificate_name: what the console shows.
        deployment: id; a CA that a claim of it names is in use.
        kubeconfig: content, when the cluster is named by id; a secret.
    """

    endpoint: str
    repository_name: str
    repository_owned: bool
    certificate_pem: str
    certificate_name: str
    generated: bool
    alb: AlbApi
    deployment: str
    kubeconfig: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class CasCertificateOutputs(CasCertificateInputs):
    """The CA in CAS.

    Attributes:
        ca_identifier: what an AlbConfig calls CertificateId; opaque.
        owned: made by this stack, so that its delete deletes it.
        fingerprint: SHA-256 of the DER, lower-case hex.
    """

    ca_identifier: str
    owned: bool
    fingerprint: str
