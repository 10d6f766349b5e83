"""What the program registers, recorded from one real `pulumi up` of it, and given to our engine with other settings."""

from dataclasses import dataclass, replace

from alb_mtls.certificate_resources import IssuedCertificatesInputs
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.inventory import Issuer
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.subject import Subject
from alb_mtls.properties import from_props, to_props
from tests.crash.settings import Settings
from tests.harness.engine import PROVIDER
from tests.harness.state import Desired, Properties
from tests.helpers.certificates import ClientCredential
from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import stack_config

LISTENERS = ("alb", "alb-two")
"""AlbConfigs whose listener 443/HTTPS takes part, in the order of the configuration."""

CROSS = "cross-certificate-2-1"
CLIENTS = "client-certificates"
ORDER = ("deployment", CROSS, CLIENTS, "cas-repository", "uploaded-ca-1", "uploaded-ca-2")
"""In which resources are registered; claim and switch of each listener follow."""

# It bounds the wait for the ALB too, which must not fail: the proof has to.
_FAILING_SECONDS = 4


@dataclass(frozen=True, kw_only=True)
class Program:
    """The registrations of the program.

    Attributes:
        recorded: everything, for all `LISTENERS` and both generations, in the order of registration.
        config: of the stack, as the engine hands it to providers.
        roots: the root CA of each generation.
        stranger: a root CA that nobody trusts.
    """

    recorded: tuple[Desired, ...]
    config: dict[str, str]
    roots: tuple[ClientCredential, ...]
    stranger: ClientCredential

    def root(self, settings: Settings) -> ClientCredential:
        """Return the root CA that is trusted with these settings."""
        return self.roots[settings.trusted - 1]

    def desired(self, settings: Settings, taken: str | None) -> tuple[Desired, ...]:
        """Return what the program registers with these settings.

        Args:
            settings: of the run.
            taken: CA or deployment of somebody else that is on the listener.
        """
        left_out = {f"uploaded-ca-{one}" for one in (1, 2) if one not in settings.generations}
        left_out |= set() if settings.crosses else {CROSS}
        others = tuple(f"{name}-443-https-" for name in LISTENERS[settings.listeners :])
        kept = (one for one in self.recorded if one.name not in left_out and not one.name.startswith(others or "\0"))
        return tuple(self._set(one, settings, taken) for one in kept)

    def on(self, lab: LabHandle) -> "Program":
        """Return the same program for another lab."""
        recorded = tuple(replace(one, inputs=_placed(one.inputs, lab)) for one in self.recorded)
        return replace(self, recorded=recorded, config=config_of(lab))

    def _set(self, desired: Desired, settings: Settings, taken: str | None) -> Desired:
        if desired.name == CROSS:
            asked = desired.inputs["listeners"][: settings.listeners] if settings.enabled else []
            required = settings.enabled and 1 not in settings.abandoned
            return replace(desired, inputs={**desired.inputs, "required": required, "listeners": asked})
        if desired.name == CLIENTS:
            return self._set_clients(desired, settings)
        if desired.name == "cas-repository":
            generated = [self._pem(one) for one in settings.generations]
            return replace(desired, inputs={**desired.inputs, "generated": generated})
        if not desired.name.endswith(("-claim", "-switch")):
            return desired
        taking = {"takeOver": taken} if settings.take_over else {}
        taking |= {"write": "none"} if settings.of_git else {}
        uploads = [f"uploaded-ca-{one}" for one in settings.generations]
        lists = {"madeHere": tuple((one, "caIdentifier") for one in uploads)}
        if desired.name.endswith("-claim"):
            lists["caIdentifiers"] = lists["madeHere"]
        desired = replace(desired, inputs={**desired.inputs, **taking}, lists=lists)
        return self._set_switch(desired, settings) if desired.name.endswith("-switch") else desired

    def _set_clients(self, desired: Desired, settings: Settings) -> Desired:
        recorded = from_props(IssuedCertificatesInputs, desired.inputs)
        [alice], (validity, renew_before) = recorded.clients, settings.validity
        requests = [
            replace(alice, name=name, subject=Subject(common_name=name), validity=validity, renew_before=renew_before)
            for name in sorted(settings.clients, key=lambda name: "/" in name)
        ]
        issuer = Issuer(generation=settings.newest, certificate_pem=self._pem(settings.newest))
        keys = {str(settings.newest): self._key(settings.newest)}
        inputs = replace(recorded, issuers=(issuer,), issuer_private_keys=keys, clients=tuple(requests))
        references = {"issuers/0/sentPem": (CROSS, "crossPem")} if settings.crosses else {}
        own = {PROVIDER: desired.inputs[PROVIDER]}
        return replace(desired, inputs={**to_props(inputs), **own}, references=references)

    def _set_switch(self, desired: Desired, settings: Settings) -> Desired:
        inputs: Properties = {**desired.inputs, "enabled": settings.enabled, **_signed_by(self.root(settings))}
        others = [one for one in settings.generations if one != settings.trusted]
        inputs |= {
            "generation": settings.trusted,
            "issuedGeneration": settings.newest,
            "abandoned": list(settings.abandoned),
            "otherGenerations": [{"generation": one, "certificatePem": self._pem(one)} for one in others],
            "otherPrivateKeys": {str(one): self._key(one) for one in others},
        }
        inputs |= {} if settings.hosts is None else {"allowedHosts": list(settings.hosts)}
        inputs = {**inputs, "crossGeneration": 1} if settings.crosses else _without(inputs, "crossGeneration")
        if settings.wrong_client:
            proof = {**inputs["proof"], "deadlineSeconds": _FAILING_SECONDS}
            inputs |= {**_signed_by(self.stranger), "proof": proof}
        references = {**desired.references, "caIdentifier": (f"uploaded-ca-{settings.trusted}", "caIdentifier")}
        for place, one in enumerate(others):
            references[f"otherGenerations/{place}/caIdentifier"] = (f"uploaded-ca-{one}", "caIdentifier")
            references[f"otherGenerations/{place}/crossPem"] = (CROSS, "crossPem")
        return replace(desired, inputs=inputs, references=references)

    def _pem(self, generation: int) -> str:
        return certificate_pem(self.roots[generation - 1].certificate)

    def _key(self, generation: int) -> str:
        return private_key_pem(self.roots[generation - 1].key)


def _without(inputs: Properties, name: str) -> Properties:
    return {key: value for key, value in inputs.items() if key != name}


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
        places["proof"] = _proof_on(inputs, lab)
    if "signerGeneration" in inputs:
        places["listeners"] = [{**one, "proof": _proof_on(one, lab)} for one in inputs["listeners"]]
    return {key: places.get(key, value) for key, value in inputs.items()}


def _proof_on(inputs: Properties, lab: LabHandle) -> Properties:
    address = lab.address(inputs["listener"]["albConfig"], "443/HTTPS")
    return {**inputs["proof"], "serverCa": str(lab.paths.server_ca), "connectTo": [address]}


def config_of(lab: LabHandle) -> dict[str, str]:
    """Return the configuration of a stack as the engine hands it to providers."""
    credentials = lab.status["credentials"]
    config = {key: value for key, value in stack_config(lab).items() if isinstance(value, str)}
    # The SDK takes the keys of the environment when it is imported, which the forked processes do no more.
    return {
        **config,
        "alicloud:accessKey": credentials["accessKeyId"],
        "alicloud:secretKey": credentials["accessKeySecret"],
    }
