"""From an AlbConfig to what a client sees: controller, ALB and data plane of a whole lab together."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.bound_ca import bind, patch_listener, upload_ca
from tests.helpers.client_identities import authority, client
from tests.helpers.controller_events import forget_events, has_event
from tests.helpers.lab import GROUP, PLURAL, VERSION, LabHandle
from tests.helpers.tls_clients import Answer, curl

HOST = "demo.alb.ingress.top"
HTTPS = "443/HTTPS"
CA = authority("root")
OLD = Answer(status=200, body="old\n")


@pytest.mark.parametrize("asked_for", [True, False])
def test_the_backend_sees_the_client_s_subject_when_the_albconfig_switches_it_on(
    lab: LabHandle, tmp_path: Path, asked_for: bool
) -> None:
    bind(lab, "alb", HTTPS, [upload_ca(lab, CA.certificate)])
    patch_listener(lab, "alb", HTTPS, xForwardedForConfig={"XForwardedForClientCertSubjectDNEnabled": asked_for})
    lab.settle()
    certificate, key = client(CA).write(tmp_path, "client")
    answer = curl(
        f"https://{lab.address('alb', HTTPS)}/_lab/headers",
        *("--insecure", "--header", f"Host: {HOST}", "--cert", str(certificate), "--key", str(key)),
    )
    seen = json.loads(answer.body).get("x-forwarded-clientcert-subjectdn")
    assert seen == ("CN=alice,O=alibaba" if asked_for else None)


def _apply(lab: LabHandle, manifest: dict[str, Any]) -> dict[str, Any]:
    applied: Any = lab.custom_objects().patch_cluster_custom_object(
        GROUP,
        VERSION,
        PLURAL,
        "alb",
        {"apiVersion": f"{GROUP}/{VERSION}", "kind": "AlbConfig", "metadata": {"name": "alb"}, **manifest},
        field_manager="somebody",
        force=True,
        _content_type="application/apply-patch+yaml",
    )
    return dict(applied)


def test_a_forced_server_side_apply_of_one_listener_takes_the_others_and_given_up_leaves_none(lab: LabHandle) -> None:
    """docs/facts/kubernetes.md, Server-side apply: why pulumi-kubernetes' patch resources cannot be used."""
    forget_events(lab)
    address = lab.address("alb", "80/HTTP")
    assert curl(f"http://{address}", "--header", f"Host: {HOST}") == OLD
    listener = {"port": 443, "protocol": "HTTPS", "caEnabled": True}
    assert _apply(lab, {"spec": {"listeners": [listener]}})["spec"]["listeners"] == [listener]
    lab.settle()
    assert list(lab.status["albconfigs"]["alb"]["listeners"]) == [HTTPS]
    assert curl(f"http://{address}", "--header", f"Host: {HOST}").error == "7"
    assert has_event(lab, "alb", "FailedApplyModel", "empty https listener default certs")
    assert not lab.listener("alb", HTTPS).ca_enabled
    assert "listeners" not in _apply(lab, {}).get("spec", {})
