"""What the files of rbac/ grant, in the words of the lab's journal, and what of it was called."""

import json
from collections.abc import Iterable
from pathlib import Path

import yaml

from lab.control_plane.users import user_of
from lab.principal_name import PrincipalName
from tests.helpers.documents import REPOSITORY
from tests.helpers.lab import LabHandle

RBAC = REPOSITORY / "rbac"
_NAMESPACES = {"cas": "yundun-cert", "alb": "alb"}


def actions_of(policy: Path) -> set[str]:
    """Return the RAM actions that a policy allows."""
    return {action for one in json.loads(policy.read_text("utf-8"))["Statement"] for action in one["Action"]}


def verbs_of(role: Path) -> set[str]:
    """Return what a role grants, such as `list services`."""
    rules = [rule for one in yaml.safe_load_all(role.read_text("utf-8")) for rule in one.get("rules", [])]
    return {f"{verb} {kind}" for rule in rules for kind in rule["resources"] for verb in rule["verbs"]}


def granted(name: PrincipalName) -> set[str]:
    """Return all that a principal's files grant."""
    policy = RBAC / f"ram-policy-{name}.json"
    return verbs_of(RBAC / f"cluster-role-{name}.yaml") | (actions_of(policy) if policy.exists() else set())


def called(lab: LabHandle, name: PrincipalName) -> set[str]:
    """Return what a principal called since the lab was reset and was not refused, in the same words."""
    keys = {one["accessKeyId"] for owner, one in lab.status["accessKeys"].items() if owner == name}
    caller = {*keys, user_of(name)}
    entries = lab.management.get("/journal").raise_for_status().json()
    return {
        _words(one["service"], one["api"])
        for one in entries
        if one["caller"] in caller and one["status"] is not None and one["status"] != 403  # refused
    }


def superfluous(grants: Iterable[str], calls: Iterable[str]) -> set[str]:
    """Return what is granted and was never called."""
    return set(grants) - set(calls)


def _words(service: str, api: str) -> str:
    return api.removeprefix("dry-run ") if service == "kubernetes" else f"{_NAMESPACES[service]}:{api}"
