"""What a request to kube-apiserver means, by the rules of its own RequestInfo.

Source: k8s.io/apiserver/pkg/endpoints/request.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qs, unquote

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
# A review is a question in the form of a create; nothing is stored.
_REVIEWS = (
    "selfsubjectaccessreviews",
    "selfsubjectrulesreviews",
    "selfsubjectreviews",
    "subjectaccessreviews",
    "localsubjectaccessreviews",
    "tokenreviews",
)
# Below /namespaces/NAME these belong to the namespace itself and are no resources inside it.
_OF_NAMESPACE = ("status", "finalize")


@dataclass(frozen=True, kw_only=True)
class KubernetesCall:
    """A request, in the terms of RBAC.

    Attributes:
        verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for paths
            that are no resources, the HTTP method in lower case.
        resource: plural, with its subresource (`albconfigs/status`), or the path itself.
        group: API group, empty for the core group and for paths that are no resources.
        namespace: empty for what is cluster-scoped.
        name: of the object, empty for collections.
        writes: whether something may be stored.
        dry_run: whether it is a write that stores nothing.
        streams: whether the reply goes on for as long as the client listens.
    """

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""
    writes: bool = False
    dry_run: bool = False
    streams: bool = False

    @property
    def api(self) -> str:
        """Name of the API for journal and faults: `patch albconfigs`, and `dry-run patch albconfigs`."""
        return f"{'dry-run ' if self.dry_run else ''}{self.verb} {self.resource}"

    @property
    def target(self) -> str:
        """The object, with its namespace if it has one."""
        return "/".join(part for part in (self.namespace, self.name) if part)


def parse_call(method: str, path: str, query: str, body: bytes) -> KubernetesCall:
    """Read a request.

    Args:
        method: HTTP method.
        path: percent-encoded path.
        query: percent-encoded query.
        body: of a create; elsewhere it is not looked at.
    """
    parts = [unquote(part) for part in path.split("/") if part]
    root: Literal[2, 3] = 2 if parts[:1] == ["api"] else 3
    if parts[:1] not in (["api"], ["apis"]) or len(parts) <= root:
        return KubernetesCall(verb=method.lower(), resource=path)
    group = "" if root == 2 else parts[1]  # noqa: PLR2004  # /api/VERSION, where the other is /apis/GROUP/VERSION
    rest, namespace = _without_namespace(parts[root:])
    resource, name, subresource = [*rest, "", ""][:3]
    parameters = parse_qs(query)
    if not name:
        name = _selected_name(parameters)
    verb = _verb(method, collection=len(rest) == 1, watch=_is_true(parameters, "watch"))
    if verb == "create" and not name:
        name = _created_name(body)
    changes = verb in _WRITES and resource not in _REVIEWS
    return KubernetesCall(
        verb=verb,
        resource=f"{resource}/{subresource}" if subresource else resource,
        group=group,
        namespace=namespace,
        name=name,
        writes=changes and "dryRun" not in parameters,
        dry_run=changes and "dryRun" in parameters,
        streams=verb == "watch" or _is_true(parameters, "follow"),
    )


def _without_namespace(parts: list[str]) -> tuple[list[str], str]:
    if parts[0] != "namespaces" or len(parts) <= 2 or parts[2] in _OF_NAMESPACE:  # noqa: PLR2004  # namespaces/NAME
        return parts, ""
    return parts[2:], parts[1]


def _verb(method: str, *, collection: bool, watch: bool) -> str:
    if method == "GET":
        if watch:
            return "watch"
        return "list" if collection else "get"
    if method == "DELETE" and collection:
        return "deletecollection"
    return _VERBS.get(method, method.lower())


def _is_true(parameters: dict[str, list[str]], name: str) -> bool:
    return parameters.get(name, [""])[-1].lower() in ("1", "true", "t")


def _selected_name(parameters: dict[str, list[str]]) -> str:
    for selector in parameters.get("fieldSelector", []):
        field, _, value = selector.partition("=")
        if field == "metadata.name":
            return value.removeprefix("=")
    return ""


def _created_name(body: bytes) -> str:
    try:
        created: Any = json.loads(body)
    except ValueError:
        # Go clients write the built-in kinds as protobuf.
        return ""
    if not isinstance(created, dict):
        return ""
    name = (created.get("metadata") or {}).get("name", "")
    attributes = (created.get("spec") or {}).get("resourceAttributes") or {}
    return str(name) or " ".join(str(attributes[key]) for key in ("verb", "resource", "name") if attributes.get(key))
