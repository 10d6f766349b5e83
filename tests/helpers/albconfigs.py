"""AlbConfigs for tests, and JSON patches applied to them as kube-apiserver applies them."""

import copy
import json
from typing import Any

import jsonpatch

from alb_mtls.cluster.listener_key import ListenerKey

Object = dict[str, Any]

LISTENER = ListenerKey(alb_config="alb", port=443, protocol="HTTPS")


def https(port: int | str = 443, **fields: Any) -> Object:
    certificates = [{"CertificateId": "756***-cn-hangzhou", "IsDefault": True}]
    return {"port": port, "protocol": "HTTPS", "certificates": certificates, **fields}


def http(**fields: Any) -> Object:
    return {"port": 80, "protocol": "HTTP", **fields}


def albconfig(*listeners: Any, name: str = "alb", annotations: dict[str, str] | None = None, **status: Any) -> Object:
    """Return an AlbConfig as the API server would hand it out."""
    metadata: Object = {"name": name, "uid": f"uid-of-{name}", "resourceVersion": "7"}
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "alibabacloud.com/v1",
        "kind": "AlbConfig",
        "metadata": metadata,
        "spec": {"config": {"name": name, "edition": "Standard"}, "listeners": list(listeners)},
        "status": {"loadBalancer": {"id": f"alb-of-{name}", **status}},
    }


def apply(item: Object, operations: list[Object]) -> Object:
    """Apply a JSON patch as kube-apiserver does, which tests/lab/cluster/test_patching.py compares with a real one.

    A test for null passes when the member is absent, and an annotation map that became empty is dropped.

    Raises:
        jsonpatch.JsonPatchTestFailed: a test did not hold.
    """
    rest = [operation for operation in operations if not _tests_absence(item, operation)]
    patched: Object = jsonpatch.apply_patch(copy.deepcopy(item), rest, in_place=True)
    if not patched["metadata"].get("annotations", True):
        del patched["metadata"]["annotations"]
    return patched


def as_bytes(item: Any) -> bytes:
    """Return canonical JSON, for comparisons that tell 1 from true and 1 from 1.0."""
    return json.dumps(item, sort_keys=True, ensure_ascii=False).encode()


def _tests_absence(item: Object, operation: Object) -> bool:
    if operation["op"] != "test" or operation["value"] is not None:
        return False
    *parents, last = operation["path"].removeprefix("/").split("/")
    for parent in parents:
        if parent not in item:
            # An annotation map that is gone: kube-apiserver rejects the test.
            return False
        item = item[parent]
    return last.replace("~1", "/").replace("~0", "~") not in item
