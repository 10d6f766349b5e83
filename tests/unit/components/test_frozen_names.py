"""What stands in users' states: type tokens, module paths, class names and property names. Frozen with the first tag.

A name that is missing here, or no longer there, breaks the states of users. An addition is free, and needs a line.
"""

import importlib
import inspect
import json
import pkgutil
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args

import pulumi
import pytest
from pulumi.dynamic import ResourceProvider

import components
import components.providers
from alb_mtls import certificate_resources, cross_resources, listener_resources, resources
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.pki import inventory
from alb_mtls.properties import property_names
from components.providers.resource import TypedResource
from tests.helpers.claims import claim_of

# Token below pulumi-python:dynamic/, module below components.providers, class of the resource; then that of the
# provider, which the state names together with its module.
RESOURCES = [
    ("stack:Deployment", "deployment", "Deployment"),
    ("pki:RootCertificate", "root_certificate", "RootCertificate"),
    ("pki:CrossCertificate", "cross_certificate", "CrossCertificate"),
    ("pki:IssuedCertificates", "issued_certificates", "IssuedCertificates"),
    ("cas:Repository", "cas_repository", "CasRepository"),
    ("cas:Certificate", "cas_certificate", "CasCertificate"),
    ("alb:ListenerClaim", "listener_claim", "ListenerClaim"),
    ("alb:ListenerSwitch", "listener_switch", "ListenerSwitch"),
]
SECRET_OUTPUTS = {
    "Deployment": (),
    "RootCertificate": ("privateKeyPem",),
    "CrossCertificate": (),
    "IssuedCertificates": ("privateKeys", "fleetPrivateKeys", "fleetClients", "fleetCertificates"),
    "CasRepository": ("kubeconfig",),
    "CasCertificate": ("kubeconfig",),
    "ListenerClaim": ("kubeconfig",),
    "ListenerSwitch": ("kubeconfig",),
}
COMPONENTS = {
    "alb-mtls:index:RootCa": "RootCa",
    "alb-mtls:index:ClientCertificate": "ClientCertificate",
    "alb-mtls:index:ClientFleet": "ClientFleet",
    "alb-mtls:index:UploadedCa": "UploadedCa",
    "alb-mtls:index:AlbConfigPatch": "AlbConfigPatch",
}
PROPERTIES = {
    "AlbApi": "endpoint region",
    "ListenerKey": "albConfig port protocol",
    "Subject": "country state locality organization organizationalUnit commonName email",
    "KeySpec": "algorithm size curve",
    "ProofSettings": (
        "mode host path deadlineSeconds serverCa connections connectTo clientCertificateFile clientKeyFile probeNames "
        "echoPath"
    ),
    "ProbeNames": "subject sans",
    "ListenerFound": "listener deployment owner caIdentifiers takeOver rejectedMeanwhile",
    "DeploymentInputs": "owner found generations newestGeneration look",
    "DeploymentOutputs": "owner found generations newestGeneration look deployment",
    "RootCertificateInputs": "source generation subject namedAfterStack key validity certificatePem",
    "RootCertificateOutputs": (
        "source generation subject namedAfterStack key validity certificatePem privateKeyPem fingerprint notBefore "
        "notAfter"
    ),
    "AskedListener": "listener proof",
    "RolloverStep": "trusted bound enabled ofGit",
    "CrossCertificateInputs": (
        "generation certificatePem keyFile signerGeneration signerCertificatePem signerKeyFile privateKeys outlives "
        "required listeners alb kubeconfig"
    ),
    "CrossCertificateOutputs": (
        "generation certificatePem signerGeneration signerCertificatePem crossPem fingerprint notBefore notAfter tried"
    ),
    "Issuer": "generation certificatePem keyFile sentPem",
    "CertificateRequest": "name subject sans key csrPem validity renewBefore rotateKey",
    "IssuedCertificate": (
        "client generation status certificatePem chainPem fingerprint serialNumber notBefore notAfter"
    ),
    "BroughtCertificate": "client certificatePem fingerprint serialNumber notBefore notAfter",
    "FleetCounts": "clients superseded forgotten firstEnd",
    "IssuedCertificatesInputs": "issuers issuerPrivateKeys clients fleetClients brought kept rollover",
    "IssuedCertificatesOutputs": (
        "issuers clients fleetClients certificates fleetCertificates privateKeys fleetPrivateKeys fleets brought"
    ),
    "ClientCertificateOutputs": "certificatePem",
    "CasRepositoryInputs": "endpoint name owned generated alb deployment kubeconfig",
    "CasRepositoryOutputs": "endpoint name owned generated alb deployment kubeconfig",
    "CasCertificateInputs": (
        "endpoint repositoryName repositoryOwned certificatePem certificateName generated alb deployment kubeconfig"
    ),
    "CasCertificateOutputs": (
        "endpoint repositoryName repositoryOwned certificatePem certificateName generated alb deployment kubeconfig "
        "caIdentifier owned fingerprint"
    ),
    "IdentityHeaders": "subjectDn issuerDn fingerprint clientVerify",
    "ListenerClaimInputs": (
        "listener owner deployment kubeconfig alb takeOver caIdentifiers madeHere casEndpoint proof identityHeaders "
        "write"
    ),
    "ListenerClaimOutputs": (
        "listener owner deployment kubeconfig alb takeOver caIdentifiers madeHere casEndpoint proof "
        "identityHeaders write token uid kubeSystemUid cluster found known"
    ),
    "ListenerSwitchInputs": (
        "listener owner deployment token enabled caIdentifier repository takeOver known madeHere found "
        "identityHeaders observed "
        "casEndpoint kubeconfig alb proof caCertificatePem caPrivateKeyPem caKeyFile hosts editions generation "
        "issuedGeneration crossGeneration abandoned otherGenerations otherPrivateKeys allowedHosts write"
    ),
    "OtherGeneration": "generation certificatePem keyFile crossPem caIdentifier",
    "ProofShown": "connections bound addressesAsked addressesKnown notTried answers",
    "ListenerSwitchOutputs": (
        "listener owner deployment token enabled caIdentifier repository takeOver known madeHere found "
        "identityHeaders observed "
        "casEndpoint kubeconfig alb proof caCertificatePem caPrivateKeyPem caKeyFile hosts editions generation "
        "issuedGeneration crossGeneration abandoned otherGenerations otherPrivateKeys allowedHosts write uid "
        "loadBalancerId attempt previous appliedCaIdentifier listenerId proven provenAt proofNote proofShown "
        "appliedEnabled headersShown fragment awaiting"
    ),
}
CLAIM = {
    *("version", "owner", "deployment", "token", "attempt", "uid", "host", "repository", "generation"),
    *("previous", "written"),
}
_Kind = TypeVar("_Kind")


