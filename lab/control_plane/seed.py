"""The objects that a new lab has, read from YAML files."""

from typing import TYPE_CHECKING, Any

import yaml

from lab.paths import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lab.control_plane.client import KubernetesApi

OBJECTS = PROJECT / "lab" / "control_plane" / "objects"
RBAC = PROJECT / "rbac"

_TAKEN_SECONDS = 60.0
_SERVED_SECONDS = 15.0


def manifests(*files: "Path") -> "list[dict[str, Any]]":
    """Read all documents of some YAML files."""
    return [document for file in files for document in yaml.safe_load_all(file.read_text()) if document]


def albconfig_manifests() -> "list[dict[str, Any]]":
    """The AlbConfigs of the contract, as they are before anybody changed them."""
    return manifests(OBJECTS / "albconfigs.yaml")


async def define(api: "KubernetesApi") -> None:
    """Create the custom resource as soon as the server takes it, while it still starts.

    Created afterwards it is served two seconds later (measured with kube-apiserver 1.36.3).

    Raises:
        SeedError: the server refused it, or did not take it in time.
    """
    for definition in _definitions():
        await api.create_early(definition, seconds=_TAKEN_SECONDS)


async def seed(api: "KubernetesApi") -> None:
    """Create roles and the objects of a new lab.

    Raises:
        SeedError: the server refused one, or does not serve AlbConfigs in time.
    """
    await _create(api, manifests(RBAC / "cluster-role.yaml", RBAC / "cluster-role-binding.yaml"))
    for definition in _definitions():
        await api.wait_served(definition, seconds=_SERVED_SECONDS)
    await _create(api, albconfig_manifests())
    await _create(
        api,
        manifests(OBJECTS / "ingress-classes.yaml", OBJECTS / "services.yaml", OBJECTS / "ingresses.yaml"),
    )


def _definitions() -> "list[dict[str, Any]]":
    return manifests(OBJECTS / "albconfig-crd.yaml")


async def _create(api: "KubernetesApi", objects: "Iterable[dict[str, Any]]") -> None:
    for manifest in objects:
        await api.create(manifest)
