"""A state as `pulumi stack export --show-secrets` prints it, made of the resources that a test wants in it."""

import json
from dataclasses import replace
from typing import Any

from cryptography import x509

from alb_mtls.certificate_resources import ClientCertificateOutputs, IssuedCertificatesOutputs, RootCertificateOutputs
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listener_resources import ListenerClaimOutputs, ListenerSwitchInputs, ListenerSwitchOutputs, ProofSettings
from alb_mtls.pki.encoding import certificate_pem, fingerprint
from alb_mtls.pki.inventory import CertificateRequest, IssuedCertificate
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.subject import Subject
from alb_mtls.properties import to_props
from alb_mtls.resources import AlbApi, CasCertificateOutputs, CasRepositoryOutputs, DeploymentOutputs, TypeToken
from tests.helpers.certificates import ClientCredential
from tests.helpers.exported import secret

STACK_URN = "urn:pulumi:test::alb-mtls::pulumi:pulumi:Stack::alb-mtls-test"
_ALB = AlbApi(endpoint=None, region="cn-hangzhou")
_PROOF = ProofSettings(mode="required", host=None, path="/", deadline_seconds=120, server_ca="system", connections=50)


def resource(token: str, name: str, outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a resource; numbers are floats, as Pulumi hands them on."""
    floats = json.loads(json.dumps(outputs), parse_int=float)
    return {"urn": f"urn:pulumi:test::alb-mtls::{token}::{name}", "type": str(token), "outputs": floats, **more}


def component(token: TypeToken, name: str) -> dict[str, Any]:
    return resource(token, name, {})


def root_ca(root: ClientCredential, *, generation: int = 1, source: str = "generated") -> dict[str, Any]:
    """Return a root CA; only a generated one has its key in the state."""
    record = RootCertificateOutputs(
        source="generated" if source == "generated" else "imported",
        generation=generation,
        **_described(root),
    )
    outputs = to_props(record)
    if source == "generated":
        outputs["privateKeyPem"] = secret(private_key_pem(root.key))
    return resource(TypeToken.ROOT_CERTIFICATE, f"root-ca-{generation}", outputs)


def issued(
    credential: ClientCredential,
    *,
    name: str = "alice",
    keeps_its_key: bool = False,
    chain: tuple[x509.Certificate, ...] = (),
    status: str = "issued",
    generation: int = 1,
) -> IssuedCertificatesOutputs:
    """Return one client's part of the inventory; of one that sent a CSR, the state has no key."""
    described = _described(credential)
    certificate = IssuedCertificate(
        client=name,
        generation=generation,
        status=status,  # type: ignore[arg-type] # one of three words
        chain_pem=described["certificate_pem"] + "".join(map(certificate_pem, chain)),
        serial_number=f"{credential.certificate.serial_number:x}",
        **described,
    )
    request = CertificateRequest(name=name, subject=Subject(common_name=name), validity="365d", renew_before="33%")
    in_force = status == "issued"
    return IssuedCertificatesOutputs(
        issuers=(),
        clients=(request,) if in_force else (),
        certificates=(certificate,),
        private_keys={name: private_key_pem(credential.key)} if in_force and not keeps_its_key else {},
    )


def clients(*parts: IssuedCertificatesOutputs) -> dict[str, Any]:
    """Return the one resource that holds the inventory, put together of parts for single clients."""
    whole = IssuedCertificatesOutputs(
        issuers=(),
        clients=tuple(one for part in parts for one in part.clients),
        certificates=tuple(one for part in parts for one in part.certificates),
        private_keys={name: key for part in parts for name, key in part.private_keys.items()},
    )
    outputs = {**to_props(whole), "privateKeys": secret(whole.private_keys)}
    return resource(TypeToken.ISSUED_CERTIFICATES, "client-certificates", outputs)


def client(credential: ClientCredential, **more: Any) -> dict[str, Any]:
    return clients(issued(credential, **more))


def brought(certificate: x509.Certificate, *, name: str) -> dict[str, Any]:
    """Return a client that brought its certificate ready made."""
    outputs = ClientCertificateOutputs(certificate_pem=certificate_pem(certificate))
    return resource(TypeToken.CLIENT_CERTIFICATE, f"client-{name}", to_props(outputs))


def in_cas(root: ClientCredential, *, identifier: str = "id-1") -> dict[str, Any]:
    outputs = CasCertificateOutputs(
        endpoint="https://cas.ap-southeast-1.aliyuncs.com",
        repository_name="alb-mtls-test-84a8ab89",
        repository_owned=True,
        certificate_pem=certificate_pem(root.certificate),
        certificate_name="alb-mtls-test-84a8ab89-g1",
        generated=True,
        alb=_ALB,
        deployment="deployment-1",
        ca_identifier=identifier,
        owned=True,
        fingerprint=fingerprint(root.certificate),
    )
    return resource(TypeToken.CAS_CERTIFICATE, "uploaded-ca-1", to_props(outputs))


def deployment(id_: str) -> dict[str, Any]:
    """Return the anchor, with the id that the claims of this stack carry."""
    outputs = DeploymentOutputs(owner="alb-mtls/test", deployment=id_)
    return resource(TypeToken.DEPLOYMENT, "deployment", to_props(outputs))


def repository(name: str, *, owned: bool) -> dict[str, Any]:
    """Return the repository in CAS."""
    outputs = CasRepositoryOutputs(
        endpoint="https://cas.example", name=name, owned=owned, alb=_ALB, deployment="deployment-1"
    )
    return resource(TypeToken.CAS_REPOSITORY, "cas-repository", to_props(outputs))


def claim_of(key: ListenerKey, **changes: Any) -> ListenerClaimOutputs:
    record = ListenerClaimOutputs(
        listener=key,
        owner="alb-mtls/test",
        deployment="deployment-1",
        alb=_ALB,
        cas_endpoint="https://cas.ap-southeast-1.aliyuncs.com",
        proof=_PROOF,
        token="token-1",
        uid="uid-1",
        kube_system_uid="cluster-1",
        cluster="cluster 1",
    )
    return replace(record, **changes)


def desired_of(key: ListenerKey, **changes: Any) -> ListenerSwitchInputs:
    record = ListenerSwitchInputs(
        listener=key,
        owner="alb-mtls/test",
        deployment="deployment-1",
        token="token-1",
        enabled=True,
        ca_identifier="id-1",
        alb=_ALB,
        proof=_PROOF,
    )
    return replace(record, **changes)


def switch_of(desired: ListenerSwitchInputs, **changes: Any) -> ListenerSwitchOutputs:
    inputs = {name: getattr(desired, name) for name in desired.__dataclass_fields__}
    outputs: dict[str, Any] = {
        "uid": "uid-1",
        "load_balancer_id": "alb-1",
        "attempt": "attempt-1",
        "previous": "{}",
        "applied_ca_identifier": desired.ca_identifier,
        "proven": True,
        "proven_at": "2026-11-23T12:00:00+00:00",
    }
    return ListenerSwitchOutputs(**{**inputs, **outputs, **changes})


def listener(
    *, alb_config: str = "alb", port: int = 443, switched: bool = True, refreshed: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return claim and switch of a listener; without `switched` the last up did not get that far.

    `refreshed` is what a refresh found at the listener since.
    """
    key = ListenerKey(alb_config=alb_config, port=port, protocol="HTTPS")
    name = key.resource_name
    claim = resource(TypeToken.LISTENER_CLAIM, f"{name}-claim", to_props(claim_of(key)))
    if not switched:
        return [claim]
    desired = desired_of(key)
    outputs = to_props(switch_of(desired, **(refreshed or {})))
    return [claim, resource(TypeToken.LISTENER_SWITCH, f"{name}-switch", outputs, inputs=to_props(desired))]


def exported(*resources: dict[str, Any], **deployment: Any) -> dict[str, Any]:
    """Return a whole state with the stack itself in front."""
    stack = {"urn": STACK_URN, "type": "pulumi:pulumi:Stack", "outputs": {}}
    return {"version": 3, "deployment": {"resources": [stack, *resources], **deployment}}


def _described(credential: ClientCredential) -> dict[str, Any]:
    certificate = credential.certificate
    return {
        "certificate_pem": credential.pem,
        "fingerprint": fingerprint(certificate),
        "not_before": certificate.not_valid_before_utc.isoformat(),
        "not_after": certificate.not_valid_after_utc.isoformat(),
    }
