"""The label by which the controller knows an AlbConfig that it has reconciled already.

docs/facts/alibaba-cloud.md, Hash label: written after a successful reconcile; an event about an object whose hash is
that of its label is dropped.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from lab.controller.go_json import Decoder, GoDecodeError
from lab.controller.schema import SPEC

if TYPE_CHECKING:
    from lab.controller.state import Object

HASH_LABEL: Final = "alb.ingress.kubernetes.io/hash"

# A label's value has at most 63 characters.
_DIGITS = 40


def hash_of(albconfig: "Object", *, decoder: Decoder) -> str:
    """Return the hash of spec, annotations and deletionTimestamp.

    Of the spec the Go values count, as the controller has them: absent and false are the same, unknown keys nothing.
    """
    metadata = albconfig["metadata"]
    spec = albconfig.get("spec") or {}
    try:
        values: Any = _with_zeros(decoder.decode(spec, SPEC))
    except GoDecodeError:
        # It cannot be reconciled, so that this hash is in no label.
        values = spec
    counted = [values, metadata.get("annotations") or {}, metadata.get("deletionTimestamp")]
    return hashlib.sha256(json.dumps(counted, sort_keys=True).encode()).hexdigest()[:_DIGITS]


def label_of(albconfig: "Object") -> str | None:
    """Return the hash that stands in the label, None without one."""
    return (albconfig["metadata"].get("labels") or {}).get(HASH_LABEL)


def _with_zeros(spec: dict[str, Any]) -> dict[str, Any]:
    # The schema keeps these two apart only for the switch `absent_is_unchanged`.
    listeners = [
        {**each, "caEnabled": bool(each["caEnabled"]), "caCertificates": each["caCertificates"] or []}
        for each in spec["listeners"]
    ]
    return {**spec, "listeners": listeners}
