"""What a stack's state holds, as typed records found by our type tokens. Pure: JSON in, records out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from alb_mtls.cluster.listener_key import ListenerKey
from ops.errors import EmptyStack, OpsError

_DYNAMIC = "pulumi-python:dynamic/"
_ROOT_CERTIFICATE = f"{_DYNAMIC}pki:RootCertificate"
_ISSUED_CERTIFICATE = f"{_DYNAMIC}pki:ClientCertificate"
_REPOSITORY = f"{_DYNAMIC}cas:Repository"
_UPLOADED_CERTIFICATE = f"{_DYNAMIC}cas:UploadedCa"
_CLAIM = f"{_DYNAMIC}alb:ListenerClaim"
_SWITCH = f"{_DYNAMIC}alb:ListenerSwitch"
_OURS = "alb-mtls:index:"
_UPLOADED_CA = f"{_OURS}UploadedCa"
_STACK = "pulumi:pulumi:Stack"
# How the engine marks a secret in JSON.
_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"

Properties = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RootCaRecord:
    """A root CA certificate; `private_key_pem` is None for an imported one."""

    generation: int
    certificate_pem: str
    private_key_pem: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class ClientRecord:
    """A client's certificate.

    Attributes:
        chain_pem: the certificate and what a client must send with it.
        private_key_pem: None when the client keeps its key.
        renew_before: as configured; None for a certificate that was brought ready made.
        issuer_key_file: path of an imported root's key; None when the state or nobody here has it.
    """

    name: str
    certificate_pem: str
    chain_pem: str
    private_key_pem: str | None = field(repr=False)
    renew_before: str | None
    issuer_key_file: str | None


@dataclass(frozen=True, kw_only=True)
class UploadedCaRecord:
    """A CA in CAS; of a purchased one the state has the identifier and nothing else."""

    identifier: str
    certificate_pem: str | None


@dataclass(frozen=True, kw_only=True)
class ListenerRecord:
    """A listener that this stack claims, and what the last `up` made of it.

    Attributes:
        token: of the claim, as the switch was given it.
        enabled: what is wanted; None when no switch has succeeded yet; then identifier and proof mean nothing either.
        kubeconfig: content, when the cluster was named by id.
        proven_at: ISO 8601, or None.
    """

    key: ListenerKey
    owner: str
    token: str
    uid: str
    kube_system_uid: str
    alb_endpoint: str | None
    alb_region: str
    cas_endpoint: str | None
    kubeconfig: str | None = field(repr=False)
    enabled: bool | None
    identifier: str | None
    proven: bool
    proven_at: str | None

    @property
    def label(self) -> str:
        """Return how messages name the listener."""
        return self.key.label

    @property
    def output_key(self) -> str:
        """Return its key in the stack's output `listeners`."""
        return self.key.output_key


@dataclass(frozen=True, kw_only=True)
class StackState:
    """Everything of this program in one stack.

    Attributes:
        repository: name of the CAS repository; None for a purchased CA.
        pending: resource names whose operation was interrupted.
    """

    project: str
    stack: str
    root_cas: tuple[RootCaRecord, ...]
    clients: tuple[ClientRecord, ...]
    uploaded_cas: tuple[UploadedCaRecord, ...]
    listeners: tuple[ListenerRecord, ...]
    repository: str | None
    pending: tuple[str, ...]


def parse_state(exported: Any, label: str) -> StackState:
    """Return the records of a state.

    Args:
        exported: what `pulumi stack export --show-secrets` prints.
        label: how messages name the stack.

    Raises:
        EmptyStack: there is nothing of this program in it.
        OpsError: it is of another program, or of another version of this one.
    """
    deployment = exported.get("deployment") or {}
    # What a replacement left behind is deleted by the next up and describes nothing any more.
    resources = [each for each in deployment.get("resources") or [] if not each.get("delete")]
    root = next((each for each in resources if each["type"] == _STACK), None)
    if root is None:
        message = f"{label} is empty: nothing has been deployed yet; run `pulumi up`"
        raise EmptyStack(message)
    if not any(each["type"].startswith(_OURS) for each in resources):
        message = f"{label} holds nothing of this program; check --stack and the folder"
        raise EmptyStack(message)
    project, stack = _project_and_stack(root["urn"])
    try:
        return StackState(
            project=project,
            stack=stack,
            root_cas=tuple(_root_ca(outputs) for _, outputs in _of_type(resources, _ROOT_CERTIFICATE)),
            clients=tuple(_clients(resources, _plain(root.get("outputs") or {}))),
            uploaded_cas=tuple(_uploaded_cas(resources)),
            listeners=tuple(_listeners(resources)),
            repository=next((outputs["name"] for _, outputs in _of_type(resources, _REPOSITORY)), None),
            pending=tuple(_name(each["resource"]) for each in deployment.get("pending_operations") or []),
        )
    except (KeyError, TypeError, ValueError) as error:
        # Neither chained nor quoted: a value may be a key.
        message = f"{label} is not as this version of the program writes it ({type(error).__name__}); run `pulumi up`"
        raise OpsError(message) from None


