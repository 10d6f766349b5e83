"""What doctor says when something that an `up` needs is missing; each beside the line for when it is there."""

import socket
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from alb_mtls.aliyun.alb import Listener, LoadBalancer
from alb_mtls.aliyun.errors import InvalidCredentials
from alb_mtls.cluster.errors import ClusterError, CrdMissing, DeadlinePassed, Forbidden
from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.resources import AlbApi
from ops.doctor.cluster import examine_cluster
from ops.doctor.controller import examine_controller
from ops.doctor.diagnosis import Health, Line, once, stopping
from ops.doctor.listeners import host_lines, listener_lines, region_lines
from tests.helpers.albconfigs import LISTENER, albconfig
from tests.helpers.claims import claim_of
from tests.helpers.current import LOAD_BALANCER, in_cluster, on_alb
from tests.helpers.ingresses import deployment


def _alb(*, edition: str = "Standard", status: str = "Active") -> LoadBalancer:
    return replace(LOAD_BALANCER, edition=edition, status=status)


def _lines(
    load_balancer: LoadBalancer | None,
    found: Listener | None = None,
    *failures: Exception,
    connect_to: tuple[str, ...] = ("127.0.0.1:443",),
) -> list[Line]:
    snapshot = ListenerSnapshot(
        key=LISTENER, albconfig=in_cluster(), load_balancer=load_balancer, on_alb=found, failures=failures
    )
    return list(listener_lines(snapshot, connect_to))


def _problems(lines: list[Line]) -> list[str]:
    return [f"{line.topic}: {line.found}" for line in lines if line.health is Health.PROBLEM]


def test_an_active_alb_with_a_running_listener_is_fine() -> None:
    assert _problems(_lines(_alb(), on_alb())) == []


@pytest.mark.parametrize(
    ("load_balancer", "found", "sentence"),
    [
        (
            _alb(edition="Basic"),
            on_alb(),
            (
                "ALB: ALB alb-1 is of edition Basic, which cannot authenticate clients; "
                "upgrade it to Standard or StandardWithWaf"
            ),
        ),
        (_alb(status="Provisioning"), on_alb(), "ALB: ALB alb-1 is Provisioning, not Active"),
        (_alb(), None, "ALB: listener 443/HTTPS of AlbConfig alb is not on ALB alb-1"),
        (
            _alb(),
            on_alb(status="Configuring"),
            "ALB: listener 443/HTTPS of AlbConfig alb is Configuring, not Running",
        ),
    ],
    ids=["edition Basic", "ALB not Active", "listener missing", "listener not Running"],
)
def test_an_alb_that_is_not_ready_is_a_problem(
    load_balancer: LoadBalancer, found: Listener | None, sentence: str
) -> None:
    assert _problems(_lines(load_balancer, found)) == [sentence]


def test_an_edition_is_fine_where_alb_editions_has_it() -> None:
    snapshot = ListenerSnapshot(
        key=LISTENER, albconfig=in_cluster(), load_balancer=_alb(edition="Extensible"), on_alb=on_alb()
    )
    [refused] = _problems(list(listener_lines(snapshot, ("127.0.0.1:443",))))
    assert "is of edition Extensible, which is not among alb.editions (Standard, StandardWithWaf)" in refused
    assert _problems(list(listener_lines(snapshot, ("127.0.0.1:443",), ["Extensible"]))) == []


def test_a_waf_that_the_albconfig_does_not_say_is_a_problem_with_the_command() -> None:
    lines = _lines(_alb(edition="StandardWithWaf"), on_alb())
    [found] = [line for line in lines if line.health is Health.PROBLEM]
    assert "(EDITION_REVERT)" in found.found
    assert "kubectl patch albconfig alb" in found.remedy


