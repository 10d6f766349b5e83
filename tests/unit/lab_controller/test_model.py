"""What an AlbConfig asks for: defaults, certificates, and the mistakes that stop everything."""

from typing import Any

import pytest

from lab.controller.go_json import Decoder
from lab.controller.model import BuildError, DesiredListener, build

HTTPS: dict[str, Any] = {
    "port": 443,
    "protocol": "HTTPS",
    "certificates": [{"CertificateId": "1-cn-hangzhou", "IsDefault": True}],
}


def _listener(**changes: Any) -> DesiredListener:
    spec = {"config": {}, "listeners": [{**HTTPS, **changes}]}
    return build("alb", spec, decoder=Decoder()).listeners[0]


def test_a_listener_without_further_words_has_the_defaults_of_the_controller() -> None:
    attributes = _listener().attributes
    assert attributes["security_policy_id"] == "tls_cipher_policy_1_0"
    assert (attributes["idle_timeout"], attributes["request_timeout"]) == (15, 60)
    assert (attributes["gzip_enabled"], attributes["http2_enabled"]) == (True, True)


def test_client_authentication_is_as_the_listener_has_it() -> None:
    listener = _listener(caEnabled=True, caCertificates=[{"CertificateId": "ca"}])
    assert (listener.ca_enabled, listener.ca_certificate_ids) == (True, ("ca",))


def test_switched_off_the_ca_is_kept() -> None:
    listener = _listener(caEnabled=False, caCertificates=[{"CertificateId": "ca"}])
    assert (listener.ca_enabled, listener.ca_certificate_ids) == (False, ("ca",))


@pytest.mark.parametrize(
    ("certificates", "ids"),
    [
        pytest.param([("a", True), ("b", False)], ("a", "b"), id="a marked default comes first"),
        pytest.param([("a", False), ("b", True)], ("b", "a"), id="a marked default comes first from anywhere"),
        pytest.param([("a", False), ("b", False)], ("a", "b"), id="without a mark the first is the default"),
        pytest.param([("a", True), ("b", True)], (), id="two defaults are none"),
        pytest.param([], (), id="no certificate"),
    ],
)
def test_a_listener_has_one_default_certificate(certificates: list[tuple[str, bool]], ids: tuple[str, ...]) -> None:
    listed = [{"CertificateId": name, "IsDefault": default} for name, default in certificates]
    assert _listener(certificates=listed).certificate_ids == ids


def test_the_default_certificate_field_outranks_the_mark() -> None:
    field = {"kind": "CertIdentifier", "certificateId": "2-cn-hangzhou"}
    assert _listener(defaultCertificate=field).certificate_ids == ("2-cn-hangzhou", "1-cn-hangzhou")


def test_an_http_listener_has_no_certificates() -> None:
    assert _listener(protocol="HTTP").certificate_ids == ()


def test_header_options_that_are_off_are_left_out() -> None:
    config = {
        "XForwardedForClientCertSubjectDNEnabled": True,
        "XForwardedForClientCertIssuerDNEnabled": False,
    }
    desired = {"XForwardedForClientCertSubjectDNEnabled": True}
    assert _listener(xForwardedForConfig=config).attributes["x_forwarded_for"] == desired


def test_a_wrong_type_is_reported_as_an_error_of_the_whole_albconfig() -> None:
    text = (
        "unmarshalling albconfig error: json: cannot unmarshal string into Go struct field "
        "ListenerSpec.listeners.caEnabled of type bool"
    )
    with pytest.raises(BuildError) as refused:
        _listener(caEnabled="true")
    assert str(refused.value) == text


def test_options_indented_into_an_item_of_their_own_are_reported() -> None:
    spec = {"listeners": [HTTPS, {"caEnabled": True}]}
    with pytest.raises(BuildError, match=r"^Listener is not fulfilled yet: 0-$"):
        build("alb", spec, decoder=Decoder())


def test_an_edition_that_the_controller_makes_is_taken() -> None:
    spec = {"config": {"edition": "StandardWithWaf"}}
    assert build("alb", spec, decoder=Decoder()).edition == "StandardWithWaf"


def test_the_edition_basic_cannot_be_made() -> None:
    with pytest.raises(BuildError, match=r"^LoadBalancer Edition: Basic can't use for ingress controller$"):
        build("alb", {"config": {"edition": "Basic"}}, decoder=Decoder())


def test_a_reused_load_balancer_may_be_taken_over_only_when_the_albconfig_allows_it() -> None:
    plain = build("alb", {"config": {"id": "alb-1"}}, decoder=Decoder())
    forced = build("alb", {"config": {"id": "alb-1", "listenerForceOverride": True}}, decoder=Decoder())
    assert (plain.reused_id, plain.overrides, forced.overrides) == ("alb-1", False, True)


def test_the_last_of_two_items_for_one_listener_counts() -> None:
    spec = {"listeners": [HTTPS, {**HTTPS, "idleTimeout": 60}]}
    listeners = build("alb", spec, decoder=Decoder()).listeners
    assert [each.attributes["idle_timeout"] for each in listeners] == [60]
