"""Events and status are as the real controller writes them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lab.cloud import Listener, LoadBalancer
from lab.controller.events import Reason, event_about, event_body, event_namespace
from lab.controller.state import albconfig_status

ALBCONFIG: dict[str, Any] = {"metadata": {"name": "alb", "uid": "1"}}
INGRESS: dict[str, Any] = {"metadata": {"name": "https-ingress", "namespace": "shop", "uid": "2"}}
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reason", "message", "kind"),
    [
        (Reason.FAILED_BUILD_MODEL, "Failed build model due to reasons", "Warning"),
        (Reason.FAILED_APPLY_MODEL, "Failed apply model due to reasons", "Warning"),
        (Reason.SUCCESSFULLY_RECONCILED, "Successfully reconciled", "Normal"),
    ],
)
def test_an_event_has_its_reason_with_a_text_and_a_type(reason: Reason, message: str, kind: str) -> None:
    event = event_about(ALBCONFIG, kind="AlbConfig", api_version="alibabacloud.com/v1", reason=reason, error="reasons")
    body = event_body(event, name="alb.1", now=NOW, manager="alb-ingress-controller")
    assert (body["reason"], body["message"], body["type"]) == (reason, message, kind)


@pytest.mark.parametrize(("obj", "namespace"), [(ALBCONFIG, "default"), (INGRESS, "shop")])
def test_an_event_is_kept_with_its_object_or_in_default(obj: dict[str, Any], namespace: str) -> None:
    event = event_about(obj, kind="Any", api_version="v1", reason=Reason.SUCCESSFULLY_RECONCILED)
    assert event_namespace(event) == namespace


def test_the_status_names_load_balancer_listeners_and_server_certificates_and_no_ca() -> None:
    load_balancer = LoadBalancer(
        load_balancer_id="alb-1", name="alb", edition="Standard", dns_name="alb-1.alb.aliyuncs.com"
    )
    https = Listener(
        listener_id="lsn-1",
        load_balancer_id="alb-1",
        port=443,
        protocol="HTTPS",
        ca_enabled=True,
        ca_certificate_ids=["ca"],
        certificate_ids=["1-cn-hangzhou", "2-cn-hangzhou"],
    )
    assert albconfig_status(load_balancer, [https]) == {
        "loadBalancer": {
            "dnsname": "alb-1.alb.aliyuncs.com",
            "id": "alb-1",
            "listeners": [
                {
                    "portAndProtocol": "443/HTTPS",
                    "certificates": [
                        {"certificateId": "1-cn-hangzhou", "isDefault": True},
                        {"certificateId": "2-cn-hangzhou", "isDefault": False},
                    ],
                }
            ],
        }
    }
