"""A cluster and a cloud that only answer, for tests of what the program finds out before it registers anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pulumi

from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.aliyun.cas_models import DescribedCertificate, ListedCertificate, Repository
from alb_mtls.session import Session
from tests.helpers.albconfigs import albconfig, https
from tests.helpers.ingresses import ingress, ingress_class, service

Object = dict[str, Any]


@dataclass(kw_only=True)
class Kube:
    """A cluster with one AlbConfig; `failure` is what it answers instead, when it is set."""

    config: Object = field(default_factory=lambda: albconfig(https()))
    routes: list[Object] = field(default_factory=lambda: [ingress()])
    failure: Exception | None = None

    def albconfig(self, _name: str) -> Object:
        """Return the AlbConfig, whatever it is called."""
        if self.failure is not None:
            raise self.failure
        return self.config

    def albconfigs(self) -> list[Object]:
        """Return all AlbConfigs."""
        return [self.config]

    def ingresses(self) -> list[Object]:
        """Return all Ingresses."""
        return self.routes

    def ingress_classes(self) -> list[Object]:
        """Return all IngressClasses."""
        return [ingress_class()]

    def services(self) -> list[Object]:
        """Return all Services."""
        return [service()]


@dataclass(kw_only=True)
class Alb:
    """The ALB API."""

    edition: str = "Standard"

    def load_balancer(self, load_balancer_id: str) -> LoadBalancer:
        """Return a load balancer of that id."""
        return LoadBalancer(
            load_balancer_id=load_balancer_id, name="alb", edition=self.edition, status="Active", dns_name="alb.example"
        )


@dataclass(kw_only=True)
class Cas:
    """CAS: certificates by identifier, and which of them lie in the repository that is asked for."""

    certificates: dict[str, str] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    failure: Exception | None = None

    def describe(self, identifier: str) -> DescribedCertificate | None:
        """Return a certificate, or None."""
        if self.failure is not None:
            raise self.failure
        pem = self.certificates.get(identifier)
        if pem is None:
            return None
        return DescribedCertificate(identifier=identifier, pem=pem, common_name="", instance_id="1", status="issued")

    def find_repository(self, name: str) -> Repository:
        """Return a repository of that name."""
        return Repository(warehouse_id=1, instance_id="1", name=name, type="uploadCA")

    def certificates_in(self, _repository: Repository) -> list[ListedCertificate]:
        """Return what lies in it."""
        return [
            ListedCertificate(identifier=one, common_name="", serial=None, not_after_milliseconds=None)
            for one in self.listed
        ]


@dataclass(kw_only=True)
class Logged:
    """What was logged in a run."""

    infos: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@contextmanager
def running(
    *, preview: bool = False, kube: Kube | None = None, alb: Alb | None = None, cas: Cas | None = None
) -> Iterator[Logged]:
    """Run what is in the block as in a preview or an up, with these clients; None leaves the session's own.

    No listener is asked: how listeners are reached has tests of its own.
    """
    logged = Logged()
    with (
        patch.object(pulumi.runtime, "is_dry_run", lambda: preview),
        patch.object(pulumi.log, "info", logged.infos.append),
        patch.object(pulumi.log, "warn", logged.warnings.append),
        patch.object(Session, "kube", lambda *_: kube or Kube()),
        patch.object(Session, "alb", Session.alb if alb is None else lambda *_: alb),
        patch.object(Session, "cas", Session.cas if cas is None else lambda *_: cas),
        patch("components.preflight.run.refuse_unreachable_listeners"),
    ):
        yield logged
