"""The JSON patches by which a person holds, resumes and releases a listener, each guarded by what was read. Pure.

Like those of `up` they test the uid of the object, the annotation that they change and the whole listener as read
(alb_mtls/cluster/patch.py), so what a person agreed to is what is written, or nothing is.
"""

from alb_mtls.cluster.listener import (
    CA_ENABLED,
    CA_ENABLED_POINTER,
    AlbConfig,
    ListenerRef,
    listener_label,
    listeners_of,
)
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import (
    ANNOTATIONS,
    Operation,
    Patch,
    annotation_path,
    element_guards,
    uid_guard,
    version_guard,
)


def hold_patch(albconfig: AlbConfig, ref: ListenerRef, *, reason: str, opened: bool) -> Patch:
    """Write the hold, and with it `caEnabled: false`.

    Args:
        albconfig: as it was read.
        ref: the listener in it.
        reason: in one line.
        opened: whether the listener is to accept every client from now on. An absent field is written too: a controller
            may take absent for unchanged.
    """
    name, annotations = ref.key.hold_annotation, albconfig["metadata"].get("annotations") or {}
    changes: list[Operation] = []
    if annotations.get(name) != reason:
        whole = {"op": "add", "path": ANNOTATIONS, "value": {name: reason}}
        changes.append({"op": "add", "path": annotation_path(name), "value": reason} if annotations else whole)
    if opened and ref.element.get(CA_ENABLED) is not False:
        path = f"/spec/listeners/{ref.index}{CA_ENABLED_POINTER}"
        changes.append({"op": "add", "path": path, "value": False})
    # kube-apiserver lets a test for null pass when the member is absent.
    as_read: Operation = {"op": "test", "path": ANNOTATIONS, "value": None}
    if annotations:
        as_read = {"op": "test", "path": annotation_path(name), "value": annotations.get(name)}
    return Patch((*_guards(albconfig, [ref]), as_read), tuple(changes))


def removal_patch(albconfig: AlbConfig, listener: ListenerKey, *keys: str) -> Patch:
    """Remove annotations about a listener, which may be gone, and nothing else.

    Args:
        albconfig: as it was read.
        listener: that the annotation is about.
        keys: of the annotations; those that are not there are passed over.
    """
    annotations = albconfig["metadata"].get("annotations") or {}
    there = [key for key in keys if key in annotations]
    if not there:
        return Patch()
    as_read = ({"op": "test", "path": annotation_path(key), "value": annotations[key]} for key in there)
    changes: tuple[Operation, ...] = tuple({"op": "remove", "path": annotation_path(key)} for key in there)
    return Patch((*_guards(albconfig, elements_named(albconfig, listener)), *as_read), changes)


def elements_named(albconfig: AlbConfig, listener: ListenerKey) -> list[ListenerRef]:
    """Return the listeners of this port and protocol: one, or none when it is gone, or several."""
    return [
        ListenerRef(key=listener, index=index, element=element)
        for index, element in listeners_of(albconfig)
        if listener_label(element) == listener.text
    ]


def _guards(albconfig: AlbConfig, refs: list[ListenerRef]) -> tuple[Operation, ...]:
    # That no such listener has come meanwhile can be tested by nothing smaller.
    as_read = element_guards(albconfig, refs) if refs else [version_guard(albconfig)]
    return uid_guard(albconfig), *as_read
