"""The objects that a new lab has, read from YAML files."""

from typing import TYPE_CHECKING, Any

import yaml

from lab.paths import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

OBJECTS = PROJECT / "lab" / "control_plane" / "objects"
RBAC = PROJECT / "rbac"


def manifests(*files: "Path") -> "list[dict[str, Any]]":
    """Read all documents of some YAML files."""
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


def albconfig_manifests() -> "list[dict[str, Any]]":
    """The AlbConfigs of a new lab."""
    return manifests(OBJECTS / "albconfigs.yaml")


def new_listeners() -> list[tuple[str, str]]:
    """AlbConfig and label, such as `443/HTTPS`, of each listener of a new lab."""
    return [
        (albconfig["metadata"]["name"], f"{listener['port']}/{listener['protocol']}")
        for albconfig in albconfig_manifests()
        for listener in albconfig["spec"]["listeners"]
    ]