def test_a_reused_alb_is_a_problem_where_the_albconfig_has_no_effect_or_is_not_the_only_one() -> None:
    item = in_cluster(enabled=None, identifiers=())
    item["spec"]["config"] = {"id": "alb-of-alb"}
    there = replace(on_alb(enabled=False, identifiers=()), fields={"description": "made in the console"})
    values: dict[str, Any] = {"key": LISTENER, "albconfig": item, "load_balancer": _alb(), "on_alb": there}

    def problems(**changes: Any) -> list[str]:
        return _problems(list(listener_lines(ListenerSnapshot(**{**values, **changes}), ("127.0.0.1:443",))))

    [unheard] = problems(alb_listeners=(there,))
    assert "caEnabled has no effect" in unheard
    [both] = problems(sharing=("second",))
    assert "is named by AlbConfig alb and by second too" in both
    assert problems(alb_listeners=(replace(there, fields={"description": "ingress-auto-listener-443"}),)) == []
    item["spec"]["listeners"][0]["description"] = "made in the console"
    assert problems(alb_listeners=(there,)) == []


def test_what_the_next_write_resets_is_a_note_and_our_own_fields_are_none_of_it() -> None:
    item = in_cluster()
    item["spec"]["config"] = {"id": "alb-of-alb"}
    edited = {"description": "ingress-auto-listener-443", "idleTimeout": 60}
    there = replace(on_alb(enabled=False), fields=edited)
    snapshot = ListenerSnapshot(
        key=LISTENER, albconfig=item, load_balancer=_alb(), on_alb=there, alb_listeners=(there,)
    )
    notes = [line for line in listener_lines(snapshot, ("127.0.0.1:443",)) if "the next write" in line.found]
    [line] = notes
    assert line.health is Health.NOTE
    assert line.found.endswith("idleTimeout is 60 on the ALB, and 15 in the AlbConfig by default")


def test_an_alb_api_that_refuses_the_caller_is_a_problem_beside_what_the_cluster_knows() -> None:
    lines = _lines(None, None, InvalidCredentials("the access key is not known there", api="X", target="y"))
    assert _problems(lines) == ["ALB: the access key is not known there"]
    assert [line.topic for line in lines if line.health is Health.FINE] == ["AlbConfig"]


def test_a_listener_without_a_server_certificate_is_a_problem_of_the_albconfig() -> None:
    bare = albconfig({"port": 443, "protocol": "HTTPS"})
    lines = listener_lines(ListenerSnapshot(key=LISTENER, albconfig=bare), ())
    assert [line.topic for line in lines if line.health is Health.PROBLEM] == ["AlbConfig"]


@pytest.mark.parametrize(("port", "problems"), [(443, 1), (8443, 0)])
def test_a_hold_is_a_problem_of_its_own_listener(port: int, problems: int) -> None:
    item = in_cluster(annotations={f"alb-mtls/hold.{port}.https": "ticket 4711"})
    lines = listener_lines(ListenerSnapshot(key=LISTENER, albconfig=item), ())
    assert [("ticket 4711" in line.found) for line in lines if line.health is Health.PROBLEM] == [True] * problems


@pytest.mark.parametrize(
    ("alb", "name", "stops"),
    [
        (AlbApi(endpoint=None, region="cn-beijing"), "alb-1.cn-hangzhou.alb.aliyuncs.com", True),
        (AlbApi(endpoint=None, region="cn-hangzhou"), "alb-1.cn-hangzhou.alb.aliyuncs.com", False),
        # Which API is called does not hang on the region then.
        (AlbApi(endpoint="127.0.0.1:1", region="cn-beijing"), "alb-1.cn-hangzhou.alb.aliyuncs.com", False),
        (AlbApi(endpoint=None, region="cn-beijing"), "alb.example", False),
        (AlbApi(endpoint=None, region="cn-beijing"), "", False),
    ],
)
def test_a_region_that_is_not_in_the_name_of_the_alb_stops_an_up(alb: AlbApi, name: str, *, stops: bool) -> None:
    item = in_cluster()
    item["status"] = {"loadBalancer": {"id": "alb-1", "dnsname": name}}
    lines = list(region_lines(ListenerSnapshot(key=LISTENER, albconfig=item), alb))
    assert [line.stops_up for line in lines] == [True] * stops
    assert all("set alicloud:region: cn-hangzhou" in line.remedy for line in lines)
    assert list(region_lines(ListenerSnapshot(key=LISTENER), alb)) == []


