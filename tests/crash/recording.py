"""Recording what the program registers, from one real `pulumi up` of it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.keys import load_private_key
from tests.crash.program import LISTENERS, ORDER, Program, config_of
from tests.harness.state import Desired
from tests.helpers.certificates import ROOT_SUBJECT, ClientCredential, make_root
from tests.helpers.exported import plain
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import listener, stack_config, stack_environment

# Inputs that are outputs of other resources; those that say which generation is meant, the program sets.
_REFERENCES = {
    "deployment": ("deployment", "deployment"),
    "repository": ("cas-repository", "name"),
    "repositoryName": ("cas-repository", "name"),
}
# What another run would look at is not what the recorded one did.
_LOOKS = ("observed",)


def stack_on(lab: LabHandle, folder: Path, *, mode: str = "required") -> Stack:
    """Make a real stack with all `LISTENERS`, its backend and home in `folder`; `mode` is that of its proof."""
    stack = Stack(name="killed", folder=folder / "project", environment=stack_environment(lab, folder))
    # Without a host, each listener is asked for that of its own Ingress.
    proof = {"mode": mode, "deadlineSeconds": 10, "connections": 50, "serverCa": str(lab.paths.server_ca)}
    stack.configure(stack_config(lab, listeners=[listener(lab, name, 443) for name in LISTENERS], proof=proof))
    return stack


def record(lab: LabHandle, stack: Stack) -> Program:
    """Run the real program once, with two generations, and return what it registered; the lab is as before then."""
    root_ca = stack.config()["alb-mtls:rootCa"]
    stack.set("rootCa", {**root_ca, "generations": [1, 2], "trusted": 1})
    stack.up()
    exported = json.loads(stack.succeeds("stack", "export", "--show-secrets"))
    stack.destroy()
    stack.set("rootCa", root_ca)
    resources = [each for each in exported["deployment"]["resources"] if "dynamic" in each["type"]]
    recorded = [_desired(each) for each in resources if "RootCertificate" not in each["type"]]
    stranger = replace(ROOT_SUBJECT, common_name="stranger")
    return Program(
        recorded=tuple(sorted(recorded, key=_registration)),
        config=config_of(lab),
        roots=tuple(_root_of(resources, number) for number in (1, 2)),
        stranger=make_root(subject=stranger, now=datetime.now(UTC)),
    )


def _desired(resource: dict[str, Any]) -> Desired:
    name = resource["urn"].rpartition("::")[2]
    of_claim = {key: (f"{name.removesuffix('-switch')}-claim", key) for key in ("token", "known", "found")}
    known = {**_REFERENCES, **(of_claim if name.endswith("-switch") else {})}
    references = {key: of for key, of in known.items() if key in resource["inputs"]}
    others = resource["inputs"].keys() - {*references, *_LOOKS}
    inputs = {key: plain(value) for key, value in resource["inputs"].items() if key in others}
    return Desired(name=name, inputs=inputs, references=references)


def _root_of(resources: Sequence[dict[str, Any]], number: int) -> ClientCredential:
    [outputs] = [plain(one["outputs"]) for one in resources if one["urn"].endswith(f"::root-ca-{number}")]
    return ClientCredential(
        certificate=load_certificate(outputs["certificatePem"]), key=load_private_key(outputs["privateKeyPem"])
    )


def _registration(desired: Desired) -> tuple[int, str, str]:
    if desired.name in ORDER:
        return ORDER.index(desired.name), "", ""
    return len(ORDER), desired.name.removesuffix("-claim").removesuffix("-switch"), desired.name
