"""The stack files of samples/ are deployed side by side; names, addresses and the cost of a proof are the lab's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.helpers.files_of_examples import FilesOfExamples
from tests.helpers.lab import LabHandle
from tests.helpers.samples import own_keys, sample
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOSTS, WITHOUT_HANDSHAKES, listener, stack_config
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

_HOSTS = {**HOSTS, "alb-quic": "quic.alb.ingress.top"}
_HERE = {"staging": {"alb": "alb-quic"}, "production": {"alb": "alb-two", "alb-internal": "alb"}}


def _on_lab(lab: LabHandle, environment: str) -> dict[str, Any]:
    """Return a sample with the names of the lab, enabled, and with the finding that it accepts in a comment."""
    own, here = own_keys(sample(environment, with_accepted=True)), _HERE[environment]
    for one in own["listeners"]:
        name = here[one["albConfig"]]
        one.update(listener(lab, name, one["port"], hosts=[_HOSTS[name]]))
    for one in own.get("accept", []):
        before, _, name = one["subject"].rpartition(" ")
        one.update(subject=f"{before} {here[name]}", until=f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}")
    endpoints = stack_config(lab)
    changed = {key: endpoints[f"alb-mtls:{key}"] for key in ("cas", "alb")}
    # Without a host: what the lab has on these AlbConfigs differs.
    return {**own, **changed, "enabled": True, "proof": WITHOUT_HANDSHAKES}


def _write_files(stack: Stack, keys: Path) -> None:
    """Write what the stack file names: what is committed beside it, and the key elsewhere."""
    files = FilesOfExamples()
    config = stack.config()
    root = config["alb-mtls:rootCa"]
    requests = [one["csrFile"] for one in config["alb-mtls:clients"] if "csrFile" in one]
    folders = [one["csrFolder"] for one in config.get("alb-mtls:fleets", [])]
    requests += [one.path for folder in folders for one in files.list_folder(folder)]
    for name in (root["certificateFile"], *requests):
        path = stack.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.read(name), "utf-8")
    key = keys / f"{stack.name}.key"
    key.write_text(files.read(root["keyFile"]), "utf-8")
    stack.set("rootCa", {**root, "keyFile": str(key)})


def test_staging_and_production_of_the_samples_are_in_force_on_all_of_their_listeners(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    bound: dict[str, set[str]] = {}
    for environment, here in _HERE.items():
        stack = make_stack(environment, **_on_lab(lab, environment))
        _write_files(stack, tmp_path)
        stack.up()
        listeners = stack.outputs()["listeners"]
        bound[environment] = {one["caIdentifier"] for one in listeners.values()}
        assert {key.split("/")[0] for key in listeners} == set(here.values())
        assert all(one["enabled"] for one in listeners.values())
    world = World.of(lab)
    assert [len(one) for one in bound.values()] == [1, 1]
    assert sorted(one for each in bound.values() for one in each) == world.certificates
    for albconfig, port in (("alb-quic", 443), ("alb-two", 443), ("alb-two", 8443), ("alb", 443)):
        assert world.element(albconfig, port)["caEnabled"] is True
