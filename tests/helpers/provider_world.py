"""One AlbConfig, its ALB and CAS in memory, and the providers that act on them.

The ALB follows at once and nothing is lost: what happens when it does not is explored by tests/model.
"""

from dataclasses import dataclass, field, fields
from types import SimpleNamespace
from typing import Any, Self

import pytest

from alb_mtls.listener_resources import ProofSettings
from alb_mtls.pki.passphrases import no_passphrase
from alb_mtls.properties import camel_case
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.harness.engine import Engine
from tests.harness.in_process import InProcess, desired
from tests.harness.state import Desired, Properties, State
from tests.helpers.albconfigs import LISTENER, albconfig, https

OWNER = "alb-mtls/test"
CLAIM = LISTENER.claim_annotation

_CAS = {
    "endpoint": "https://cas.ap-southeast-1.aliyuncs.com",
    "alb": {"region": "cn-hangzhou"},
    "deployment": "deployment-1",
}
_OF_BOTH = ("takeOver", "deployment", "madeHere", "owner", "identityHeaders", "write")
_OF_CLAIM = ("token", "found", "known")
_PROOF = frozenset(camel_case(field.name) for field in fields(ProofSettings))


@dataclass(kw_only=True)
class World:
    """All of it.

    Attributes:
        sites: of CAS, by host; any other address leads to the first.
        kubeconfigs: that were asked for.
    """

    cluster: Cluster
    alb: Alb
    sites: dict[str, Cas]
    kubeconfigs: list[str | None] = field(default_factory=list)

    @property
    def cas(self) -> Cas:
        """The first site."""
        return next(iter(self.sites.values()))

    def _kube(self, kubeconfig: str | None) -> Cluster:
        self.kubeconfigs.append(kubeconfig)
        return self.cluster

    def session(self) -> SimpleNamespace:
        """Return what stands in for `process.session()`."""
        return SimpleNamespace(
            passphrase_of=no_passphrase,
            kube=self._kube,
            alb=lambda *_: self.alb,
            cas=lambda endpoint: next((site for host, site in self.sites.items() if host in endpoint), self.cas),
        )


def world(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> World:
    """Return a world whose listener has these fields, and let the providers act in it."""
    cluster = Cluster(item=albconfig(https(**fields)))
    made = World(cluster=cluster, alb=Alb(cluster=cluster), sites={"cas.ap-southeast-1.aliyuncs.com": Cas()})
    monkeypatch.setattr("components.providers.process.session", made.session)
    return made


def listener_inputs(**changes: Any) -> Properties:
    """Return the inputs that claim and switch have in common; what is a property of the proof goes into it."""
    proof = {
        "mode": "api",
        "deadlineSeconds": 120.0,
        "host": "demo.alb.ingress.top",
        "path": "/",
        "serverCa": "system",
        "connectTo": [],
        **{key: value for key, value in changes.items() if key in _PROOF},
    }
    inputs = {
        "listener": {"albConfig": "alb", "port": 443.0, "protocol": "HTTPS"},
        "owner": OWNER,
        "deployment": "deployment-1",
        "alb": {"region": "cn-hangzhou"},
        "madeHere": [],
        "proof": _given(proof),
        **{key: value for key, value in changes.items() if key not in _PROOF},
    }
    return _given(inputs)


def _given(values: Properties) -> Properties:
    return {key: value for key, value in values.items() if value is not None}


def claim_inputs(**changes: Any) -> Properties:
    return listener_inputs(**{"casEndpoint": _CAS["endpoint"], "caIdentifiers": ["ca-of-ours"], **changes})


def switch_inputs(claim: Properties, **changes: Any) -> Properties:
    """Return the inputs of the switch beside a claim with these outputs."""
    known = {name: claim[name] for name in _OF_CLAIM if name in claim}
    return listener_inputs(**{**known, "enabled": True, "caIdentifier": "ca-of-ours", **changes})


def repository_inputs(pem: str, **changes: Any) -> Properties:
    """Return the inputs of the stack's repository, which may hold a CA that was generated here."""
    return {**_CAS, "name": "ours", "owned": True, "generated": [pem], **changes}


def uploaded_inputs(pem: str, **changes: Any) -> Properties:
    """Return the inputs of an uploaded CA that was generated here."""
    names = {"repositoryName": "ours", "repositoryOwned": True, "certificateName": "root"}
    return {**_CAS, **names, "certificatePem": pem, "generated": True, **changes}


def _shared(changes: Properties) -> Properties:
    """Return what of the changes to a switch its claim gets as well."""
    shared: Properties = {name: changes[name] for name in _OF_BOTH if name in changes}
    bound = changes.get("caIdentifier")
    return shared if bound is None else {**shared, "caIdentifiers": [bound]}


@dataclass(frozen=True)
class Deployed:
    """The resources of a stack; what is run on them changes the state."""

    state: State = field(default_factory=State)

    def run(self, *resources: Desired) -> Self:
        """Do what the engine does in an `up` of these, and in a `destroy` when there are none."""
        Engine(InProcess(), self.state).run(resources)
        return self

    @classmethod
    def up(cls, **changes: Any) -> Self:
        """Create claim and switch of a listener."""
        return cls().up_again(**changes)

    def up_again(self, **changes: Any) -> Self:
        """Do what the engine does in an `up` with other inputs of the switch."""
        switch = switch_inputs({"token": None}, **changes)
        return self.run(
            desired("claim", ListenerClaimProvider, claim_inputs(**_shared(changes))),
            desired("switch", ListenerSwitchProvider, switch, **{name: ("claim", name) for name in _OF_CLAIM}),
        )

    def destroy(self) -> None:
        """Delete everything."""
        self.run()

    def outputs(self, name: str) -> Properties:
        """Return the outputs of a resource as the state holds them; changes to them count."""
        found = self.state.current(name)
        assert found is not None
        return found.outputs

    @property
    def claim(self) -> Properties:
        """The outputs of the claim."""
        return self.outputs("claim")

    @property
    def switch(self) -> Properties:
        """The outputs of the switch."""
        return self.outputs("switch")
