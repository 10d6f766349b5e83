"""How the controller brings the ALB's listeners in line, on the simulated cloud without HTTP."""

from typing import Any

import pytest

from lab.behaviour import ControllerBehaviour
from lab.cloud import Cloud
from lab.controller.apply import Applied, Applier
from lab.controller.go_json import Decoder
from lab.controller.model import build
from lab.settings import ControllerMode
from tests.helpers.certificates import make_root

CERTIFICATE = "1-cn-hangzhou"
HTTP: dict[str, Any] = {"port": 80, "protocol": "HTTP"}
HTTPS: dict[str, Any] = {
    "port": 443,
    "protocol": "HTTPS",
    "certificates": [{"CertificateId": CERTIFICATE, "IsDefault": True}],
}


class World:
    """A cloud and the controller's hands."""

    def __init__(self) -> None:
        """Start with one server certificate and no load balancer."""
        self.cloud = Cloud()
        self.cloud.alb.server_certificates[CERTIFICATE] = None
        self.applier = Applier(self.cloud.alb)
        self.load_balancer_id = ""

    def apply(
        self,
        *listeners: dict[str, Any],
        config: dict[str, Any] | None = None,
        mode: ControllerMode = ControllerMode.MANAGED,
        absent_is_unchanged: bool = False,
        settled: bool = True,
    ) -> Applied:
        """Apply an AlbConfig with these listeners, and let the data plane serve them."""
        desired = build("alb", {"config": config or {}, "listeners": list(listeners)}, decoder=Decoder())
        load_balancer = self.applier.load_balancer(desired, known_id=self.load_balancer_id)
        self.load_balancer_id = load_balancer.load_balancer_id
        behaviour = ControllerBehaviour(mode=mode, absent_is_unchanged=absent_is_unchanged)
        applied = self.applier.apply(self.load_balancer_id, desired, behaviour=behaviour)
        for listener in self.cloud.alb.listeners() if settled else []:
            self.cloud.alb.settle(listener.listener_id, listener.revision)
        return applied

    def labels(self) -> list[str]:
        """Listeners that there are."""
        return sorted(each.label for each in self.cloud.alb.listeners(self.load_balancer_id))


@pytest.fixture
def world() -> World:
    return World()


def test_listeners_of_the_list_are_made(world: World) -> None:
    assert world.apply(HTTP, HTTPS).changed
    assert world.labels() == ["443/HTTPS", "80/HTTP"]


def test_a_second_time_nothing_is_changed(world: World) -> None:
    world.apply(HTTP, HTTPS)
    again = world.apply(HTTP, HTTPS)
    assert (again.changed, again.waiting, again.failures) == (False, [], {})


def test_a_listener_that_left_the_list_is_deleted(world: World) -> None:
    world.apply(HTTP, HTTPS)
    world.apply(HTTPS)
    assert world.labels() == ["443/HTTPS"]


def test_an_https_listener_without_a_certificate_fails_and_the_others_are_made(world: World) -> None:
    applied = world.apply(HTTP, {"port": 443, "protocol": "HTTPS"})
    text = "apply failed. listenerPort: 443 errMsgs: empty https listener default certs"
    assert applied.message() == text
    assert world.labels() == ["80/HTTP"]


@pytest.mark.parametrize("listener", [HTTP, {**HTTPS, "protocol": "QUIC"}], ids=["HTTP", "QUIC"])
def test_client_authentication_on_anything_but_https_is_rejected(world: World, listener: dict[str, Any]) -> None:
    applied = world.apply({**listener, "caEnabled": True, "caCertificates": [{"CertificateId": "ca"}]})
    assert "ErrorCode: IllegalParam.CaEnabled" in applied.message()


def test_an_unknown_ca_is_rejected_with_the_code_of_the_alb(world: World) -> None:
    world.apply(HTTPS)
    applied = world.apply({**HTTPS, "caEnabled": True, "caCertificates": [{"CertificateId": "ca"}]})
    assert "ErrorCode: ResourceNotFound.CaCertificate" in applied.message()


