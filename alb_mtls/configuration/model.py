"""The settings as the program uses them: frozen, complete, every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.subject import Subject

RootCaSource = Literal["generated", "imported", "purchased"]
ProofMode = Literal["required", "api", "off"]


@dataclass(frozen=True, kw_only=True)
class RootCaSettings:
    """One generation of the root CA and where it comes from."""

    source: RootCaSource
    generation: int
    subject: Subject | None
    key: KeySpec
    validity_days: int
    certificate_pem: str | None
    key_file: str | None
    identifier: str | None
    protect: bool

    @property
    def can_issue(self) -> bool:
        """Say whether client certificates can be signed: a purchased CA and one without its key cannot."""
        return self.source == "generated" or (self.source == "imported" and self.key_file is not None)


@dataclass(frozen=True, kw_only=True)
class SecretName:
    """Where a client's bundle goes as a `kubernetes.io/tls` Secret."""

    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ClientSettings:
    """One client. At most one of `csr_pem` and `certificate_pem` is set; with neither, the key is made here."""

    name: str
    subject: Subject
    sans: tuple[str, ...]
    key: KeySpec
    validity_days: int
    renew_before: str
    csr_pem: str | None
    certificate_pem: str | None
    kubernetes_secret: SecretName | None


@dataclass(frozen=True, kw_only=True)
class CasSettings:
    """The site of the Certificate Management Service and the repository in it.

    Attributes:
        endpoint: as configured (`china`, `international`, host or URL).
        repository: repository name, ours by derivation or the user's.
        repository_is_ours: false when the user gave the name: adopted, never deleted.
    """

    endpoint: str
    repository: str
    repository_is_ours: bool


@dataclass(frozen=True, kw_only=True)
class ListenerSettings:
    """One listener of one AlbConfig; `port` and `protocol` identify it there."""

    alb_config: str
    port: int
    protocol: str
    take_over: bool
    connect_to: str | None

    @property
    def key(self) -> ListenerKey:
        """Which listener it is."""
        return ListenerKey(alb_config=self.alb_config, port=self.port, protocol=self.protocol)

    @property
    def resource_name(self) -> str:
        """Name of its resources in the stack."""
        return self.key.resource_name

    @property
    def label(self) -> str:
        """Key of the `listeners` output."""
        return self.key.output_key


@dataclass(frozen=True, kw_only=True)
class ProofSettings:
    """How an `up` proves that the listener does what it should.

    Attributes:
        deadline_seconds: how long the ALB may take to do what the AlbConfig says.
        server_ca: `system`, `insecure` or the path of a CA file.
    """

    mode: ProofMode
    host: str | None
    path: str
    deadline_seconds: int
    client_certificate_file: str | None
    client_key_file: str | None
    server_ca: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that the program needs to know, read once.

    Attributes:
        access: values of the `alicloud` and `kubernetes` namespaces by full key, credentials among them.
        preview: nothing will be signed or changed.
    """

    project: str
    stack: str
    enabled: bool
    root_ca: RootCaSettings
    clients: tuple[ClientSettings, ...]
    cas: CasSettings
    alb_endpoint: str | None
    region: str
    listeners: tuple[ListenerSettings, ...]
    proof: ProofSettings
    on_bypass: Literal["warn", "fail"]
    cluster_id: str | None
    access: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...]
    preview: bool

    @property
    def owner(self) -> str:
        """Who holds a claim on a listener: this project and stack."""
        return f"{self.project}/{self.stack}"

    @property
    def certificate_name(self) -> str:
        """What the CAS console shows for the uploaded root CA; no API returns it."""
        return (
            f"{self.cas.repository}-g{self.root_ca.generation}"
            if self.cas.repository_is_ours
            else self.owner.replace("/", "-")
        )