def test_what_the_cloud_says_to_every_call_is_named_once() -> None:
    refused = [stopping("CAS", f"it does not accept the key (request {number})") for number in (1, 2)]
    assert list(once([*refused, stopping("ALB", "another")])) == [refused[0], stopping("ALB", "another")]


@pytest.mark.parametrize("known", [True, False])
def test_a_name_without_an_address_is_a_problem_with_a_way_out(monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    def resolve(*_: object, **__: object) -> list[Any]:
        if not known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("192.0.2.1", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    line = _lines(_alb(), on_alb(), connect_to=())[-1]
    assert line.health is (Health.FINE if known else Health.PROBLEM)
    assert known or "set connectTo" in line.remedy


def _hosts(*namespaces: str) -> tuple[ListenerHost, ...]:
    return tuple(
        ListenerHost(host=f"{one}.example", namespace=one, ingress="web", created=f"2026-01-0{day}T00:00:00Z")
        for day, one in enumerate(namespaces, 1)
    )


def _about_the_host(proof: ProofSettings, hosts: tuple[ListenerHost, ...] | None) -> list[Line]:
    return list(host_lines(ListenerSnapshot(key=LISTENER, albconfig=in_cluster(), hosts=hosts), proof))


NO_HOST = ProofSettings(mode="required", host=None, path="/", deadline_seconds=120, server_ca="system")


def test_where_several_namespaces_share_a_listener_a_host_for_the_proof_is_required() -> None:
    [line] = _about_the_host(NO_HOST, _hosts("shop", "a-tenant"))
    assert line.health is Health.PROBLEM
    assert "probes shop.example, of Ingress shop/web, since proof.host is not set" in line.found
    assert "Ingresses of a-tenant, shop share the listener" in line.found
    assert line.remedy.startswith("set proof.host")


def test_where_one_namespace_has_a_listener_the_doctor_notes_the_host_of_the_proof() -> None:
    [line] = _about_the_host(NO_HOST, _hosts("shop"))
    assert (line.health, line.remedy.startswith("set proof.host")) == (Health.NOTE, True)
    [line] = _about_the_host(NO_HOST, ())
    assert (line.health, line.found) == (Health.PROBLEM, f"{LISTENER.label} has no host that a proof can probe")


@pytest.mark.parametrize(
    ("host", "rule", "routed"),
    [
        ("shop.example", "shop.example", True),
        ("SHOP.example", "shop.example", True),
        ("a.shop.example", "*.shop.example", True),
        ("anything.example", "*", True),
        ("shop.example", "*.shop.example", False),
        ("other.example", "shop.example", False),
    ],
)
def test_a_host_of_the_proof_that_no_ingress_routes_is_a_problem_with_the_hosts_that_there_are(
    host: str, rule: str, *, routed: bool
) -> None:
    hosts = (replace(_hosts("shop")[0], host=rule),)
    problems = [line.found for line in _about_the_host(replace(NO_HOST, host=host), hosts)]
    found = f"no Ingress on {LISTENER.label} has proof.host {host}; hosts on it: {rule}"
    assert problems == ([] if routed else [found])


@pytest.mark.parametrize("proof", [replace(NO_HOST, host="shop.example"), replace(NO_HOST, mode="api")])
def test_no_host_is_required_that_is_there_or_that_no_proof_needs(proof: ProofSettings) -> None:
    assert _about_the_host(proof, _hosts("shop", "a-tenant")) == []
    assert _about_the_host(NO_HOST, None) == []


def test_a_cluster_that_does_not_know_albconfig_is_a_problem_that_names_what_to_install() -> None:
    def no_kind() -> None:
        raise CrdMissing

    kube: Any = SimpleNamespace(kube_system_uid=lambda: "uid-1", crd=no_kind, ingress_classes=list)
    problems = _problems(list(examine_cluster(kube)))
    assert any("install the add-on alb-ingress-controller" in each for each in problems)


ACK = "registry-vpc.cn-hangzhou.aliyuncs.com/acs/alb-ingress-controller"


def _about_the_controller(*images: str, failure: ClusterError | None = None) -> tuple[Health, str, str]:
    def deployments(_namespace: str) -> list[Any]:
        if failure is not None:
            raise failure
        return [deployment(image) for image in images]

    kube: Any = SimpleNamespace(deployments=deployments)
    (line,) = examine_controller(kube)
    return line.health, line.found, line.remedy


@pytest.mark.parametrize("tag", ["v2.11.0-aliyun.1", "v2.11.0", "v2.20.0", "v3.1.1"])
def test_a_controller_with_mutual_tls_is_fine_beside_whatever_else_runs_there(tag: str) -> None:
    health, found, _ = _about_the_controller("registry/coredns:v1.9.3", f"{ACK}:{tag}")
    assert (health, f"alb-ingress-controller:{tag}" in found) == (Health.FINE, True)


@pytest.mark.parametrize("tag", ["v2.10.9", "v2.9.0-aliyun.1", "v1.12.0"])
def test_a_controller_of_before_mutual_tls_is_a_problem_with_its_image_and_the_bound(tag: str) -> None:
    health, found, _ = _about_the_controller(f"{ACK}:{tag}")
    assert health is Health.PROBLEM
    assert f"alb-ingress-controller:{tag}, but mutual TLS is supported since v2.11.0" in found


def test_the_open_source_controller_is_a_problem_whatever_its_number() -> None:
    health, found, _ = _about_the_controller("registry/load-balancer-controller:v9.0.0")
    assert (health, "which ignores caEnabled" in found) == (Health.PROBLEM, True)


@pytest.mark.parametrize("image", [f"{ACK}:latest", ACK, f"{ACK}@sha256:0123"])
def test_a_tag_that_is_no_version_is_noted_and_not_compared(image: str) -> None:
    health, found, remedy = _about_the_controller(image)
    assert (health, "whose tag is no version" in found) == (Health.NOTE, True)
    assert "ACK console: Clusters, the name of the cluster, Add-ons, ALB Ingress Controller" in remedy


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (None, "no Deployment of kube-system runs it"),
        (Forbidden(verb="list", resource="deployments.apps", user="ops"), "may not list Deployments"),
        (DeadlinePassed("list deployments failed for 30 s"), "failed for 30 s"),
    ],
    ids=["managed by ACK", "no permission", "no answer"],
)
def test_a_controller_without_a_visible_version_is_one_line_that_says_where_to_look(
    failure: ClusterError | None, words: str
) -> None:
    health, found, remedy = _about_the_controller(failure=failure)
    assert (health, words in found) == (Health.NOTE, True)
    assert remedy.startswith("look at it in the ACK console: Clusters, the name of the cluster, Add-ons")