def test_the_open_source_build_never_compares_the_ca(world: World) -> None:
    world.apply(HTTPS, mode=ControllerMode.OPEN_SOURCE)
    asked = {**HTTPS, "caEnabled": True, "caCertificates": [{"CertificateId": "ca"}]}
    applied = world.apply(asked, mode=ControllerMode.OPEN_SOURCE)
    assert (applied.changed, applied.failures) == (False, {})
    (listener,) = world.cloud.alb.listeners()
    assert (listener.ca_enabled, listener.ca_certificate_ids) == (False, [])


def test_a_listener_in_configuring_is_left_until_it_has_settled(world: World) -> None:
    world.apply(HTTPS, settled=False)
    waiting = world.apply({**HTTPS, "idleTimeout": 60})
    assert (waiting.waiting, waiting.changed) == (["443/HTTPS"], False)
    assert world.apply({**HTTPS, "idleTimeout": 60}).changed


def test_listeners_of_a_reused_load_balancer_are_not_touched_unless_the_albconfig_allows_it(world: World) -> None:
    reused = world.cloud.alb.create_load_balancer(name="old", edition="Standard").load_balancer_id
    world.cloud.alb.create_listener(reused, port=443, protocol="HTTPS", certificate_ids=[CERTIFICATE])
    world.cloud.alb.create_listener(reused, port=80, protocol="HTTP")
    plain = world.apply({**HTTPS, "idleTimeout": 60}, config={"id": reused})
    assert "listener already in use, please set forceOverride=true and reconcile" in plain.message()
    assert world.labels() == ["443/HTTPS", "80/HTTP"]
    forced = world.apply({**HTTPS, "idleTimeout": 60}, config={"id": reused, "listenerForceOverride": True})
    assert (forced.changed, forced.failures) == (True, {})
    assert world.labels() == ["443/HTTPS"]


def test_an_albconfig_that_is_gone_takes_its_load_balancer_along(world: World) -> None:
    world.apply(HTTP, HTTPS)
    world.applier.remove(world.load_balancer_id)
    assert world.cloud.alb.load_balancers() == []
    assert world.cloud.alb.listeners() == []


def test_a_reused_load_balancer_stays_with_the_listeners_that_others_made(world: World) -> None:
    reused = world.cloud.alb.create_load_balancer(name="old", edition="Standard").load_balancer_id
    world.cloud.alb.create_listener(reused, port=80, protocol="HTTP")
    world.apply(HTTPS, config={"id": reused})
    assert world.labels() == ["443/HTTPS", "80/HTTP"]
    world.applier.remove(reused)
    assert world.labels() == ["80/HTTP"]


@pytest.fixture
def authority(world: World) -> str:
    cas = world.cloud.cas
    repository = cas.create_repository(name="test", type_="uploadedAuthorityCertificate")
    return cas.upload(pem=make_root().pem, repository_number=repository.number).identifier


def _client_authentication(world: World) -> tuple[bool, list[str]]:
    [listener] = world.cloud.alb.listeners(world.load_balancer_id)
    return listener.ca_enabled, listener.ca_certificate_ids


def test_fields_that_an_albconfig_loses_are_switched_off(world: World, authority: str) -> None:
    world.apply({**HTTPS, "caEnabled": True, "caCertificates": [{"CertificateId": authority}]})
    assert _client_authentication(world) == (True, [authority])
    world.apply(HTTPS)
    assert _client_authentication(world) == (False, [])


def test_where_absent_means_unchanged_only_an_explicit_false_and_an_empty_list_switch_off(
    world: World, authority: str
) -> None:
    on = {**HTTPS, "caEnabled": True, "caCertificates": [{"CertificateId": authority}]}
    world.apply(on, absent_is_unchanged=True)
    for silent in (HTTPS, {**HTTPS, "caEnabled": None, "caCertificates": None}):
        assert not world.apply(silent, absent_is_unchanged=True).changed
        assert _client_authentication(world) == (True, [authority])
    world.apply({**HTTPS, "caEnabled": False}, absent_is_unchanged=True)
    assert _client_authentication(world) == (False, [authority])
    world.apply({**HTTPS, "caEnabled": False, "caCertificates": []}, absent_is_unchanged=True)
    assert _client_authentication(world) == (False, [])


def test_where_absent_means_unchanged_a_new_listener_requests_no_certificate(world: World) -> None:
    world.apply(HTTPS, absent_is_unchanged=True)
    assert _client_authentication(world) == (False, [])
