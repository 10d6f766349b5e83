"""How the controller brings the ALB's listeners in line, on the simulated cloud without HTTP."""

from typing import Any

import pytest

from lab.behaviour import ControllerBehaviour, SecondAlbConfig, SetsEdition
from lab.cloud import Cloud
from lab.controller.apply import Applied, Applier, ReuseError
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
        name: str = "alb",
        mode: ControllerMode = ControllerMode.MANAGED,
        absent_is_unchanged: bool = False,
        second_albconfig: SecondAlbConfig = SecondAlbConfig.REFUSED,
        names_lost_cas: bool = False,
        sets_edition: SetsEdition = SetsEdition.OWN,
        settled: bool = True,
    ) -> Applied:
        """Apply an AlbConfig with these listeners, and let the data plane serve them."""
        desired = build(name, {"config": config or {}, "listeners": list(listeners)}, decoder=Decoder())
        behaviour = ControllerBehaviour(
            mode=mode,
            absent_is_unchanged=absent_is_unchanged,
            second_albconfig=second_albconfig,
            names_lost_cas=names_lost_cas,
            sets_edition=sets_edition,
        )
        load_balancer = self.applier.load_balancer(
            desired, albconfig=name, known_id=self.load_balancer_id, behaviour=behaviour
        )
        self.load_balancer_id = load_balancer.load_balancer_id
        self.applier.apply_edition(load_balancer, desired, behaviour=behaviour)
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


def test_an_unknown_ca_is_reported_in_the_words_of_the_catalogue_or_by_its_name_where_that_is_switched(
    world: World,
) -> None:
    world.apply(HTTPS)
    unknown = {**HTTPS, "caEnabled": True, "caCertificates": [{"CertificateId": "ca-404"}]}
    words = "apply failed. listenerPort: 443 errMsgs: the following certificate IDs have expired: []"
    assert world.apply(unknown).message() == words
    applied = world.apply(unknown, names_lost_cas=True)
    assert "ErrorCode: ResourceNotFound.CaCertificate" in applied.message()
    assert "ca-404" in applied.message()


def test_the_open_source_build_never_compares_the_ca(world: World) -> None:
    world.apply(HTTPS, mode=ControllerMode.OPEN_SOURCE)
    asked = {**HTTPS, "caEnabled": True, "caCertificates": [{"CertificateId": "ca"}]}
    applied = world.apply(asked, mode=ControllerMode.OPEN_SOURCE)
    assert (applied.changed, applied.failures) == (False, {})
    (listener,) = world.cloud.alb.listeners()
    assert (listener.ca_enabled, listener.ca_certificate_ids) == (False, [])


@pytest.mark.parametrize("mode", ControllerMode)
def test_the_open_source_build_gives_a_new_listener_the_alias_of_another_header_and_sets_it_right_later(
    world: World, mode: ControllerMode
) -> None:
    aliases = {f"XForwardedForClientCert{part}Alias": part.lower() for part in ("SubjectDN", "IssuerDN")}
    asked = {**HTTPS, "xForwardedForConfig": {**aliases, "XForwardedForClientCertSubjectDNEnabled": True}}
    for is_new in (True, False):
        world.apply(asked, mode=mode)
        (listener,) = world.cloud.alb.listeners()
        mixed_up = is_new and mode is ControllerMode.OPEN_SOURCE
        expected = "issuerdn" if mixed_up else "subjectdn"
        assert listener.x_forwarded_for["XForwardedForClientCertSubjectDNAlias"] == expected


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
    world.applier.release(world.load_balancer_id, albconfig="alb")
    assert world.cloud.alb.load_balancers() == []
    assert world.cloud.alb.listeners() == []


@pytest.fixture
def reused(world: World) -> str:
    """A load balancer that was there before."""
    return world.cloud.alb.create_load_balancer(name="old", edition="StandardWithWaf").load_balancer_id


def test_a_reused_load_balancer_stays_with_all_its_listeners(world: World, reused: str) -> None:
    world.cloud.alb.create_listener(reused, port=80, protocol="HTTP")
    world.apply(HTTPS, config={"id": reused})
    assert world.labels() == ["443/HTTPS", "80/HTTP"]
    world.applier.release(reused, albconfig="alb")
    assert world.labels() == ["443/HTTPS", "80/HTTP"]
    assert world.cloud.alb.load_balancer(reused).albconfig == ""


