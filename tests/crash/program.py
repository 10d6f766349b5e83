"""What the program registers, taken from one real `pulumi up` of it, and given to our engine with other settings."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alb_mtls.pki.encoding import certificate_pem, load_certificate
from alb_mtls.pki.keys import load_private_key, private_key_pem
from tests.harness.state import Desired, Properties
from tests.helpers.certificates import ROOT_SUBJECT, ClientCredential, make_root
from tests.helpers.exported import plain
from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import listener, stack_config, stack_environment

LISTENERS = ("alb", "alb-two")
"""AlbConfigs whose listener 443/HTTPS takes part, in the order of the configuration."""

_FIRST = ("deployment", "cas-repository", "uploaded-ca-1")
# Inputs that are outputs of other resources.
_REFERENCES = {
    "deployment": ("deployment", "deployment"),
    "repository": ("cas-repository", "name"),
    "repositoryName": ("cas-repository", "name"),
    "caIdentifier": ("uploaded-ca-1", "caIdentifier"),
}
_LISTS = dict.fromkeys(("caIdentifiers", "madeHere"), ("uploaded-ca-1", "caIdentifier"))
# What another run would look at is not what the recorded one did.
_LOOKS = ("observed",)
# It bounds the wait for the ALB too, which must not fail: the proof has to.
_FAILING_SECONDS = 4


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The configuration of a run, as far as it differs between operations.

    Attributes:
        enabled: request client certificates.
        listeners: how many of `LISTENERS`.
        generation: of the root CA, 1 or 2.
        take_over: what of somebody else is on the listener may be replaced: a CA, or the claim of a deployment.
        wrong_client: prove with a client of another CA, so that the proof fails and the listener is put back.
    """

    enabled: bool = True
    listeners: int = 1
    generation: int = 1
    take_over: bool = False
    wrong_client: bool = False

    @property
    def uploaded_ca(self) -> str:
        """Name of the resource of the CA in CAS."""
        return f"uploaded-ca-{self.generation}"


@dataclass(frozen=True, kw_only=True)
class Program:
    """The registrations of the program.

    Attributes:
        recorded: everything, for all `LISTENERS` and generation 1, in the order of registration.
        config: of the stack, as the engine hands it to providers.
        first: the root CA of generation 1.
        second: the root CA of generation 2.
        stranger: a root CA that nobody trusts.
    """

    recorded: tuple[Desired, ...]
    config: dict[str, str]
    first: ClientCredential
    second: ClientCredential
    stranger: ClientCredential

    def root(self, settings: Settings) -> ClientCredential:
        """Return the root CA that is trusted with these settings."""
        return self.first if settings.generation == 1 else self.second

    def desired(self, settings: Settings, taken: str | None) -> tuple[Desired, ...]:
        """Return what the program registers with these settings.

        Args:
            settings: of the run.
            taken: CA or deployment of somebody else that is on the listener.
        """
        left_out = tuple(f"{name}-443-https-" for name in LISTENERS[settings.listeners :])
        kept = (one for one in self.recorded if not one.name.startswith(left_out or "\0"))
        return tuple(self._set(one, settings, taken) for one in kept)

    def on(self, lab: LabHandle) -> "Program":
        """Return the same program for another lab."""
        recorded = tuple(replace(one, inputs=_placed(one.inputs, lab)) for one in self.recorded)
        return replace(self, recorded=recorded, config=_config(lab))

    def _set(self, desired: Desired, settings: Settings, taken: str | None) -> Desired:
        if desired.name.endswith(("-claim", "-switch")):
            taking = {"takeOver": taken} if settings.take_over else {}
            lists = {key: (settings.uploaded_ca, output) for key, (_, output) in desired.lists.items()}
            desired = replace(desired, inputs={**desired.inputs, **taking}, lists=lists)
            return self._set_switch(desired, settings) if desired.name.endswith("-switch") else desired
        if settings.generation == 1:
            return desired
        pem = certificate_pem(self.second.certificate)
        if desired.name == "cas-repository":
            return replace(desired, inputs={**desired.inputs, "generated": [pem]})
        if desired.name == "uploaded-ca-1":
            name = desired.inputs["certificateName"].removesuffix("-g1") + f"-g{settings.generation}"
            changed = {"certificatePem": pem, "certificateName": name}
            return replace(desired, name=settings.uploaded_ca, inputs={**desired.inputs, **changed})
        return desired

    def _set_switch(self, desired: Desired, settings: Settings) -> Desired:
        inputs: Properties = {**desired.inputs, "enabled": settings.enabled}
        if settings.generation != 1:
            inputs |= _signed_by(self.second)
        if settings.wrong_client:
            proof = {**inputs["proof"], "deadlineSeconds": _FAILING_SECONDS}
            inputs |= {**_signed_by(self.stranger), "proof": proof}
        references = {**desired.references, "caIdentifier": (settings.uploaded_ca, "caIdentifier")}
        return replace(desired, inputs=inputs, references=references)


