"""What a snapshot of a listener holds when something does not answer: the rest, and why the one thing is missing."""

from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from typing import Any

import pytest

from alb_mtls.aliyun import errors as cloud_errors
from alb_mtls.aliyun.alb_models import Listener, ListenerSummary, LoadBalancer
from alb_mtls.cluster.errors import AnotherCluster, Forbidden, ListenersOfGateway, NoSuchListener
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.listeners.snapshot import ListenerQuery, ListenerSnapshot
from alb_mtls.listeners.snapshot_taker import SnapshotTaker
from alb_mtls.resources import AlbApi
from alb_mtls.session import Session
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.current import IDENTIFIER, on_alb
from tests.helpers.fake_session import running
from tests.helpers.gateway_objects import gateway, gateway_class, http_route
from tests.helpers.ingresses import ingress

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
class ClosedGateways(CountingCluster):
    """A cluster with the Gateway API, whose user may not list it."""

    def gateway_api(self) -> GatewayApi:
        """Refuse."""
        raise Forbidden(verb="list", resource="httproutes.gateway.networking.k8s.io", user="ops")


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


def _taken(kube: Cluster, alb: OneListenerAlb | None = None, **changes: Any) -> ListenerSnapshot:
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


def _codes(kube: CountingCluster, alb: Any, **changes: Any) -> list[str]:
    snapshot = _taken(kube, alb, **changes)
    assert snapshot.failures == ()
    return [str(one.code) for one in snapshot.bypasses]


STRONG = {"securityPolicyId": "tls_cipher_policy_1_2"}


@dataclass(kw_only=True)
class AlbWithMore(OneListenerAlb):
    """An ALB with one more HTTPS listener than its AlbConfig, which requests certificates of these CAs."""

    identifiers: tuple[str, ...] = ()

    def listener(self, _id: str, **where: object) -> Listener:
        """Return the listener of a port."""
        return on_alb() if where["port"] == 443 else self._more

    @property
    def _more(self) -> Listener:
        return replace(on_alb(enabled=bool(self.identifiers), identifiers=self.identifiers), port=9443)

    def listeners(self, _id: str) -> list[Listener]:
        """Return both listeners."""
        return [on_alb(), self._more]


@pytest.mark.parametrize("seen_on_alb", [True, False], ids=["status and verify", "preview"])
@pytest.mark.parametrize(
    ("identifiers", "expected"),
    [
        ((), ["UNMANAGED_LISTENER"]),
        (("another-ca-1234",), ["UNMANAGED_LISTENER"]),
        ((IDENTIFIER,), []),
        ((f"{IDENTIFIER}-cn-hangzhou",), []),
    ],
    ids=["requests none", "another CA", "the same CA", "the same CA with a suffix"],
)
def test_a_listener_that_only_the_alb_has_is_found_unless_it_requests_certificates_of_the_same_ca(
    identifiers: tuple[str, ...], expected: list[str], seen_on_alb: bool
) -> None:
    kube = CountingCluster(item=albconfig(https(**STRONG)))

    assert _codes(kube, AlbWithMore(identifiers=identifiers), on_alb=seen_on_alb) == expected


@dataclass(kw_only=True)
class AlbThatEnds(AlbWithMore):
    """The same, but it does not answer for the further listener."""

    def listener(self, _id: str, **where: object) -> Listener:
        """Return the listener of the AlbConfig."""
        if where["port"] == 443:
            return on_alb()
        raise SILENT


def test_one_that_the_alb_does_not_describe_is_found_and_costs_nothing_else_that_is_known() -> None:
    snapshot = _taken(CountingCluster(item=albconfig(https(**STRONG))), AlbThatEnds())

    assert [str(one.code) for one in snapshot.bypasses] == ["UNMANAGED_LISTENER"]
    assert (snapshot.failures, snapshot.host) == ((SILENT,), "demo.alb.ingress.top")


@dataclass(kw_only=True)
class AlbWithDetails(OneListenerAlb):
    """An ALB whose listing shows less than it knows of its listener, or that hides it."""

    hides: bool = False

    def listeners(self, _id: str) -> list[Any]:
        """Return all listeners as a listing has them."""
        whole = vars(on_alb())
        return [ListenerSummary(**{one.name: whole[one.name] for one in dataclass_fields(ListenerSummary)})]

    def details(self, _summary: ListenerSummary) -> Listener:
        """Return the listener whole."""
        if self.hides:
            raise SILENT
        return on_alb()


def _reusing(**config: Any) -> CountingCluster:
    found = albconfig(https())
    found["spec"]["config"] = config
    return CountingCluster(item=found)


def test_the_listeners_of_a_reused_alb_are_read_whole_and_one_that_cannot_be_stays_as_listed() -> None:
    reused, made = _reusing(id="alb-1"), _reusing()
    asked = {"details": True, "on_alb": False}
    assert _taken(reused, AlbWithDetails(), **asked).alb_listeners == (on_alb(),)
    for kube, changes in ((made, asked), (reused, {**asked, "details": False})):
        [listed] = _taken(kube, AlbWithDetails(), **changes).alb_listeners
        assert not isinstance(listed, Listener)
    hidden = _taken(reused, AlbWithDetails(hides=True), **asked)
    assert (len(hidden.alb_listeners), hidden.failures, hidden.host) == (1, (SILENT,), "demo.alb.ingress.top")


