"""Reports of runs, as `ALB_MTLS_REPORT` has them, and what `python -m ops comment` makes of them."""

import json
from typing import Any

from ops.comment.command import comment_of
from ops.comment.facts import Facts, RunCommand, facts_of
from ops.comment.verdict import Colour, verdict_of

Object = dict[str, Any]

OFF: Object = {"caEnabled": None, "caIdentifiers": []}
ON: Object = {"caEnabled": True, "caIdentifiers": ["ca-1"]}
HOSTS = [{"host": f"{name}.example", "ingress": f"default/{name}"} for name in ("shop", "api")]
PROOF: Object = {
    "proven": True,
    "inThisRun": True,
    "at": "2026-11-28T00:00:00+00:00",
    "notProven": "",
    "answers": ["none accepted without a certificate"],
}


def listener(port: int = 443, **changes: Any) -> Object:
    return {
        "listener": f"alb/{port}",
        "albConfig": "alb",
        "port": port,
        "protocol": "HTTPS",
        "looked": True,
        "leaves": False,
        "changes": True,
        "stopsUp": False,
        "before": OFF,
        "after": {"caEnabled": True, "caIdentifiers": None},
        "rejectsClientsWithoutCertificate": True,
        "noLongerTrusted": [],
        "rejectsClientsOfAnotherCa": False,
        "edition": "Standard",
        "hosts": HOSTS,
        "allowedHosts": ["shop.example", "api.example"],
        "takeOver": None,
        "identityHeaders": {"before": [], "after": [], "givenBack": []},
        "otherWriters": [],
        "proof": None,
        **changes,
    }


STAYING: Object = {"changes": False, "before": ON, "after": ON, "rejectsClientsWithoutCertificate": False}
UNKNOWN: Object = {
    "looked": False,
    "before": None,
    "after": None,
    "hosts": None,
    "rejectsClientsWithoutCertificate": None,
}


def certificate(client: str, outcome: str, why: str, generation: int | None = 1) -> Object:
    return {
        "client": client,
        "generation": generation,
        "serialNumber": "0a1b2c3d4e",
        "notAfter": "2027-03-01T12:00:00+00:00",
        "outcome": outcome,
        "why": why,
    }


def report(*listeners: Object, **changes: Any) -> Object:
    lists = ("errors", "warnings", "notKnown", "findings", "accepted", "rollover", "clients", "certificates")
    return {
        "version": 1,
        "command": "preview",
        "project": "alb-mtls",
        "stack": "prod",
        "at": "2026-11-28T00:00:00+00:00",
        "complete": True,
        **{name: [] for name in (*lists, "messages", "stops", "givenBack")},
        "listeners": list(listeners),
        **changes,
    }


def facts(found: Object | str | None, *, code: int = 0, stack: str | None = "prod") -> Facts:
    command = RunCommand(found["command"]) if isinstance(found, dict) else RunCommand.PREVIEW
    content = json.dumps(found) if isinstance(found, dict) else found
    return facts_of(content, command=command, exit_code=code, project="alb-mtls", stack=stack)


def commented(found: Object | str | None, *, code: int = 0) -> str:
    of = facts(found, code=code)
    return comment_of(of, verdict_of(of), "https://ci.example/runs/7")


def first_line(found: Object | str | None, *, code: int = 0) -> str:
    return commented(found, code=code).splitlines()[1]


def colour(found: Object | str | None, *, code: int = 0) -> Colour:
    return verdict_of(facts(found, code=code)).colour


FINDING = {
    "code": "HTTP_FORWARDS",
    "subject": "listener 80/HTTP of AlbConfig alb",
    "evidence": "it forwards shop.example",
    "remedy": "redirect it to the HTTPS listener",
}
SWAP = report(
    listener(
        **{**STAYING, "changes": True, "after": {"caEnabled": True, "caIdentifiers": ["ca-2"]}},
        noLongerTrusted=["ca-1"],
    ),
    certificates=[
        certificate("alice", "stops working", "replaced"),
        certificate("bob", "stops working", "leaves"),
        certificate("carol", "stays valid", "leaves", None),
    ],
    clients=[
        {"client": "alice", "action": "replace", "why": None},
        {"client": "bob", "action": "leave", "acceptedUntil": None},
        {"client": "dan", "action": "renew", "why": "client dan: its certificate is renewed, because it ends"},
    ],
    rollover=["1 client holds generation 1 and is rejected from this `up` on, until files of generation 2 are fetched"],
)
LEAVES = listener(
    8443, leaves=True, before=ON, after=None, givenBackTo=OFF, rejectsClientsWithoutCertificate=False, stopped=None
)
MISTAKES = report(
    complete=False,
    errors=[
        {"key": "clients[0].name", "message": "is `Alice`; use lower-case letters", "resource": None},
        {"key": "proof.host", "message": "is missing", "resource": None},
    ],
)
HEAD = "onBypass is fail, and this was found; nothing was touched in cluster and cloud. Close each:"
BYPASSES: list[Object] = [
    {"key": None, "message": message, "resource": None}
    for message in (HEAD, "listener 80/HTTP of AlbConfig alb: it forwards shop.example; redirect it (HTTP_FORWARDS)")
]
OWNER = {"tool": "Argo CD", "kind": "application", "name": "web", "namespace": "argocd", "evidence": "", "syncs": True}
FRAGMENT = "# AlbConfig alb, spec.listeners, in the place of 443/HTTPS:\n- port: 443\n  caEnabled: true\n"