def _modules(package: Any) -> list[Any]:
    return [
        importlib.import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)
    ]


def _classes(package: Any, base: type[_Kind]) -> list[type[_Kind]]:
    found = {one for module in _modules(package) for _, one in inspect.getmembers(module, inspect.isclass)}
    ours = (one for one in found if issubclass(one, base) and one is not base)
    return sorted((one for one in ours if one.__module__.startswith("components")), key=lambda one: one.__name__)


def _records() -> dict[str, type]:
    """Return every dataclass that properties are made of, those inside of others included."""
    found: dict[str, type] = {}

    def add(kind: Any) -> None:
        for argument in get_args(kind):
            add(argument)
        if is_dataclass(kind) and isinstance(kind, type) and kind.__name__ not in found:
            found[kind.__name__] = kind
            for field in fields(kind):
                add(field.type)

    for module in (resources, listener_resources, certificate_resources, cross_resources, inventory):
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if name.endswith(("Inputs", "Outputs")):
                add(kind)
    return found


def test_every_resource_has_its_token_its_module_and_its_class() -> None:
    found = {
        (vars(one)["_resource_type_name"].removeprefix("dynamic/"), one.__module__, one.__name__)
        for one in _classes(components.providers, TypedResource)
    }
    assert found == {(token, f"components.providers.{module}", name) for token, module, name in RESOURCES}


def test_every_provider_stands_beside_its_resource_and_is_called_after_it() -> None:
    found = {
        (one.__module__, one.__name__)
        for one in _classes(components.providers, ResourceProvider)
        if one.__module__ != "components.providers.base"
    }
    assert found == {(f"components.providers.{module}", f"{name}Provider") for _, module, name in RESOURCES}


def test_readers_of_a_state_know_every_token_of_the_tables_and_no_other() -> None:
    assert set(resources.TypeToken) == {f"pulumi-python:dynamic/{token}" for token, _, _ in RESOURCES} | set(COMPONENTS)


def test_every_component_has_its_token() -> None:
    found = _classes(components, pulumi.ComponentResource)
    assert {one.__name__ for one in found} == set(COMPONENTS.values())
    for token, name in COMPONENTS.items():
        [kind] = [one for one in found if one.__name__ == name]
        assert f'super().__init__("{token}"' in inspect.getsource(kind)


@pytest.mark.parametrize("record", sorted(_records()))
def test_every_property_has_its_name(record: str) -> None:
    assert property_names(_records()[record]) == PROPERTIES[record].split()


def test_no_line_of_the_table_is_about_nothing() -> None:
    assert set(PROPERTIES) == set(_records())


@pytest.mark.parametrize("kind", _classes(components.providers, TypedResource))
def test_what_a_resource_is_given_and_what_is_kept_of_it_stands_in_the_table(kind: type[TypedResource]) -> None:
    assert {kind.inputs_record, kind.outputs_record} <= set(_records().values())
    assert (kind.inputs_record.__name__, kind.outputs_record.__name__, kind.provider_class.__name__) == (
        f"{kind.__name__}Inputs",
        f"{kind.__name__}Outputs",
        f"{kind.__name__}Provider",
    )


def test_what_a_state_keeps_as_a_secret_is_still_one() -> None:
    found = _classes(components.providers, TypedResource)
    assert {kind.__name__: kind.secret_outputs for kind in found} == SECRET_OUTPUTS


def test_names_that_are_made_of_a_listener_are_as_they_were() -> None:
    listener = ListenerKey(alb_config="alb", port=443, protocol="HTTPS")
    assert (listener.resource_name, listener.output_key, listener.claim_annotation) == (
        "alb-443-https",
        "alb/443",
        "alb-mtls/claim.443.https",
    )


def test_a_claim_in_the_cluster_has_its_keys() -> None:
    text = claim_of(host="demo.alb.ingress.top", repository="alb-mtls-dev", generation=1).to_text()
    assert json.loads(text).keys() == CLAIM
