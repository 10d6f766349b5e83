"""A state as `pulumi stack export --show-secrets` prints it, made of the resources that a test wants in it."""

import json
from typing import Any

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import ClientCredential

STACK_URN = "urn:pulumi:test::alb-mtls::pulumi:pulumi:Stack::alb-mtls-test"
_DYNAMIC = "pulumi-python:dynamic/"


def secret(value: Any) -> dict[str, Any]:
    """Return a value as the engine writes one that is secret."""
    mark = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    return {**mark, "plaintext": json.dumps(value)}


def resource(token: str, name: str, outputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a resource."""
    return {"urn": f"urn:pulumi:test::alb-mtls::{token}::{name}", "type": token, "outputs": outputs, **more}


def component(kind: str, name: str, outputs: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a component of the program."""
    return resource(f"alb-mtls:index:{kind}", name, outputs or {})


def root_ca(root: ClientCredential, *, generation: int = 1, source: str = "generated") -> dict[str, Any]:
    """Return a root CA; only a generated one has its key in the state."""
    outputs: dict[str, Any] = {
        "generation": float(generation),
        "source": source,
        "certificatePem": certificate_pem(root.certificate),
    }
    if source == "generated":
        outputs["privateKeyPem"] = secret(private_key_pem(root.key))
    return resource(f"{_DYNAMIC}pki:RootCertificate", f"root-ca-{generation}", outputs)


def client(
    identity: ClientCredential, *, name: str = "alice", keeps_its_key: bool = False, **more: Any
) -> dict[str, Any]:
    """Return a client; one that sent a CSR has no key in the state."""
    outputs: dict[str, Any] = {
        "name": name,
        "certificatePem": certificate_pem(identity.certificate),
        "renewBefore": "33%",
        **more,
    }
    if not keeps_its_key:
        outputs["privateKeyPem"] = secret(private_key_pem(identity.key))
    return resource(f"{_DYNAMIC}pki:ClientCertificate", f"client-{name}", outputs)


def uploaded_ca(root: ClientCredential, *, identifier: str = "id-1", generation: int = 1) -> dict[str, Any]:
    """Return a CA in CAS."""
    outputs = {
        "identifier": identifier,
        "ours": True,
        "certificatePem": certificate_pem(root.certificate),
        "endpoint": "international",
        "repositoryName": "alb-mtls-test-84a8ab89",
    }
    return resource(f"{_DYNAMIC}cas:UploadedCa", f"uploaded-ca-{generation}", outputs)


def listener(
    *,
    alb_config: str = "alb",
    port: int = 443,
    enabled: bool = True,
    switched: bool = True,
    refreshed: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Return claim and switch of a listener; without `switched` the last up did not get that far.

    `refreshed` is what a refresh found at the listener since.
    """
    common = {
        "albConfig": alb_config,
        "port": float(port),
        "protocol": "HTTPS",
        "owner": "alb-mtls/test",
        "albRegion": "cn-hangzhou",
        "token": "token-1",
        "uid": "uid-1",
    }
    name = f"{alb_config}-{port}-https"
    claim = resource(
        f"{_DYNAMIC}alb:ListenerClaim",
        f"{name}-claim",
        {**common, "kubeSystemUid": "cluster-1", "casEndpoint": "international"},
    )
    if not switched:
        return [claim]
    outputs = {**common, "enabled": enabled, "identifier": "id-1", "proofMode": "required", "proven": True}
    inputs = {key: value for key, value in outputs.items() if key not in {"uid", "proven"}}
    seen = outputs if refreshed is None else {**outputs, **refreshed}
    return [claim, resource(f"{_DYNAMIC}alb:ListenerSwitch", f"{name}-switch", seen, inputs=inputs)]


def exported(*resources: dict[str, Any], outputs: dict[str, Any] | None = None, **deployment: Any) -> dict[str, Any]:
    """Return a whole state with the stack itself in front."""
    stack = {"urn": STACK_URN, "type": "pulumi:pulumi:Stack", "outputs": outputs or {}}
    return {"version": 3, "deployment": {"resources": [stack, *resources], **deployment}}