def test_identity_headers_are_named_where_they_stand_as_claimed_and_what_differs_where_they_do_not() -> None:
    key = "XForwardedForClientCertSubjectDNEnabled"
    held = claim_of(written={"/xForwardedForConfig": {}, f"/xForwardedForConfig/{key}": True})
    item, found = in_cluster(claim=held), on_alb()

    def lines(*, says: bool, shown: bool) -> list[Line]:
        item["spec"]["listeners"][0]["xForwardedForConfig"] = {key: says}
        listener = replace(found, fields={"xForwardedForConfig": {key: shown}})
        snapshot = ListenerSnapshot(key=LISTENER, albconfig=item, load_balancer=_alb(), on_alb=listener)
        return list(listener_lines(snapshot, ("127.0.0.1:443",)))

    assert "sends the identity headers X-Forwarded-Clientcert-subjectdn" in str(lines(says=True, shown=True))
    assert _problems(lines(says=True, shown=True)) == []
    assert (
        f"of xForwardedForConfig, {key} is false; written was {key} is true"
        in _problems(lines(says=False, shown=True))[0]
    )
    assert f"identity headers on the ALB: {key} is false" in _problems(lines(says=True, shown=False))[0]
    assert "identity headers" not in str(_lines(_alb(), on_alb()))