def _old_ca(**fields: Any) -> dict[str, Any]:
    return {"caEnabled": True, "caCertificates": [{"CertificateId": "old-ca-12345"}], **STRONG, **fields}


@dataclass(kw_only=True)
class AlbOfTwo(OneListenerAlb):
    """An ALB with both listeners of the AlbConfig."""

    def listeners(self, _id: str) -> list[Listener]:
        """Return both listeners."""
        return [on_alb(), replace(on_alb(), port=8443)]


THEIRS = claim_of(deployment="deployment-of-theirs", written={}).to_text()


@pytest.mark.parametrize(
    ("changes", "annotations", "expected"),
    [
        ({"take_over": "old-ca-12345"}, None, ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        ({"take_over": "deployment-of-theirs"}, {LISTENER.claim_annotation: THEIRS}, ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        ({}, None, []),
        ({"take_over": "a-ca-that-was-taken-long-ago"}, None, []),
        ({"take_over": "deployment-taken-long-ago"}, {LISTENER.claim_annotation: THEIRS}, []),
        ({"take_over": "old-ca-12345", "protected": [replace(LISTENER, port=8443)]}, None, []),
    ],
    ids=[
        "the CA is taken over", "the deployment is", "nothing is", "another CA was", "another deployment was",
        "both listeners are",
    ],
)  # fmt: skip
def test_with_take_over_a_listener_that_trusts_the_old_ca_alone_is_a_bypass(
    changes: dict[str, Any], annotations: dict[str, str] | None, expected: list[str]
) -> None:
    routes = [ingress(ports='[{"HTTPS": 443}, {"HTTPS": 8443}]')]
    kube = CountingCluster(
        item=albconfig(https(**_old_ca()), https(8443, **_old_ca()), annotations=annotations), routes=routes
    )

    assert _codes(kube, AlbOfTwo(), ca_identifier=None, on_alb=False, **changes) == expected


UNLISTED = albconfig()


def test_an_albconfig_without_listeners_that_a_gatewayclass_names_is_refused_with_class_and_gateway() -> None:
    api = GatewayApi(classes=[gateway_class("waf", albconfig="alb")], gateways=[gateway(cls="waf")])
    (failure,) = _taken(CountingCluster(item=UNLISTED, gateways=api)).failures
    assert isinstance(failure, ListenersOfGateway)
    assert "it belongs to GatewayClass waf (Gateway default/edge)" in str(failure)
    assert "make an AlbConfig with an HTTPS listener, route the hosts by an Ingress on it" in str(failure)


def test_an_albconfig_without_listeners_that_no_gateway_uses_yet_is_refused_with_the_class_alone() -> None:
    api = GatewayApi(classes=[gateway_class("waf", albconfig="alb")])
    (failure,) = _taken(CountingCluster(item=UNLISTED, gateways=api)).failures
    assert "GatewayClass waf (no Gateway yet)" in str(failure)


@pytest.mark.parametrize(
    ("item", "named"), [(UNLISTED, "another"), (albconfig(https(8443)), "alb")], ids=["no GatewayClass", "others"]
)
def test_a_missing_listener_stays_one_where_the_albconfig_has_others_or_no_gatewayclass(
    item: dict[str, Any], named: str
) -> None:
    api = GatewayApi(classes=[gateway_class("waf", albconfig=named)])
    (failure,) = _taken(CountingCluster(item=item, gateways=api)).failures
    assert type(failure) is NoSuchListener


def test_routes_over_gateways_are_among_the_bypasses() -> None:
    api = GatewayApi(classes=[gateway_class()], gateways=[gateway()], routes=[http_route()])
    snapshot = _taken(CountingCluster(gateways=api))
    assert "GATEWAY_ROUTE" in [str(one.code) for one in snapshot.bypasses]
    assert "GATEWAY_ROUTE" not in [str(one.code) for one in _taken(CountingCluster()).bypasses]
    assert _taken(CountingCluster(gateways=api), bypasses=False).bypasses == ()


def test_what_may_not_be_read_of_the_gateway_api_is_not_looked_at_and_fails_nothing() -> None:
    snapshot = _taken(ClosedGateways())
    assert snapshot.failures == ()
    assert snapshot.not_looked_at == snapshot.unknown
    assert snapshot.unknown[0].startswith("HTTPRoutes of the Gateway API were not looked at: user ops may not list")
    assert snapshot.host == "demo.alb.ingress.top"
    assert _taken(CountingCluster()).not_looked_at == ()


@dataclass(kw_only=True)
class OtherAlbConfigs(Cluster):
    """A cluster without the AlbConfig, with others that it may refuse to list."""

    others: tuple[str, ...] | None = None

    def albconfigs(self) -> list[dict[str, Any]]:
        """Return all AlbConfigs."""
        if self.others is None:
            raise Forbidden(verb="list", resource="albconfigs", user="ops")
        return [{"metadata": {"name": name}} for name in self.others]


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (("gw-10", "gw-2"), "AlbConfig alb does not exist in the cluster; it has gw-2, gw-10"),
        ((), "AlbConfig alb does not exist in the cluster; it has none"),
        (None, "AlbConfig alb does not exist in the cluster; list them with: kubectl get albconfig"),
    ],
)
def test_an_albconfig_that_is_not_there_names_those_that_are(others: tuple[str, ...] | None, said: str) -> None:
    snapshot = _taken(OtherAlbConfigs(item=None, others=others))
    assert [str(one) for one in snapshot.failures] == [said]
