"""A state as one version of the program writes it, with names in the place of what a server or chance has made.

Kept for each version, so that a later one is tried on the states of users: filled in with the values of a stack that
was just made, it must be read, refreshed and destroyed.
"""

import copy
import json
from collections.abc import Callable
from typing import Any

from tests.helpers.exported import is_secret, plain

# Of a resource, beside its type and name: what a later program may depend on.
_KEPT = (
    "urn",
    "custom",
    "id",
    "type",
    "inputs",
    "outputs",
    "parent",
    "dependencies",
    "propertyDependencies",
    "additionalSecretOutputs",
    "provider",
    "external",
    "protect",
)
# Pulumi's own, which hold the configuration of a stack: taken from the state that was just made.
_OF_PULUMI = ("pulumi:pulumi:Stack", "pulumi:providers:pulumi-python")
# A root CA and its first client begin in the same second, or not.
_OFTEN_THE_SAME = "notBefore}}"
# Values that differ from stack to stack, by resource type and property, and how the template calls them.
_MADE = {
    "stack:Deployment": ("deployment",),
    "pki:RootCertificate": ("certificatePem", "privateKeyPem", "fingerprint", "notBefore", "notAfter"),
    "pki:IssuedCertificates": (
        "certificates.0.certificatePem",
        "certificates.0.fingerprint",
        "certificates.0.serialNumber",
        "certificates.0.notBefore",
        "certificates.0.notAfter",
        "privateKeys.alice",
    ),
    "cas:Repository": ("endpoint", "name"),
    "cas:Certificate": ("caIdentifier",),
    "alb:ListenerClaim": ("token", "uid", "kubeSystemUid", "cluster", "proof.serverCa", "proof.connectTo.0"),
    "alb:ListenerSwitch": ("alb.endpoint", "loadBalancerId", "attempt", "listenerId", "provenAt"),
}


def made_values(exported: dict[str, Any]) -> dict[str, str]:
    """Return what a template leaves out, by the names that it uses, from a state exported with its secrets."""
    values = {}
    for resource in exported["deployment"]["resources"]:
        kind = resource["type"].removeprefix("pulumi-python:dynamic/")
        outputs = plain(resource.get("outputs") or {})
        for path in _MADE.get(kind, ()):
            values[f"{{{{{kind} {path}}}}}"] = _at(outputs, path)
        if kind == _OF_PULUMI[1]:
            values["{{provider}}"] = resource["id"]
    return values


def as_template(exported: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the resources of a state, with names in the place of its made values."""
    # Longest first: an identifier may stand inside a longer one.
    values = {name: value for name, value in made_values(exported).items() if not name.endswith(_OFTEN_THE_SAME)}
    names = sorted(((value, name) for name, value in values.items()), key=lambda pair: -len(pair[0]))

    def named(text: str) -> str:
        for value, name in names:
            text = text.replace(value, name)
        return text

    resources = [each for each in exported["deployment"]["resources"] if each["type"] not in _OF_PULUMI]
    # What does not depend on each other is registered in any order.
    resources.sort(key=lambda each: str(each["urn"]))
    kept = [{key: _in_order(each[key], key) for key in _KEPT if key in each} for each in resources]
    return [_texts(_begun(each), named) for each in kept]


def _begun(resource: dict[str, Any]) -> dict[str, Any]:
    """Return a resource with names for when its certificate begins, by the place and not by the value."""
    kind = resource["type"].removeprefix("pulumi-python:dynamic/")
    outputs = copy.deepcopy(resource.get("outputs") or {})
    if kind == "pki:RootCertificate":
        outputs["notBefore"] = f"{{{{{kind} notBefore}}}}"
    elif kind == "pki:IssuedCertificates":
        outputs["certificates"][0]["notBefore"] = f"{{{{{kind} certificates.0.notBefore}}}}"
    return {**resource, "outputs": outputs} if outputs else resource


def _in_order(value: Any, key: str) -> Any:
    if key == "dependencies":
        return sorted(value)
    return {name: sorted(urns) for name, urns in value.items() if urns} if key == "propertyDependencies" else value


def filled(template: list[dict[str, Any]], exported: dict[str, Any]) -> dict[str, Any]:
    """Return a state to import: the template's resources with the values of a state that was just made."""
    values = made_values(exported)

    def with_values(text: str) -> str:
        for name, value in values.items():
            text = text.replace(name, value)
        return text

    current = exported["deployment"]["resources"]
    of_pulumi = [each for each in current if each["type"] in _OF_PULUMI]
    # Pulumi wants what others depend on first.
    place = {each["urn"]: number for number, each in enumerate(current)}
    of_template = sorted(_texts(template, with_values), key=lambda each: place.get(each["urn"], len(place)))
    resources = [*of_pulumi, *of_template]
    return {**exported, "deployment": {**exported["deployment"], "resources": resources}}


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a value with every text in it changed, those in secrets included."""
    if is_secret(value) and "plaintext" in value:
        return {**value, "plaintext": json.dumps(_texts(json.loads(value["plaintext"]), change), sort_keys=True)}
    if isinstance(value, dict):
        return {key: _texts(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _at(outputs: Any, path: str) -> str:
    for part in path.split("."):
        outputs = outputs[int(part)] if isinstance(outputs, list) else outputs[part]
    return str(outputs)
