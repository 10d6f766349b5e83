"""What must hold after a recovery, each as a sentence that is said when it does not."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from tests.helpers.world import World
from tools.killed.bench import Bench
from tools.killed.program import LISTENERS, Settings

_FIELDS = ("caEnabled", "caCertificates")
_CLAIM = "alb-mtls/claim.443.https"
# How the lab refuses to delete a CA that a listener binds, and a repository with certificates in it.
_STILL_NEEDED = "OperationDenied."


def broken_after_up(bench: Bench, settings: Settings) -> list[str]:
    """Return every promise that does not hold after a recovery by `up`."""
    return [
        *_about_cas(bench, settings),
        *_about_listeners(bench, settings),
        *_about_others(bench),
        *_about_deletes(bench),
    ]


def broken_after_destroy(bench: Bench) -> list[str]:
    """Return every promise that does not hold after a recovery by `destroy`."""
    broken = list(_about_deletes(bench))
    if World.of(bench.lab) != bench.untouched:
        broken.append(f"the world is not as before the first up: {_differences(bench)}")
    if left := [resource.name for resource in bench.state.resources]:
        broken.append(f"the state still holds {', '.join(left)}")
    return broken


def _about_cas(bench: Bench, settings: Settings) -> Iterator[str]:
    world = World.of(bench.lab)
    if len(world.repositories) != 1 or len(world.certificates) != 1:
        held = f"{len(world.repositories)} repositories and {len(world.certificates)} certificates"
        yield f"CAS holds {held}, not one each"
    uploaded = bench.state.current(settings.uploaded_ca)
    if uploaded is None or [uploaded.id] != world.certificates:
        yield "the CA in the state is not the one in CAS"


def _about_listeners(bench: Bench, settings: Settings) -> Iterator[str]:
    world = World.of(bench.lab)
    for name in LISTENERS[: settings.listeners]:
        element = world.element(name, 443)
        if element.get("caEnabled") is not settings.enabled:
            yield f"{name}/443: caEnabled is {element.get('caEnabled')}, wanted is {settings.enabled}"
        if element.get("caCertificates") != [{"CertificateId": identifier} for identifier in world.certificates]:
            yield f"{name}/443: caCertificates is not the one CA in CAS"
        live = bench.lab.listener(name, "443/HTTPS")
        if bool(live.ca_enabled) is not settings.enabled or live.listener_status != "Running":
            yield f"{name}/443: the ALB does not do what the AlbConfig says"
        yield from _about_claim(bench, world, name)


def _about_claim(bench: Bench, world: World, name: str) -> Iterator[str]:
    text = world.albconfigs[name]["metadata"].get("annotations", {}).get(_CLAIM)
    resource = bench.state.current(f"{name}-443-https-claim")
    if text is None or resource is None:
        yield f"{name}/443: there is no claim"
        return
    claim = json.loads(text)
    before = {key: value for key, value in bench.untouched.element(name, 443).items() if key in _FIELDS}
    if claim["previous"] != before:
        yield f"{name}/443: what was there before is lost; the claim holds {claim['previous']}, it was {before}"
    if claim["token"] != resource.id:
        yield f"{name}/443: the claim is not that of the state"


def _about_others(bench: Bench) -> Iterator[str]:
    """Compare everything but the two fields and the claims of the listeners of the stack."""
    held = {resource.name.removesuffix("-443-https-claim") for resource in bench.state.resources}
    now = {name: _without_ours(one, name in held) for name, one in World.of(bench.lab).albconfigs.items()}
    then = {name: _without_ours(one, name in held) for name, one in bench.untouched.albconfigs.items()}
    if now != then:
        yield f"AlbConfigs differ in what is not the stack's: {_differences(bench)}"


def _without_ours(albconfig: dict[str, Any], held: bool) -> dict[str, Any]:  # noqa: FBT001  # one of two cases
    left = copy.deepcopy(albconfig)
    if not held:
        return left
    annotations = left["metadata"].pop("annotations", {})
    annotations.pop(_CLAIM, None)
    if annotations:
        left["metadata"]["annotations"] = annotations
    for element in left["spec"]["listeners"]:
        if (element["port"], element["protocol"]) == (443, "HTTPS"):
            for key in _FIELDS:
                element.pop(key, None)
    return left


def _about_deletes(bench: Bench) -> Iterator[str]:
    for call in bench.lab.management.get("/journal", params={"api": "Delete*"}).json():
        if call["code"].startswith(_STILL_NEEDED):
            yield f"{call['api']} was tried on what is still needed ({call['code']})"


def _differences(bench: Bench) -> str:
    now, then = World.of(bench.lab), bench.untouched
    different = [name for name in then.albconfigs if now.albconfigs.get(name) != then.albconfigs[name]]
    return f"AlbConfigs {different}, repositories {now.repositories}, certificates {now.certificates}"