def _root_ca(outputs: Properties) -> RootCaRecord:
    return RootCaRecord(
        generation=int(outputs["generation"]),
        certificate_pem=outputs["certificatePem"],
        private_key_pem=outputs.get("privateKeyPem"),
    )


def _clients(resources: list[Properties], outputs: Properties) -> Iterator[ClientRecord]:
    told: Mapping[str, Any] = outputs.get("clients") or {}
    issued = {properties["name"]: properties for _, properties in _of_type(resources, _ISSUED_CERTIFICATE)}
    # The outputs are of the last up that came to its end; what was issued since stands in the resources only.
    for name in dict.fromkeys([*told, *issued]):
        shown, properties = told.get(name) or {}, issued.get(name) or {}
        certificate = properties.get("certificatePem") or shown["certificate"]
        current = shown.get("certificate") == certificate
        yield ClientRecord(
            name=name,
            certificate_pem=certificate,
            chain_pem=shown["chain"] if current else certificate,
            private_key_pem=properties.get("privateKeyPem") if properties else shown.get("key"),
            renew_before=properties.get("renewBefore"),
            issuer_key_file=properties.get("issuerKeyFile"),
        )


def _uploaded_cas(resources: list[Properties]) -> Iterator[UploadedCaRecord]:
    in_cas = dict(_of_type(resources, _UPLOADED_CERTIFICATE))
    purchased = {name: outputs for name, outputs in _of_type(resources, _UPLOADED_CA) if outputs.get("identifier")}
    for name in dict.fromkeys([*in_cas, *purchased]):
        outputs = in_cas.get(name) or {}
        yield UploadedCaRecord(
            identifier=outputs.get("identifier") or purchased[name]["identifier"],
            certificate_pem=outputs.get("certificatePem"),
        )


def _listeners(resources: list[Properties]) -> Iterator[ListenerRecord]:
    switches = {name.removesuffix("-switch"): outputs for name, outputs in _of_type(resources, _SWITCH)}
    # A refresh writes into the outputs what somebody made of the listener; the inputs stay what the stack wants.
    inputs = {name.removesuffix("-switch"): given for name, given in _of_type(resources, _SWITCH, "inputs")}
    for name, claim in _of_type(resources, _CLAIM):
        switch = switches.get(name.removesuffix("-claim")) or {}
        wanted = inputs.get(name.removesuffix("-claim")) or {}
        yield ListenerRecord(
            key=ListenerKey(alb_config=claim["albConfig"], port=int(claim["port"]), protocol=claim["protocol"]),
            owner=claim["owner"],
            token=wanted.get("token") or claim["token"],
            uid=claim["uid"],
            kube_system_uid=claim["kubeSystemUid"],
            alb_endpoint=claim.get("albEndpoint"),
            alb_region=claim.get("albRegion") or "",
            cas_endpoint=claim.get("casEndpoint"),
            kubeconfig=claim.get("kubeconfig"),
            enabled=bool(wanted["enabled"]) if switch else None,
            identifier=wanted.get("identifier"),
            proven=bool(switch.get("proven")),
            proven_at=switch.get("provenAt"),
        )


def _of_type(resources: list[Properties], token: str, side: str = "outputs") -> Iterator[tuple[str, Properties]]:
    for resource in resources:
        if resource["type"] == token:
            yield _name(resource), _plain(resource.get(side) or {})


def _name(resource: Properties) -> str:
    return str(resource["urn"]).rpartition("::")[2]


def _project_and_stack(urn: str) -> tuple[str, str]:
    _, stack, project, *_ = urn.replace("urn:pulumi:", "::", 1).split("::")
    return project, stack


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            return _plain(json.loads(value["plaintext"]))
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