def _signed_by(root: ClientCredential) -> Properties:
    return {"caCertificatePem": certificate_pem(root.certificate), "caPrivateKeyPem": private_key_pem(root.key)}


def _placed(inputs: Properties, lab: LabHandle) -> Properties:
    """Return inputs in which what says where something is leads to a lab."""
    endpoints = lab.status["endpoints"]
    cas = f"http://{endpoints['cas']}"
    places: Properties = {"endpoint": cas, "casEndpoint": cas}
    if "alb" in inputs:
        places["alb"] = {**inputs["alb"], "endpoint": f"http://{endpoints['alb']}"}
    if "proof" in inputs:
        address = lab.address(inputs["listener"]["albConfig"], "443/HTTPS")
        places["proof"] = {**inputs["proof"], "serverCa": str(lab.paths.server_ca), "connectTo": [address]}
    return {key: places.get(key, value) for key, value in inputs.items()}


def _config(lab: LabHandle) -> dict[str, str]:
    credentials = lab.status["credentials"]
    config = {key: value for key, value in stack_config(lab).items() if isinstance(value, str)}
    # The SDK takes the keys of the environment when it is imported, which the forked processes do no more.
    return {
        **config,
        "alicloud:accessKey": credentials["accessKeyId"],
        "alicloud:secretKey": credentials["accessKeySecret"],
    }


def stack_on(lab: LabHandle, folder: Path, *, mode: str = "required") -> Stack:
    """Make a real stack with all `LISTENERS`, its backend and home in `folder`; `mode` is that of its proof."""
    stack = Stack(name="killed", folder=folder / "project", environment=stack_environment(lab, folder))
    # Without a host, each listener is asked for that of its own Ingress.
    proof = {"mode": mode, "deadlineSeconds": 10, "serverCa": str(lab.paths.server_ca)}
    stack.configure(stack_config(lab, listeners=[listener(lab, name, 443) for name in LISTENERS], proof=proof))
    return stack


def record(lab: LabHandle, stack: Stack) -> Program:
    """Run the real program once and return what it registered; afterwards the lab is as before."""
    stack.up()
    exported = json.loads(stack.succeeds("stack", "export", "--show-secrets"))
    stack.destroy()
    resources = [each for each in exported["deployment"]["resources"] if "dynamic" in each["type"]]
    recorded = [_desired(each) for each in resources if "dynamic/pki" not in each["type"]]
    now = datetime.now(UTC)
    second, stranger = (replace(ROOT_SUBJECT, common_name=name) for name in ("root G2", "stranger"))
    return Program(
        recorded=tuple(sorted(recorded, key=_registration)),
        config=_config(lab),
        first=_root_of(recorded),
        second=make_root(subject=second, now=now),
        stranger=make_root(subject=stranger, now=now),
    )


def _desired(resource: dict[str, Any]) -> Desired:
    name = resource["urn"].rpartition("::")[2]
    of_claim = {key: (f"{name.removesuffix('-switch')}-claim", key) for key in ("token", "known", "found")}
    known = {**_REFERENCES, **(of_claim if name.endswith("-switch") else {})}
    references = {key: of for key, of in known.items() if key in resource["inputs"]}
    lists = {key: of for key, of in _LISTS.items() if resource["inputs"].get(key)}
    others = resource["inputs"].keys() - {*references, *lists, *_LOOKS}
    inputs = {key: plain(value) for key, value in resource["inputs"].items() if key in others}
    return Desired(name=name, inputs=inputs, references=references, lists=lists)


def _root_of(recorded: Sequence[Desired]) -> ClientCredential:
    [inputs, *_] = [each.inputs for each in recorded if each.name.endswith("-switch")]
    return ClientCredential(
        certificate=load_certificate(inputs["caCertificatePem"]), key=load_private_key(inputs["caPrivateKeyPem"])
    )


def _registration(desired: Desired) -> tuple[int, str, str]:
    if desired.name in _FIRST:
        return _FIRST.index(desired.name), "", ""
    return len(_FIRST), desired.name.removesuffix("-claim").removesuffix("-switch"), desired.name
