"""Running `init` in a project folder of its own, on a cluster and a cloud that only answer."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from alb_mtls.aliyun.alb_models import LoadBalancer
from alb_mtls.aliyun.errors import InvalidCredentials
from alb_mtls.cluster.errors import NoSuchAlbConfig
from alb_mtls.configuration.model import Settings
from alb_mtls.session import Session
from ops.cli import app
from ops.doctor.diagnosis import Line
from ops.init import command, server_ca
from ops.settings import printed_of, settings_of_printed
from ops.status import utc_now
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers import kubeconfigs
from tests.helpers.albconfigs import Object, albconfig, https
from tests.helpers.command_line import CliRunner

DNS_NAME = "alb-1.cn-hangzhou.alb.aliyuncs.com"
SUBJECT = "/C=SG/ST=Singapore/L=Singapore/O=Example/OU=Platform"
GENERATED = ("--root-ca", "generated", "--subject", SUBJECT)


def strict(port: int = 443, **fields: Any) -> Object:
    """Return an HTTPS listener with which nothing is the matter."""
    return https(port, securityPolicyId="tls_cipher_policy_1_2_strict", **fields)


@dataclass(kw_only=True)
class ClusterOfMany(Cluster):
    """A cluster with several AlbConfigs."""

    items: list[Object] = field(default_factory=lambda: [albconfig(strict(), dnsname=DNS_NAME)])
    classes: list[Object] | None = None

    def albconfigs(self) -> list[Object]:
        """Return all of them."""
        if self.failure is not None:
            raise self.failure
        return self.items

    def albconfig(self, name: str) -> Object:
        """Return one."""
        found = next((one for one in self.items if one["metadata"]["name"] == name), None)
        if found is None:
            raise NoSuchAlbConfig(name)
        return found

    def ingress_classes(self) -> list[Object]:  # type: ignore[override] # the other one needs no object
        """Return all IngressClasses."""
        return Cluster.ingress_classes() if self.classes is None else self.classes


@dataclass(kw_only=True)
class AlbOfMany(Alb):
    """The ALBs of several AlbConfigs.

    Attributes:
        editions: by the id of the ALB; what is not there has `edition`.
        failure: what is answered instead, when it is set.
    """

    editions: dict[str, str] = field(default_factory=dict)
    failure: Exception | None = None

    def load_balancer(self, load_balancer_id: str) -> LoadBalancer:
        """Return one."""
        if self.failure is not None:
            raise self.failure
        edition = self.editions.get(load_balancer_id, self.edition)
        return LoadBalancer(
            load_balancer_id=load_balancer_id, name="alb", edition=edition, status="Active", dns_name=DNS_NAME
        )

    def listeners(self, _id: str) -> list[Any]:
        """Return none: what they are is not looked at."""
        return []

    def listener(self, _id: str, *, port: int, protocol: str) -> Any:
        """Return none."""


class RefusedSite:
    """A CAS site that does not know the account."""

    @staticmethod
    def repositories() -> list[Any]:
        """Reject the credential."""
        sentence = "CAS does not know the access key"
        raise InvalidCredentials(sentence, api="ListCertWarehouse", target="all repositories")


@dataclass(kw_only=True)
class World:
    """What `init` finds, and what it was asked.

    Attributes:
        sites: of CAS, by what `cas.endpoint` may say.
        regions: endpoint and region of each client of the ALB API.
        lines: of the examination that follows.
    """

    folder: Path
    kube: ClusterOfMany = field(default_factory=ClusterOfMany)
    alb: AlbOfMany = field(default_factory=AlbOfMany)
    sites: dict[str, Any] = field(default_factory=lambda: {"china": Cas(), "international": RefusedSite()})
    regions: list[tuple[str | None, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """The stack file."""
        return self.folder / "Pulumi.prod.yaml"

    @property
    def settings(self) -> Settings:
        """The stack file, as the program reads it."""
        return settings_of_printed(printed_of(self.file.read_text("utf-8")), "prod", utc_now())

    def contexts(self, *names: str, current: str | None = None) -> None:
        """Give the kubeconfig these contexts."""
        entries = [{"name": name, "context": {"cluster": "prod", "user": "me"}} for name in names]
        changes: dict[str, Any] = {"contexts": entries, "current-context": current or names[0]}
        text = kubeconfigs.content(**changes)
        (self.folder / "kubeconfig").write_text(text, "utf-8")


def make_world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world with one cluster, one ALB and the Chinese site; every session leads there."""
    world = World(folder=folder)
    monkeypatch.chdir(folder)
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": "alb-mtls", "runtime": "python"}), "utf-8")
    world.contexts("prod")
    monkeypatch.setenv("KUBECONFIG", str(folder / "kubeconfig"))
    for name in ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION_ID", "ALB_MTLS_CA_KEY_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)

    def alb(_session: Session, endpoint: str | None, region: str) -> AlbOfMany:
        world.regions.append((endpoint, region))
        return world.alb

    monkeypatch.setattr(Session, "kube", lambda *_: world.kube)
    monkeypatch.setattr(Session, "alb", alb)
    monkeypatch.setattr(Session, "cas", lambda _, endpoint: world.sites[endpoint])
    monkeypatch.setattr(server_ca, "baseline", lambda *_, **__: None)
    monkeypatch.setattr(command, "examine_configuration", lambda *_: iter(world.lines))
    return world


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How `init` ended."""

    code: int
    out: str
    err: str

    @property
    def words(self) -> str:
        """What went beside the result, in one line."""
        return " ".join(self.err.split())

    @property
    def document(self) -> dict[str, Any]:
        """The JSON document."""
        found: dict[str, Any] = json.loads(self.out)
        return found


def run_init(*arguments: str, answers: Sequence[str] | None = None) -> Ended:
    """Run `init prod`; with answers to what it asks."""
    lines = None if answers is None else "".join(f"{one}\n" for one in answers)
    done = CliRunner().invoke(app, ["init", "prod", *arguments], input=lines)
    return Ended(code=done.exit_code, out=done.stdout, err=done.stderr)