@pytest.mark.parametrize("override", ["forceOverride", "listenerForceOverride"])
def test_with_an_override_the_listeners_that_an_albconfig_does_not_have_are_deleted(
    world: World, reused: str, override: str
) -> None:
    world.cloud.alb.create_listener(reused, port=80, protocol="HTTP")
    world.apply(HTTPS, config={"id": reused, override: True})
    assert world.labels() == ["443/HTTPS"]


def test_where_one_listener_is_in_use_new_ones_are_made_and_the_others_stay_as_they_are(
    world: World, reused: str
) -> None:
    world.apply(HTTPS, config={"id": reused})
    world.cloud.alb.create_listener(reused, port=80, protocol="HTTP")
    other = {"port": 81, "protocol": "HTTP"}
    applied = world.apply(HTTP, other, {**HTTPS, "idleTimeout": 60}, config={"id": reused})
    assert list(applied.failures) == ["80/HTTP"]
    assert world.labels() == ["443/HTTPS", "80/HTTP", "81/HTTP"]
    assert {each.label: each.idle_timeout for each in world.cloud.alb.listeners()}["443/HTTPS"] == 15


def test_a_listener_with_a_description_of_its_own_is_in_use_once_it_was_made(world: World, reused: str) -> None:
    described = {**HTTPS, "description": "shop"}
    assert world.apply(described, config={"id": reused}).failures == {}
    assert "already in use" in world.apply(described, config={"id": reused}).message()
    assert world.apply(described, config={"id": reused, "listenerForceOverride": True}).failures == {}


def test_a_second_albconfig_of_a_load_balancer_is_refused_and_changes_nothing(world: World, reused: str) -> None:
    world.apply(HTTPS, config={"id": reused}, name="first")
    text = f"alb {reused} belongs to albconfig: first, cant reuse alb to another albconfig: second"
    with pytest.raises(ReuseError, match=text):
        world.apply(HTTP, config={"id": reused, "forceOverride": True}, name="second")
    assert world.labels() == ["443/HTTPS"]
    world.applier.release(reused, albconfig="second")
    assert world.cloud.alb.load_balancer(reused).albconfig == "first"
    world.applier.release(reused, albconfig="first")
    world.apply(HTTP, config={"id": reused}, name="second")


def test_by_a_switch_a_second_albconfig_takes_over_and_deletes_what_the_first_has_made(
    world: World, reused: str
) -> None:
    world.cloud.alb.create_listener(reused, port=81, protocol="HTTP")
    world.apply(HTTPS, config={"id": reused}, name="first")
    world.apply(HTTP, config={"id": reused}, name="second", second_albconfig=SecondAlbConfig.TAKES_OVER)
    assert world.labels() == ["80/HTTP", "81/HTTP"]
    world.applier.release(reused, albconfig="second")
    assert world.labels() == ["80/HTTP", "81/HTTP"]


@pytest.mark.parametrize(("says", "becomes"), [({}, "Standard"), ({"edition": "StandardWithWaf"}, "StandardWithWaf")])
def test_a_load_balancer_gets_the_edition_that_its_albconfig_says_or_standard(
    world: World, says: dict[str, Any], becomes: str
) -> None:
    world.apply(HTTP, config=says)
    world.cloud.alb.change_load_balancer(world.load_balancer_id, edition="StandardWithWaf")
    world.apply(HTTP, config=says)
    assert world.cloud.alb.load_balancer(world.load_balancer_id).edition == becomes


@pytest.mark.parametrize("override", [{"forceOverride": True}, {"listenerForceOverride": True}, {}])
def test_a_reused_load_balancer_keeps_its_edition_but_with_force_by_a_switch(
    world: World, reused: str, override: dict[str, Any]
) -> None:
    config = {"id": reused, **override}
    world.apply(HTTP, config=config)
    assert world.cloud.alb.load_balancer(reused).edition == "StandardWithWaf"
    world.apply(HTTP, config=config, sets_edition=SetsEdition.FORCED)
    becomes = "Standard" if "forceOverride" in override else "StandardWithWaf"
    assert world.cloud.alb.load_balancer(reused).edition == becomes


def test_by_a_switch_no_edition_is_set(world: World) -> None:
    world.apply(HTTP)
    world.cloud.alb.change_load_balancer(world.load_balancer_id, edition="StandardWithWaf")
    world.apply(HTTP, sets_edition=SetsEdition.NEVER)
    assert world.cloud.alb.load_balancer(world.load_balancer_id).edition == "StandardWithWaf"


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
