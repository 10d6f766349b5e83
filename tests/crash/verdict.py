"""What must hold after a recovery, each as a sentence for when it does not."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from tests.crash.bench import Bench
from tests.crash.handshakes import broken_at
from tests.crash.inventory import broken_in, held_in
from tests.crash.operations import Ground, Operation
from tests.crash.program import LISTENERS
from tests.crash.settings import Settings
from tests.helpers.certificates import ClientCredential
from tests.helpers.stack_config import ask
from tests.helpers.traffic import ACCEPTED
from tests.helpers.world import World

_FIELDS = ("caEnabled", "caCertificates")
_CLAIM = "alb-mtls/claim.443.https"
# How the lab refuses to delete a CA that a listener binds, and a repository with certificates in it.
_STILL_NEEDED = "OperationDenied."


class Verdict:
    """The world after a recovery, beside what it should be."""

    def __init__(self, bench: Bench) -> None:
        """Look at everything once."""
        self._bench = bench
        self._before = bench.untouched
        self._world = World.of(bench.lab)
        self._ours = [one for one in self._world.certificates if one not in self._before.certificates]

    def after_up(self, settings: Settings, operation: Operation) -> list[str]:
        """Return every promise that does not hold after a recovery by `up`, with these settings, of an operation."""
        root = self._bench.program.root(settings)
        return [
            *self._about_cas(settings),
            *self._about_listeners(settings),
            *broken_in(self._bench.arranged, held_in(self._bench.state), settings, root),
            *([] if operation.rejects else self._about_files(settings)),
            *self._about_others(),
            *self._about_deletes(),
        ]

    def after_destroy(self) -> list[str]:
        """Return every promise that does not hold after a recovery by `destroy`."""
        broken = list(self._about_deletes())
        if self._world != self._before:
            broken.append(f"the world is not as before the first up: {self._differences()}")
        if left := [resource.name for resource in self._bench.state.resources]:
            broken.append(f"the state still holds {', '.join(left)}")
        stranger = self._bench.program.stranger
        for name in LISTENERS:
            enforced = name == LISTENERS[0] and self._bench.ground is not Ground.OPEN
            identifiers = self._before.certificates if enforced else []
            broken += self._about_alb(name, enabled=enforced, identifiers=identifiers)
            broken += self._handshakes(name, trusted=stranger if enforced else None)
        return broken

    def _about_cas(self, settings: Settings) -> Iterator[str]:
        repositories = [one for one in self._world.repositories if one not in self._before.repositories]
        if len(repositories) != 1 or len(self._ours) != len(settings.generations):
            held = f"{len(repositories)} repositories and {len(self._ours)} certificates"
            yield f"CAS holds {held} of the stack, not one and {len(settings.generations)}"
        if lost := [one for one in self._before.certificates if one not in self._world.certificates]:
            yield f"CAS has lost what was there before: {', '.join(lost)}"
        uploaded = [self._bench.state.current(f"uploaded-ca-{one}") for one in settings.generations]
        if sorted(one.id for one in uploaded if one is not None) != sorted(self._ours):
            yield "the CAs in the state are not those in CAS"

    def _about_listeners(self, settings: Settings) -> Iterator[str]:
        root = self._bench.program.root(settings)
        resource = self._bench.state.current(f"uploaded-ca-{settings.trusted}")
        # Where Git owns it, what a listener that is off lists is what Git has.
        is_listed = resource is not None and (settings.enabled or not settings.of_git)
        trusted = [resource.id] if resource is not None and is_listed else []
        for name in LISTENERS[: settings.listeners]:
            element = self._world.element(name, 443)
            if element.get("caEnabled") is not settings.enabled:
                yield f"{name}/443: caEnabled is {element.get('caEnabled')}, desired is {settings.enabled}"
            if element.get("caCertificates") != [{"CertificateId": identifier} for identifier in trusted]:
                yield f"{name}/443: caCertificates is not the trusted CA in CAS"
            yield from self._about_alb(name, enabled=settings.enabled, identifiers=trusted)
            yield from self._handshakes(name, trusted=root if settings.enabled else None)
            yield from self._about_no_claim(name) if settings.of_git else self._about_claim(name)

    def _about_files(self, settings: Settings) -> Iterator[str]:
        """Ask with what a client held when the operation began, and with what it holds now."""
        for when, held in (("began", self._bench.arranged), ("ended", held_in(self._bench.state))):
            client = held.record("alice")
            for name in LISTENERS[: settings.listeners] if client is not None else ():
                answer = ask(self._bench.lab, client=client, folder=self._bench.folder, albconfig=name)
                if answer != ACCEPTED:
                    yield f"{name}/443: alice is rejected with what it held when the operation {when}: {answer}"

    def _about_alb(self, name: str, *, enabled: bool, identifiers: list[str]) -> Iterator[str]:
        on_alb = self._bench.lab.listener(name, "443/HTTPS")
        if bool(on_alb.ca_enabled) is not enabled or on_alb.listener_status != "Running":
            shown = f"status {on_alb.listener_status}, client authentication {bool(on_alb.ca_enabled)}"
            yield f"{name}/443: the ALB shows {shown}; desired is {enabled}"
        bound = [each.certificate_id for each in on_alb.ca_certificates or []]
        if bound != identifiers:
            yield f"{name}/443: the ALB binds the CAs {bound}, desired is {identifiers}"

    def _handshakes(self, name: str, *, trusted: ClientCredential | None) -> Iterator[str]:
        return broken_at(self._bench.lab, name, trusted=trusted, folder=self._bench.folder)

    def _about_no_claim(self, name: str) -> Iterator[str]:
        if _CLAIM in self._world.albconfigs[name]["metadata"].get("annotations", {}):
            yield f"{name}/443: there is a claim, although Git owns the AlbConfig"

    def _about_claim(self, name: str) -> Iterator[str]:
        text = self._world.albconfigs[name]["metadata"].get("annotations", {}).get(_CLAIM)
        resource = self._bench.state.current(f"{name}-443-https-claim")
        if text is None or resource is None:
            yield f"{name}/443: there is no claim"
            return
        claim = json.loads(text)
        before = self._bench.previous if name == LISTENERS[0] else self._fields_before(name)
        if claim["previous"] != before:
            yield f"{name}/443: what was there before is lost; the claim holds {claim['previous']}, it was {before}"
        if claim["token"] != resource.id:
            yield f"{name}/443: the claim is not that of the state"

    def _fields_before(self, name: str) -> dict[str, Any]:
        return {f"/{key}": value for key, value in self._before.element(name, 443).items() if key in _FIELDS}

    def _about_others(self) -> Iterator[str]:
        """Compare everything but the two fields and the claims of the listeners of the stack."""
        held = {resource.name.removesuffix("-443-https-claim") for resource in self._bench.state.resources}
        now = {name: _without_ours(one, name in held) for name, one in self._world.albconfigs.items()}
        then = {name: _without_ours(one, name in held) for name, one in self._before.albconfigs.items()}
        if now != then:
            yield f"AlbConfigs differ in what is not the stack's: {self._differences()}"

    def _about_deletes(self) -> Iterator[str]:
        for call in self._bench.lab.management.get("/journal", params={"api": "Delete*"}).json():
            if call["code"].startswith(_STILL_NEEDED):
                yield f"{call['api']} was tried on what is still needed ({call['code']})"

    def _differences(self) -> str:
        now, then = self._world, self._before
        different = [name for name in then.albconfigs if now.albconfigs.get(name) != then.albconfigs[name]]
        return f"AlbConfigs {different}, repositories {now.repositories}, certificates {now.certificates}"


def _without_ours(albconfig: dict[str, Any], held: bool) -> dict[str, Any]:  # one of two cases
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
