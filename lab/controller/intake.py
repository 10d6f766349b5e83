"""What the controller sees of the cluster, and which AlbConfigs an event is about."""

from typing import TYPE_CHECKING

from lab.controller.go_json import Decoder
from lab.controller.hash_label import hash_of, label_of
from lab.controller.ingress import albconfig_of, services_of
from lab.controller.state import ClusterState, Object, ObjectKey, is_same_request, key_of
from lab.controller.watcher import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.behaviour import ControllerBehaviour


class Intake:
    """Takes events, and what a list shows beside them; decides what has to be reconciled.

    Attributes:
        state: the cluster as it was seen last.
    """

    def __init__(self, behaviour: "ControllerBehaviour") -> None:
        """Know nothing yet, as a process that has just begun."""
        self.state = ClusterState()
        self._behaviour = behaviour
        self._has_listed = False

    def event(self, kind: str, change: str | None, obj: Object) -> set[str] | None:
        """Take an event of the watch.

        Args:
            kind: a key of `KINDS`.
            change: type of the event, None for an object that was there before the watch.
            obj: as the event has it.

        Returns:
            AlbConfigs that have to be reconciled; None when the event tells nothing new.
        """
        known: dict[ObjectKey, Object] = getattr(self.state, kind)
        before = known.pop(key_of(obj), None)
        if change == "DELETED":
            return self._concerned(kind, before, obj, first=False)
        known[key_of(obj)] = obj
        if is_same_request(before, obj):
            return None
        return self._concerned(kind, before, obj, first=change is None and before is None)

    def read(self, state: ClusterState) -> set[str]:
        """Take everything as it is now: what events will tell later, or would never tell.

        Returns:
            AlbConfigs that have to be reconciled.
        """
        former, self.state = self.state, state
        first, self._has_listed = not self._has_listed, True
        return {
            name
            for kind, before, after in _differences(former, state)
            for name in self._concerned(kind, before, after, first=first and before is None)
        }

    def names(self) -> set[str]:
        """Return all AlbConfigs."""
        return {name for _, name in self.state.albconfigs}

    def never_reconciled(self) -> set[str]:
        """Return the AlbConfigs without a label: none was written, or somebody has removed it."""
        return {name for (_, name), each in self.state.albconfigs.items() if label_of(each) is None}

    def hash_of(self, albconfig: Object) -> str:
        """Return the hash that the label of an AlbConfig has once it is reconciled."""
        return hash_of(albconfig, decoder=Decoder(case_sensitive=self._behaviour.keys_case_sensitive))

    def _concerned(self, kind: str, before: Object | None, obj: Object, *, first: bool) -> set[str]:
        if not self._behaviour.hash_label:
            return self.names()
        if kind == "albconfigs":
            name = obj["metadata"]["name"]
            return set() if self.hash_of(obj) == label_of(obj) else {name}
        if first:
            # They have labels too, which the lab does not write: what was there before is known.
            return set()
        return {name for each in (before, obj) if each is not None for name in self._albconfigs_of(kind, each)}

    def _albconfigs_of(self, kind: str, obj: Object) -> "Iterator[str]":
        if kind == "ingress_classes":
            yield from [name] if (name := albconfig_of(obj)) else []
        elif kind == "ingresses":
            ingress_class = self.state.ingress_classes.get(("", (obj.get("spec") or {}).get("ingressClassName", "")))
            yield from self._albconfigs_of("ingress_classes", ingress_class) if ingress_class else ()
        else:
            namespace, service = key_of(obj)
            for (place, _), ingress in self.state.ingresses.items():
                if place == namespace and service in services_of(ingress):
                    yield from self._albconfigs_of("ingresses", ingress)


def _differences(former: ClusterState, state: ClusterState) -> "Iterator[tuple[str, Object | None, Object]]":
    for kind in KINDS:
        old: dict[ObjectKey, Object] = getattr(former, kind)
        new: dict[ObjectKey, Object] = getattr(state, kind)
        for key, obj in new.items():
            if not is_same_request(old.get(key), obj):
                yield kind, old.get(key), obj
        for key in old.keys() - new.keys():
            yield kind, None, old[key]
