"""What a snapshot of a listener holds when something does not answer: the rest, and why the one thing is missing."""

from dataclasses import dataclass, field
from typing import Any

from alb_mtls.aliyun import errors as cloud_errors
from alb_mtls.aliyun.alb_models import Listener, LoadBalancer
from alb_mtls.cluster.errors import AnotherCluster, Forbidden, NoSuchListener
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.listeners.snapshot import ListenerQuery, ListenerSnapshot, SnapshotTaker
from alb_mtls.resources import AlbApi
from alb_mtls.session import Session
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.current import IDENTIFIER, on_alb
from tests.helpers.fake_session import running

SILENT = cloud_errors.Unreachable("the ALB API cannot be reached", api="GetLoadBalancerAttribute", target="alb-1")


@dataclass(kw_only=True)
class CountingCluster(Cluster):
    """A cluster that counts how often its Ingresses are listed, or refuses to list them."""

    lists: list[str] = field(default_factory=list)
    refused: bool = False

    def ingresses(self) -> list[dict[str, Any]]:
        """Return all Ingresses."""
        self.lists.append("ingresses")
        if self.refused:
            raise Forbidden(verb="list", resource="ingresses", user="ops")
        return super().ingresses()


@dataclass(kw_only=True)
class OneListenerAlb(Alb):
    """An ALB API with one listener, or one that does not answer."""

    silent: bool = False

    def load_balancer(self, load_balancer_id: str) -> LoadBalancer:
        """Return the load balancer."""
        if self.silent:
            raise SILENT
        return super().load_balancer(load_balancer_id)

    def listener(self, _id: str, **_: object) -> Listener:
        """Return the listener."""
        return on_alb()

    def listeners(self, _id: str) -> list[Listener]:
        """Return all listeners."""
        return [on_alb()]


def _query(**changes: Any) -> ListenerQuery:
    values: dict[str, Any] = {
        "ca_identifier": IDENTIFIER,
        "cas_endpoint": "international",
        "kube_system_uid": "cluster-1",
    }
    return ListenerQuery(key=LISTENER, alb=AlbApi(endpoint=None, region="cn-hangzhou"), **{**values, **changes})


def _taken(kube: CountingCluster, alb: OneListenerAlb | None = None, **changes: Any) -> ListenerSnapshot:
    with running(kube=kube, alb=alb or OneListenerAlb(), cas=Cas.of(IDENTIFIER)):
        return SnapshotTaker(Session(lambda _: None)).take(_query(**changes))


def test_all_that_answers_is_found() -> None:
    snapshot = _taken(CountingCluster())
    assert snapshot.failures == ()
    assert (snapshot.host, snapshot.edition, snapshot.address) == ("demo.alb.ingress.top", "Standard", "alb.example")
    assert snapshot.on_alb == on_alb()
    assert (snapshot.ca_searched, snapshot.ca is not None) == (True, True)


def test_another_cluster_is_not_read_and_cas_is_all_the_same() -> None:
    snapshot = _taken(CountingCluster(), kube_system_uid="cluster-2")
    assert [type(failure) for failure in snapshot.failures] == [AnotherCluster]
    assert (snapshot.albconfig, snapshot.load_balancer, snapshot.hosts) == (None, None, None)
    assert snapshot.ca is not None


def test_a_listener_that_is_not_there_is_named_in_a_sentence() -> None:
    snapshot = _taken(CountingCluster(item=albconfig(https(8443))))
    assert [type(failure) for failure in snapshot.failures] == [NoSuchListener]
    assert snapshot.unknown[0].startswith(f"{LISTENER.label}: AlbConfig alb has no listener 443/HTTPS")
    assert snapshot.state is None


def test_without_the_alb_api_the_hosts_are_known_and_without_the_ingresses_the_alb_is() -> None:
    without_alb = _taken(CountingCluster(), OneListenerAlb(silent=True))
    assert without_alb.failures == (SILENT,)
    assert (without_alb.host, without_alb.on_alb) == ("demo.alb.ingress.top", None)
    without_ingresses = _taken(CountingCluster(refused=True))
    assert [type(failure) for failure in without_ingresses.failures] == [Forbidden]
    assert (without_ingresses.hosts, without_ingresses.on_alb) == (None, on_alb())


def test_a_ca_that_cas_does_not_have_is_gone_and_one_that_was_not_looked_for_is_not_known() -> None:
    gone = _taken(CountingCluster(), ca_identifier="another")
    assert (gone.ca_searched, gone.ca) == (True, None)
    assert not _taken(CountingCluster(), cas_endpoint=None).ca_searched


def test_routes_are_listed_once_for_all_listeners_of_a_cluster() -> None:
    kube = CountingCluster(item=albconfig(https(), https(8443)))
    with running(kube=kube, alb=OneListenerAlb(), cas=Cas()):
        taker = SnapshotTaker(Session(lambda _: None))
        for _ in range(2):
            assert taker.take(_query()).failures == ()
    assert kube.lists == ["ingresses"]


def test_the_host_in_the_claim_stays_whatever_a_tenant_creates_and_a_claim_that_cannot_be_read_names_none() -> None:
    hosts = tuple(
        ListenerHost(host=host, namespace="any", ingress="web", created=created)
        for host, created in (("old.example", "2024-01-01T00:00:00Z"), ("ours.example", "2026-01-01T00:00:00Z"))
    )

    def probed(annotation: str) -> str | None:
        found = albconfig(https(), annotations={LISTENER.claim_annotation: annotation})
        return ListenerSnapshot(key=LISTENER, albconfig=found, hosts=hosts).host

    assert probed(claim_of(host="ours.example").to_text()) == "ours.example"
    assert probed(claim_of(host="gone.example").to_text()) == "old.example"
    assert probed("no claim") == "old.example"
