"""One AlbConfig, its ALB and CAS in memory, and the providers' methods called on them as the engine calls them.

The ALB follows at once and nothing is lost: what happens when it does not is explored by tests/model.
"""

import copy
from dataclasses import dataclass, field, fields
from types import SimpleNamespace
from typing import Any

import jsonpatch
import pytest

from alb_mtls.aliyun.alb import BoundListener, Listener, LoadBalancer
from alb_mtls.aliyun.errors import DeadlinePassed
from alb_mtls.cluster.errors import NoSuchAlbConfig, PatchConflict
from alb_mtls.cluster.listener import find_listener, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.properties import camel_case
from alb_mtls.resources import ProofSettings
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.albconfigs import LISTENER, Object, albconfig, apply, https
from tests.helpers.site_in_memory import Site

OWNER = "alb-mtls/test"
CLAIM = LISTENER.claim_annotation
Properties = dict[str, Any]

_PROOF = frozenset(camel_case(field.name) for field in fields(ProofSettings))


@dataclass(kw_only=True)
class Cluster:
    """A cluster with one AlbConfig.

    Attributes:
        item: the AlbConfig; None when it was deleted.
        uid: of namespace kube-system.
    """

    item: Object | None
    uid: str = "cluster-1"
    address: str = "https://one.example:6443"

    def albconfig(self, name: str) -> Object:
        """Return the AlbConfig."""
        if self.item is None:
            raise NoSuchAlbConfig(name)
        return copy.deepcopy(self.item)

    def albconfigs(self) -> list[Object]:
        """Return all AlbConfigs."""
        return [] if self.item is None else [self.albconfig("alb")]

    def patch_albconfig(self, _name: str, operations: list[Object]) -> Object:
        """Apply a JSON patch."""
        before = self.albconfig("alb")
        try:
            self.item = apply(before, operations)
        except jsonpatch.JsonPatchException as error:
            raise PatchConflict(str(error)) from None
        self.item["metadata"]["resourceVersion"] += "0"
        return copy.deepcopy(self.item)

    def kube_system_uid(self) -> str:
        """Return what tells this cluster from others."""
        return self.uid

    def where(self) -> str:
        """Return how it is reached."""
        return self.address

    @staticmethod
    def events(_name: str) -> list[Object]:
        """Return no events."""
        return []

    @property
    def element(self) -> Object:
        """The listener as it stands there."""
        return find_listener(self.albconfig("alb"), LISTENER).element

    def lose_claim(self) -> None:
        """Take the annotation away, as `kubectl replace` of a kept file does."""
        assert self.item is not None
        assert self.item["metadata"].pop("annotations").keys() == {CLAIM}

    def make_anew(self, **fields: Any) -> None:
        """Delete the AlbConfig and make another one of its name, whose listener has these fields."""
        self.item = albconfig(https(**fields))
        self.item["metadata"]["uid"] = "uid-of-another-alb"


@dataclass(kw_only=True)
class Alb:
    """The ALB of a cluster's AlbConfig.

    Attributes:
        deaf: it does not follow any more.
    """

    cluster: Cluster
    deaf: bool = False

    @staticmethod
    def load_balancer(_id: str) -> LoadBalancer:
        """Return the ALB."""
        return LoadBalancer(load_balancer_id="alb", name="alb", edition="Standard", status="Active", dns_name="a.b")

    def listener(self, _id: str, *, port: int, protocol: str) -> Listener:
        """Return the listener."""
        state = state_of(
            find_listener(
                self.cluster.albconfig("alb"), ListenerKey(alb_config="alb", port=port, protocol=protocol)
            ).element
        )
        return Listener(
            listener_id="lsn",
            load_balancer_id="alb",
            port=port,
            protocol=protocol,
            status="Running",
            security_policy_id="",
            quic_listener_id=None,
            ca_enabled=bool(state.ca_enabled),
            ca_identifiers=tuple(state.identifiers),
        )

    def wait_for(self, alb_id: str, *, until: Any, describe: str, deadline_seconds: float, **where: Any) -> Listener:
        """Return the listener, which is as asked for at once or never."""
        seen = self.listener(alb_id, **where)
        if self.deaf or not until(seen):
            sentence = f"the listener did not {describe} within {deadline_seconds:.0f} s"
            raise DeadlinePassed(sentence, api="GetListenerAttribute", target="listener")
        return seen

    def bound_listeners(self, identifier: str) -> list[BoundListener]:
        """Return the listener when it refers to a CA."""
        if self.cluster.item is None or identifier not in state_of(self.cluster.element).identifiers:
            return []
        return [
            BoundListener(load_balancer_id="alb", listener_id="lsn", port=443, protocol="HTTPS", ca_enabled=True),
        ]


