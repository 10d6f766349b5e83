"""What the next reconcile resets on an ALB, whoever causes it: with both values, and nothing that is not known."""

from collections.abc import Sequence
from typing import Any

import pytest

from alb_mtls.aliyun.alb_models import Listener, ListenerSummary, LoadBalancer
from alb_mtls.listeners.woken import woken
from tests.fakes.alb import listener_on_alb
from tests.helpers.albconfigs import LISTENER, albconfig, http, https

REUSES = {"id": "alb-1"}
OWN = {"description": "ingress-auto-listener-443"}
HEADERS = "xForwardedForConfig"


def _lines(
    *listeners: Any,
    on_alb: Sequence[ListenerSummary],
    config: dict[str, Any] | None = None,
    edition: str = "Standard",
) -> list[str]:
    found = albconfig(*(listeners or (https(),)))
    found["spec"]["config"] = REUSES if config is None else config
    alb = LoadBalancer(load_balancer_id="alb-1", name="alb", edition=edition, status="Active", dns_name="alb.example")
    return woken(found, alb, on_alb, ours=[LISTENER])


def _shown(port: int = 443, protocol: str = "HTTPS", *, identifiers: tuple[str, ...] = (), **fields: Any) -> Listener:
    enabled = bool(identifiers)
    return listener_on_alb(
        port=port,
        protocol=protocol,
        enabled=enabled,
        identifiers=identifiers,
        fields={"description": f"ingress-auto-listener-{port}", **fields},
    )


@pytest.mark.parametrize(
    ("field", "shown", "default", "says"),
    [
        ("idleTimeout", 60, "15", 30),
        ("requestTimeout", 180, "60", 30),
        ("gzipEnabled", False, "true", None),
        ("http2Enabled", False, "true", None),
        ("securityPolicyId", "tls_cipher_policy_1_2", "tls_cipher_policy_1_0", "tls_cipher_policy_1_1"),
    ],
)
def test_a_field_that_the_console_has_changed_is_named_with_both_values(
    field: str, shown: Any, default: str, says: Any
) -> None:
    on_alb = [_shown(**{field: shown})]
    text = str(shown).lower()
    expected = f"listener 443/HTTPS: {field} is {text} on the ALB, and {default} in the AlbConfig by default"
    assert _lines(on_alb=on_alb) == [expected]
    assert _lines(https(**{field: shown}), on_alb=on_alb) == []
    if says is not None:
        [line] = _lines(https(**{field: says}), on_alb=on_alb)
        assert line.endswith(f"and {says} in the AlbConfig")


def test_what_the_alb_does_not_show_and_what_has_the_wrong_type_is_not_claimed() -> None:
    assert _lines(https(idleTimeout=30), on_alb=[_shown()]) == []
    assert _lines(https(idleTimeout="30"), on_alb=[_shown(idleTimeout=60)]) == []
    assert _lines(http(), on_alb=[_shown(80, "HTTP", http2Enabled=False, securityPolicyId="x")]) == []


def test_an_alb_that_the_controller_made_is_compared_with_what_the_albconfig_says_and_with_no_default() -> None:
    on_alb = [_shown(idleTimeout=60, gzipEnabled=False)]
    assert _lines(on_alb=on_alb, config={}) == []
    [line] = _lines(https(idleTimeout=30), on_alb=on_alb, config={})
    assert line == "listener 443/HTTPS: idleTimeout is 60 on the ALB, and 30 in the AlbConfig"


def test_headers_are_compared_one_by_one() -> None:
    shown = {"XForwardedForProtoEnabled": True, "XForwardedForEnabled": True, "XForwardedForHostEnabled": True}
    on_alb = [_shown(xForwardedForConfig=shown)]
    expected = f"{HEADERS}.XForwardedForProtoEnabled is true on the ALB, and false in the AlbConfig by default"
    assert _lines(on_alb=on_alb) == [f"listener 443/HTTPS: {expected}"]
    assert _lines(https(xForwardedForConfig={"XForwardedForProtoEnabled": True}), on_alb=on_alb) == []


def test_client_authentication_of_another_listener_is_named_and_that_of_ours_is_ours() -> None:
    both = [_shown(identifiers=("ca-1",)), _shown(8443, identifiers=("ca-2",))]
    assert _lines(https(), https(8443), on_alb=both) == [
        "listener 8443/HTTPS: caEnabled is true on the ALB, and false in the AlbConfig by default",
        "listener 8443/HTTPS: caCertificates is ca-2 on the ALB, and none in the AlbConfig by default",
    ]
    same = https(8443, caEnabled=True, caCertificates=[{"CertificateId": "ca-2"}])
    assert _lines(https(), same, on_alb=both) == []


def test_another_server_certificate_is_named_and_another_form_of_its_identifier_is_not() -> None:
    def with_certificate(identifier: str) -> list[ListenerSummary]:
        return [
            listener_on_alb(
                port=443, protocol="HTTPS", enabled=False, identifiers=(), fields=OWN, server_certificate=identifier
            )
        ]

    says = https(certificates=[{"CertificateId": "12345678-cn-hangzhou", "IsDefault": True}])
    [line] = _lines(says, on_alb=with_certificate("87654321-cn-hangzhou"))
    assert "the default of certificates is 87654321-cn-hangzhou on the ALB, and 12345678-cn-hangzhou" in line
    assert _lines(says, on_alb=with_certificate("12345678-cn-hangzhou")) == []
    chosen = {**says, "defaultCertificate": {"certificateId": "87654321-cn-hangzhou"}}
    assert _lines(chosen, on_alb=with_certificate("87654321-cn-hangzhou")) == []


@pytest.mark.parametrize(
    ("config", "description", "deleted"),
    [
        ({}, "made in the console", True),
        ({**REUSES, "listenerForceOverride": True}, "made in the console", True),
        (REUSES, "ingress-auto-listener-81", True),
        (REUSES, "made in the console", False),
    ],
)
def test_a_listener_that_the_albconfig_does_not_have_is_deleted_where_it_is_the_controllers(
    config: dict[str, Any],
    description: str,
    deleted: bool,
) -> None:
    lines = _lines(on_alb=[_shown(), _shown(81, "HTTP", description=description)], config=config)
    expected = "listener 81/HTTP: the ALB has it and the AlbConfig has it not, so it is deleted"
    assert lines == ([expected] if deleted else [])


def test_where_a_listener_is_left_as_it_is_nothing_of_them_changes() -> None:
    on_alb = [_shown(description="made in the console", idleTimeout=60), _shown(81, "HTTP")]
    assert _lines(on_alb=on_alb) == []
    assert len(_lines(on_alb=on_alb, config={**REUSES, "listenerForceOverride": True})) == 3


@pytest.mark.parametrize(
    ("config", "edition", "lines"),
    [
        ({"edition": "StandardWithWaf"}, "Standard", ["edition is Standard on the ALB, and StandardWithWaf"]),
        ({}, "Extensible", ["edition is Extensible on the ALB, and Standard in the AlbConfig by default"]),
        # That has a finding of its own, which stops.
        ({}, "StandardWithWaf", []),
        ({"edition": "standardwithwaf"}, "StandardWithWaf", []),
        ({**REUSES, "edition": "StandardWithWaf"}, "Standard", []),
        ({"edition": "StandardWithWaf"}, "", []),
    ],
)
def test_another_edition_is_named_where_the_albconfig_says_it(
    config: dict[str, Any], edition: str, lines: list[str]
) -> None:
    found = _lines(on_alb=[_shown()], config=config, edition=edition)
    assert [one.startswith(begin) for one, begin in zip(found, lines, strict=True)] == [True] * len(lines)
