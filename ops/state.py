"""What a stack's state holds, found by our type tokens. Pure: JSON in, records out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from alb_mtls.certificate_resources import ClientCertificateOutputs, IssuedCertificatesOutputs, RootCertificateOutputs
from alb_mtls.cross_resources import CrossCertificateInputs, CrossCertificateOutputs
from alb_mtls.listener_resources import ListenerClaimOutputs, ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners.generation_numbers import UsedNumbers, used_numbers
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.inventory import IssuedCertificate
from alb_mtls.properties import from_props
from alb_mtls.resources import CasCertificateOutputs, CasRepositoryOutputs, DeploymentOutputs, TypeToken
from ops.errors import EmptyStack, OpsError
from ops.state_records import ClientRecord, CrossRecord, DeployedListener

_STACK = "pulumi:pulumi:Stack"
# How the engine marks a secret in JSON.
_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"

Properties = dict[str, Any]
_Record = TypeVar("_Record")


@dataclass(frozen=True, kw_only=True)
class StackState:
    """Everything of this program in one stack.

    Attributes:
        deployment: its id, which the claims of this stack carry; None before the first `up`.
        root_cas: those that are generated or imported.
        clients: with a certificate in force.
        crosses: cross certificates, where there are any.
        former: certificates that are still valid, of clients that hold another one now or left the configuration.
        in_cas: the CAs that this stack has put into CAS, or found there.
        repository: that they lie in; None for a purchased CA.
        pending: resource names whose operation was interrupted.
        numbers: of generations that were used; None before the first `up`.
        protected: of root CAs that Pulumi refuses to delete, the URN by generation.
    """

    project: str
    stack: str
    deployment: str | None
    root_cas: tuple[RootCertificateOutputs, ...]
    clients: tuple[ClientRecord, ...]
    crosses: tuple[CrossRecord, ...]
    former: tuple[IssuedCertificate, ...]
    in_cas: tuple[CasCertificateOutputs, ...]
    repository: CasRepositoryOutputs | None
    listeners: tuple[DeployedListener, ...]
    pending: tuple[str, ...]
    numbers: UsedNumbers | None = None
    protected: Mapping[int, str] = field(default_factory=dict)


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
        message = f"{label} is empty: nothing is deployed; `pulumi up` would deploy it"
        raise EmptyStack(message)
    if len(resources) == 1:
        message = f"{label} has no resource yet: its `pulumi up` stopped before it made one; run it, and read why"
        raise EmptyStack(message)
    if not any(each["type"] in set(TypeToken) for each in resources):
        message = f"{label} holds nothing of this program; check --stack and the folder"
        raise EmptyStack(message)
    project, stack = _project_and_stack(root["urn"])
    try:
        issued = [one for _, one in _records(resources, TypeToken.ISSUED_CERTIFICATES, IssuedCertificatesOutputs)]
        inventory = [certificate for each in issued for certificate in each.certificates]
        root_cas = _all(resources, TypeToken.ROOT_CERTIFICATE, RootCertificateOutputs)
        anchor = next(iter(_all(resources, TypeToken.DEPLOYMENT, DeploymentOutputs)), None)
        repositories = _records(resources, TypeToken.CAS_REPOSITORY, CasRepositoryOutputs)
        return StackState(
            project=project,
            stack=stack,
            deployment=None if anchor is None else anchor.deployment,
            numbers=None if anchor is None else used_numbers(anchor),
            root_cas=root_cas,
            protected=_protected(resources),
            clients=(*(one for each in issued for one in _issued(each, root_cas)), *_brought(resources, inventory)),
            crosses=tuple(_crosses(resources)),
            former=tuple(one for one in inventory if one.status != "issued"),
            in_cas=_all(resources, TypeToken.CAS_CERTIFICATE, CasCertificateOutputs),
            repository=next((one for _, one in repositories), None),
            # The engine registers listeners side by side, so the order in the state is another one in each run.
            listeners=tuple(sorted(_listeners(resources), key=lambda one: one.key)),
            pending=tuple(_pending(deployment, resources)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        # Neither chained nor quoted: a value may be a key.
        message = f"{label} is not as this version of the program writes it ({type(error).__name__}); run `pulumi up`"
        raise OpsError(message) from None


def _pending(deployment: Properties, resources: list[Properties]) -> Iterator[str]:
    there = {each["urn"] for each in resources}
    for one in deployment.get("pending_operations") or []:
        # An up that makes what a killed one began to make leaves the note of that in the state.
        if one.get("type") != "creating" or one["resource"]["urn"] not in there:
            yield _name(one["resource"])


def _issued(
    all_of_them: IssuedCertificatesOutputs, root_cas: tuple[RootCertificateOutputs, ...]
) -> Iterator[ClientRecord]:
    requests = {one.name: one for one in all_of_them.clients}
    ends = {one.generation: one.not_after for one in root_cas}
    for certificate in all_of_them.certificates:
        if certificate.status == "issued":
            request = requests[certificate.client]
            with_root = certificate.not_after == ends.get(certificate.generation or 0)
            yield ClientRecord(
                name=certificate.client,
                certificate_pem=certificate.certificate_pem,
                chain_pem=certificate.chain_pem,
                private_key_pem=all_of_them.private_keys.get(certificate.client),
                renewal=None if with_root else request.renewal_of(certificate),
                validity=length_of(request.validity),
                generation=certificate.generation,
            )


def _brought(resources: list[Properties], inventory: list[IssuedCertificate]) -> Iterator[ClientRecord]:
    """Yield the clients whose certificate was not issued here; their components alone have it."""
    issued = {one.client for one in inventory if one.status == "issued"}
    for resource_name, client in _records(resources, TypeToken.CLIENT_CERTIFICATE, ClientCertificateOutputs):
        name = resource_name.removeprefix("client-")
        if client.certificate_pem is not None and name not in issued:
            yield ClientRecord(
                name=name,
                certificate_pem=client.certificate_pem,
                chain_pem=client.certificate_pem,
                private_key_pem=None,
                renewal=None,
            )


def _protected(resources: list[Properties]) -> dict[int, str]:
    urns = [one["urn"] for one in resources if one.get("protect") and one["type"] == TypeToken.ROOT_CERTIFICATE]
    protected = _all(
        [one for one in resources if one["urn"] in urns], TypeToken.ROOT_CERTIFICATE, RootCertificateOutputs
    )
    return dict(zip((one.generation for one in protected), urns, strict=True))


def _crosses(resources: list[Properties]) -> Iterator[CrossRecord]:
    token = TypeToken.CROSS_CERTIFICATE
    outlives = {name: one.outlives for name, one in _records(resources, token, CrossCertificateInputs, "inputs")}
    desired = _records(resources, TypeToken.LISTENER_SWITCH, ListenerSwitchInputs, "inputs")
    trusted = {one.generation for _, one in desired}
    roots = _all(resources, TypeToken.ROOT_CERTIFICATE, RootCertificateOutputs)
    ends = {one.generation: one.not_after for one in roots}
    for name, one in _records(resources, token, CrossCertificateOutputs):
        if one.cross_pem is not None:
            between = (one.signer_generation, one.generation)
            yield CrossRecord(
                generation=one.generation,
                signer_generation=one.signer_generation,
                pem=one.cross_pem,
                outlives=length_of(outlives[name]),
                ends=tuple((each, datetime.fromisoformat(ends[each])) for each in between if each in ends),
                in_use=one.signer_generation in trusted,
            )


def _listeners(resources: list[Properties]) -> Iterator[DeployedListener]:
    token = TypeToken.LISTENER_SWITCH
    desired = {inputs.listener: inputs for _, inputs in _records(resources, token, ListenerSwitchInputs, "inputs")}
    switches = {outputs.listener: outputs for outputs in _all(resources, token, ListenerSwitchOutputs)}
    for claim in _all(resources, TypeToken.LISTENER_CLAIM, ListenerClaimOutputs):
        key = claim.listener
        yield DeployedListener(claim=claim, desired=desired.get(key), switch=switches.get(key))


def _records(
    resources: list[Properties], token: TypeToken, record: type[_Record], side: str = "outputs"
) -> Iterator[tuple[str, _Record]]:
    for resource in resources:
        if resource["type"] == token:
            yield _name(resource), from_props(record, _plain(resource.get(side) or {}))


def _all(resources: list[Properties], token: TypeToken, record: type[_Record]) -> tuple[_Record, ...]:
    return tuple(one for _, one in _records(resources, token, record))


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