@dataclass(kw_only=True)
class World:
    """All of it.

    Attributes:
        sites: of CAS, by host; any other address leads to the first.
        kubeconfigs: that were asked for.
    """

    cluster: Cluster
    alb: Alb
    sites: dict[str, Site]
    kubeconfigs: list[str | None] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)

    @property
    def cas(self) -> Site:
        """The first site."""
        return next(iter(self.sites.values()))

    def begin(self) -> None:
        """Begin another operation: its process remembers nothing of the one before."""
        self.kept.clear()

    def _kube(self, kubeconfig: str | None) -> Cluster:
        self.kubeconfigs.append(kubeconfig)
        return self.cluster

    def session(self) -> SimpleNamespace:
        """Return what stands in for `process.session()`."""
        return SimpleNamespace(
            kube=self._kube,
            alb=lambda *_: self.alb,
            cas=lambda endpoint: next((site for host, site in self.sites.items() if host in endpoint), self.cas),
            kept=self.kept,
        )


def world(monkeypatch: pytest.MonkeyPatch, **fields: Any) -> World:
    """Return a world whose listener has these fields, and let the providers act in it."""
    cluster = Cluster(item=albconfig(https(**fields)))
    made = World(cluster=cluster, alb=Alb(cluster=cluster), sites={"cas.ap-southeast-1.aliyuncs.com": Site()})
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
        "proof": _given(proof),
        **{key: value for key, value in changes.items() if key not in _PROOF},
    }
    return _given(inputs)


def _given(values: Properties) -> Properties:
    return {key: value for key, value in values.items() if value is not None}


def claim_inputs(**changes: Any) -> Properties:
    """Return the inputs of a claim."""
    return listener_inputs(**{"casEndpoint": "https://cas.ap-southeast-1.aliyuncs.com", **changes})


def switch_inputs(claim: Properties, **changes: Any) -> Properties:
    """Return the inputs of the switch beside a claim with these outputs."""
    return listener_inputs(**{"token": claim["token"], "enabled": True, "caIdentifier": "ca-of-ours", **changes})


@dataclass(kw_only=True)
class Deployed:
    """Claim and switch of a listener, as the state holds them."""

    claim: Properties
    switch: Properties

    @classmethod
    def up(cls, **changes: Any) -> "Deployed":
        """Create both."""
        claim = dict(ListenerClaimProvider().create(claim_inputs()).outs or {})
        switch = ListenerSwitchProvider().create(switch_inputs(claim, **changes)).outs
        return cls(claim=claim, switch=dict(switch or {}))

    def up_again(self, **changes: Any) -> "Deployed":
        """Do what the engine does in an `up`: ask, then update, or make the claim anew."""
        provider, news = ListenerClaimProvider(), claim_inputs()
        found = provider.diff(self.claim["token"], self.claim, news)
        claim = dict(provider.create(news).outs or {}) if found.replaces else self.claim
        wanted = switch_inputs(claim, **changes)
        switches = ListenerSwitchProvider().diff("id", self.switch, wanted).changes
        switch = ListenerSwitchProvider().update("id", self.switch, wanted).outs if switches else self.switch
        if found.replaces:
            provider.delete(self.claim["token"], self.claim)
        return Deployed(claim=claim, switch=dict(switch or {}))

    def destroy(self) -> None:
        """Delete both."""
        ListenerSwitchProvider().delete("id", self.switch)
        ListenerClaimProvider().delete(self.claim["token"], self.claim)
