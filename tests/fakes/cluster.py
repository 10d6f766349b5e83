"""A cluster with one AlbConfig in memory, as the program's client of Kubernetes shows it."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jsonpatch

from alb_mtls.cluster.errors import NoSuchAlbConfig, PatchConflict
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.cluster.listener import find_listener
from tests.helpers.albconfigs import LISTENER, Object, albconfig, apply, https
from tests.helpers.ingresses import ingress, ingress_class, service


@dataclass(kw_only=True)
class Cluster:
    """A cluster with one AlbConfig.

    Attributes:
        item: the AlbConfig; None when it was deleted.
        routes: its Ingresses.
        gateways: its Gateway API.
        controllers: Deployments of its namespace kube-system.
        failure: what it answers instead, when it is set.
        uid: of namespace kube-system.
        judge: raises what admission control says to an AlbConfig as it would be stored.
        tried: patches that were tried in a dry run.
    """

    item: Object | None = field(default_factory=lambda: albconfig(https()))
    routes: list[Object] = field(default_factory=lambda: [ingress()])
    gateways: GatewayApi = field(default_factory=GatewayApi)
    controllers: list[Object] = field(default_factory=list)
    failure: Exception | None = None
    uid: str = "cluster-1"
    address: str = "https://one.example:6443"
    judge: Callable[[Object], None] = lambda _: None
    tried: list[list[Object]] = field(default_factory=list)

    def albconfig(self, name: str) -> Object:
        """Return the AlbConfig, whatever it is called."""
        if self.failure is not None:
            raise self.failure
        if self.item is None:
            raise NoSuchAlbConfig(name)
        return copy.deepcopy(self.item)

    def albconfigs(self) -> list[Object]:
        """Return all AlbConfigs."""
        return [] if self.item is None else [self.albconfig("alb")]

    @staticmethod
    def albconfigs_beside(_name: str) -> list[Object]:
        """Return all other AlbConfigs."""
        return []

    def patch_albconfig(self, _name: str, operations: list[Object]) -> Object:
        """Apply a JSON patch."""
        self.item = self._patched(operations)
        self.item["metadata"]["resourceVersion"] += "0"
        return copy.deepcopy(self.item)

    def try_patch_albconfig(self, _name: str, operations: list[Object]) -> Object:
        """Return what a JSON patch would make of it."""
        self.tried.append(operations)
        return self._patched(operations)

    def _patched(self, operations: list[Object]) -> Object:
        try:
            patched = apply(self.albconfig("alb"), operations)
        except jsonpatch.JsonPatchException as error:
            raise PatchConflict(str(error)) from None
        self.judge(patched)
        return patched

    @staticmethod
    def crd() -> Object:
        """Return the kind AlbConfig."""
        return {}

    def kube_system_uid(self) -> str:
        """Return what sets this cluster apart from others."""
        return self.uid

    def where(self) -> str:
        """Return how it is reached."""
        return self.address

    @staticmethod
    def events(_name: str, _uid: str) -> list[Object]:
        """Return no events."""
        return []

    def ingresses(self) -> list[Object]:
        """Return all Ingresses."""
        return self.routes

    @staticmethod
    def ingress_classes() -> list[Object]:
        """Return all IngressClasses."""
        return [ingress_class()]

    def gateway_api(self) -> GatewayApi:
        """Return what the Gateway API holds."""
        return self.gateways

    def deployments(self, _namespace: str) -> list[Object]:
        """Return the Deployments of kube-system."""
        return self.controllers

    @staticmethod
    def services() -> list[Object]:
        """Return all Services."""
        return [service()]

    @property
    def element(self) -> Object:
        """The listener as it stands there."""
        return find_listener(self.albconfig("alb"), LISTENER).element

    def lose_claim(self) -> None:
        """Take the annotation away, as `kubectl replace` of a kept file does."""
        assert self.item is not None
        assert self.item["metadata"].pop("annotations").keys() == {LISTENER.claim_annotation}

    def recreate(self, **fields: Any) -> None:
        """Delete the AlbConfig and make another one of its name, whose listener has these fields."""
        self.item = albconfig(https(**fields))
        self.item["metadata"]["uid"] = "uid-of-another-alb"
