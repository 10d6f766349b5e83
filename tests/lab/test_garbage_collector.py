"""Deletions in the foreground and such that orphan come to their end in the lab, as they do in a whole cluster."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes import client as kubernetes_client

from tests.helpers.lab import LabHandle, wait_until

HELD = "example.com/held"


@pytest.fixture
def core(shared_lab: LabHandle) -> Any:
    return kubernetes_client.CoreV1Api(shared_lab.admin)


@pytest.fixture
def name() -> str:
    return f"collected-{secrets.token_hex(4)}"


@pytest.fixture
def owner(core: Any, name: str) -> Iterator[Any]:
    yield core.create_namespaced_config_map("default", {"metadata": {"name": name}})
    _free(core, name)


def _free(core: Any, name: str) -> None:
    if _is_there(core, name):
        core.patch_namespaced_config_map(name, "default", {"metadata": {"finalizers": None}})
    # One that was going already went with its last finalizer.
    if _is_there(core, name):
        core.delete_namespaced_config_map(name, "default")


def _dependent(core: Any, owner: Any, *, blocks: bool, finalizers: list[str] | None = None) -> str:
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": owner.metadata.name, "uid": owner.metadata.uid}
    name = f"{owner.metadata.name}-dependent"
    metadata = {
        "name": name,
        "ownerReferences": [{**reference, "blockOwnerDeletion": blocks}],
        "finalizers": finalizers or [],
    }
    core.create_namespaced_config_map("default", {"metadata": metadata})
    return name


def _delete(core: Any, name: str, policy: str) -> None:
    core.delete_namespaced_config_map(name, "default", propagation_policy=policy)


def _is_there(core: Any, name: str) -> bool:
    return bool(core.list_namespaced_config_map("default", field_selector=f"metadata.name={name}").items)


def test_what_has_no_dependents_goes_when_it_is_deleted_in_the_foreground(core: Any, owner: Any) -> None:
    name = owner.metadata.name
    _delete(core, name, "Foreground")
    wait_until(lambda: not _is_there(core, name), "the ConfigMap is gone", seconds=10)


def test_a_secret_and_a_service_that_are_deleted_in_the_foreground_go_too(core: Any, name: str) -> None:
    core.create_namespaced_secret("default", {"metadata": {"name": name}, "type": "Opaque"})
    core.create_namespaced_service("default", {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}})
    core.delete_namespaced_secret(name, "default", propagation_policy="Foreground")
    core.delete_namespaced_service(name, "default", propagation_policy="Foreground")

    def left() -> list[str]:
        listed = (core.list_namespaced_secret("default"), core.list_namespaced_service("default"))
        return [each.metadata.name for found in listed for each in found.items if each.metadata.name == name]

    wait_until(lambda: left() == [], "Secret and Service are gone", seconds=10)


def test_an_owner_stays_until_what_blocks_its_deletion_is_gone(core: Any, owner: Any) -> None:
    name = owner.metadata.name
    dependent = _dependent(core, owner, blocks=True, finalizers=[HELD])
    try:
        _delete(core, name, "Foreground")

        def is_going() -> bool:
            return core.read_namespaced_config_map(dependent, "default").metadata.deletion_timestamp is not None

        wait_until(is_going, "the dependent is deleted too", seconds=10)
        assert "foregroundDeletion" in core.read_namespaced_config_map(name, "default").metadata.finalizers
    finally:
        _free(core, dependent)
    wait_until(lambda: not _is_there(core, name), "the owner is gone", seconds=10)


def test_a_dependent_that_does_not_block_does_not_keep_its_owner(core: Any, owner: Any) -> None:
    dependent = _dependent(core, owner, blocks=False, finalizers=[HELD])
    try:
        _delete(core, owner.metadata.name, "Foreground")
        wait_until(lambda: not _is_there(core, owner.metadata.name), "the owner is gone", seconds=10)
        assert _is_there(core, dependent)
    finally:
        _free(core, dependent)


def test_a_dependent_outlives_an_owner_that_is_deleted_as_an_orphan_s(core: Any, owner: Any) -> None:
    dependent = _dependent(core, owner, blocks=True)
    try:
        _delete(core, owner.metadata.name, "Orphan")
        wait_until(lambda: not _is_there(core, owner.metadata.name), "the owner is gone", seconds=10)
        left = core.read_namespaced_config_map(dependent, "default").metadata
        assert (left.owner_references, left.deletion_timestamp) == (None, None)
    finally:
        _free(core, dependent)


def test_a_finalizer_of_somebody_else_keeps_what_is_deleted_in_the_foreground(core: Any, owner: Any) -> None:
    name = owner.metadata.name
    core.patch_namespaced_config_map(name, "default", {"metadata": {"finalizers": [HELD]}})
    _delete(core, name, "Foreground")

    def left() -> list[str]:
        found: list[str] = core.read_namespaced_config_map(name, "default").metadata.finalizers
        return found

    wait_until(lambda: left() == [HELD], "only the finalizer of somebody else is left", seconds=10)
