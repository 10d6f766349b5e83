"""The objects that a new lab has, read from YAML files."""

import base64
import json
from string import Template
from typing import TYPE_CHECKING, Any

import yaml

from lab.paths import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

OBJECTS = PROJECT / "lab" / "control_plane" / "objects"
RBAC = PROJECT / "rbac"

# What the Ingress and the Service of an AlbConfig are named after, and its host.
_SITES = {
    "alb": ("https", "demo.alb.ingress.top"),
    "alb-quic": ("quic", "quic.alb.ingress.top"),
    "alb-two": ("two", "two.alb.ingress.top"),
    "alb-basic": ("basic", "basic.alb.ingress.top"),
}


def manifests(*files: "Path") -> "list[dict[str, Any]]":
    """Read all documents of some YAML files."""
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


def albconfig_manifests() -> "list[dict[str, Any]]":
    """The AlbConfigs of a new lab."""
    return manifests(OBJECTS / "albconfigs.yaml")


def site_manifests() -> "list[dict[str, Any]]":
    """The IngressClass, Service and Ingress of each AlbConfig of a new lab."""
    template = Template((OBJECTS / "site.yaml").read_text())
    made: list[dict[str, Any]] = []
    for albconfig in albconfig_manifests():
        name = albconfig["metadata"]["name"]
        app, host = _SITES[name]
        ports = json.dumps([{each["protocol"]: each["port"]} for each in albconfig["spec"]["listeners"]])
        made += yaml.safe_load_all(template.substitute(albconfig=name, app=app, host=host, ports=ports))
    return made


def webhook_manifest(url: str, ca: "Path") -> "dict[str, Any]":
    """The registration of the webhook that serves at a URL with a certificate of this CA."""
    template = Template((OBJECTS / "albconfig-webhook.yaml").read_text())
    ca_bundle = base64.b64encode(ca.read_bytes()).decode()
    manifest: dict[str, Any] = yaml.safe_load(template.substitute(url=url, ca_bundle=ca_bundle))
    return manifest


def new_listeners() -> list[tuple[str, str]]:
    """AlbConfig and label, such as `443/HTTPS`, of each listener of a new lab."""
    return [
        (albconfig["metadata"]["name"], f"{listener['port']}/{listener['protocol']}")
        for albconfig in albconfig_manifests()
        for listener in albconfig["spec"]["listeners"]
    ]
