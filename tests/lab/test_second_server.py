"""Listeners of a data plane that the second TLS server serves, and Caddy again."""

import json
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.behaviour import DataPlaneBehaviour, FingerprintForm, SessionResumption
from lab.dataplane import Route
from tests.helpers.client_identities import authority, client
from tests.helpers.data_plane import ALBCONFIG, HOST, RunningDataPlane, running_data_plane
from tests.helpers.tls_clients import Answer, ResumingClient, curl, python

CA = authority("root")
OLD = Answer(status=200, body="old\n")
TLS_1_3 = ssl.TLSVersion.TLSv1_3


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        started.route(Route(host=HOST), listeners=("80/HTTP", "443/HTTPS", "8443/HTTPS"))
        yield started


@pytest.fixture
def plane(shared: RunningDataPlane) -> Iterator[RunningDataPlane]:
    """A data plane without listeners, its switches at their defaults."""
    vars(shared.behaviour).update(vars(DataPlaneBehaviour()))
    yield shared
    shared.delete_listeners()


def _resuming(plane: RunningDataPlane, address: str) -> ResumingClient:
    return ResumingClient(address, host=HOST, server_ca=plane.server_ca, version=TLS_1_3)


def _serve_by_second(plane: RunningDataPlane, *patterns: str, **switches: object) -> None:
    vars(plane.behaviour).update(second_server=patterns, **switches)
    plane.wait_current()


def test_a_listener_goes_over_to_the_second_server_and_back_with_its_rules_and_its_ca(
    plane: RunningDataPlane, tmp_path: Path
) -> None:
    address = plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(CA)])
    for patterns, resumed in (((), False), (("alb/443/HTTPS",), True), (("alb/8443/*",), False)):
        _serve_by_second(plane, *patterns)
        alice = _resuming(plane, address)
        client(CA).load_into(alice.context, tmp_path)
        assert [alice.ask(), alice.ask()] == [OLD, OLD]
        assert alice.resumed is resumed, "only the second server resumes a session with a certificate"
        nobody = python(address, host=HOST, server_ca=plane.server_ca, version=TLS_1_3, identity=None, folder=tmp_path)
        assert nobody.error == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


def test_headers_of_the_client_certificate_are_set_by_both_servers_alike(
    plane: RunningDataPlane, tmp_path: Path
) -> None:
    names = [f"XForwardedForClientCert{part}Enabled" for part in ("SubjectDN", "IssuerDN", "Fingerprint")]
    address = plane.listener(
        "HTTPS",
        ca_enabled=True,
        ca_certificate_ids=[plane.trust(CA)],
        x_forwarded_for=dict.fromkeys([*names, "XForwardedForClientCertClientVerifyEnabled"], True),
    )
    certificate, key = client(CA).write(tmp_path, "client")
    shown = []
    for patterns in ((), ("*",)):
        _serve_by_second(plane, *patterns)
        answer = curl(
            f"https://{address}/_lab/headers",
            *("--insecure", "--header", f"Host: {HOST}", "--header", "X-Forwarded-Clientcert-subjectdn: CN=admin"),
            *("--cert", str(certificate), "--key", str(key)),
        )
        shown.append({name: value for name, value in _json(answer).items() if "clientcert" in name})
    assert shown[0] == shown[1]
    assert len(shown[0]) == 4


@pytest.mark.parametrize("form", FingerprintForm)
def test_the_fingerprint_is_written_as_the_switch_says(
    plane: RunningDataPlane, tmp_path: Path, form: FingerprintForm
) -> None:
    address = plane.listener(
        "HTTPS",
        ca_enabled=True,
        ca_certificate_ids=[plane.trust(CA)],
        x_forwarded_for={"XForwardedForClientCertFingerprintEnabled": True},
    )
    _serve_by_second(plane, "*", fingerprint=form)
    certificate, key = client(CA).write(tmp_path, "client")
    options = ("--insecure", "--header", f"Host: {HOST}", "--cert", str(certificate), "--key", str(key))
    shown = _json(curl(f"https://{address}/_lab/headers", *options))["x-forwarded-clientcert-fingerprint"]
    assert (len(shown), shown.isupper()) == (64 if "256" in form else 40, form.isupper())


def test_an_unsafe_server_resumes_a_session_of_another_listener_and_a_safe_one_does_not(
    plane: RunningDataPlane,
) -> None:
    for resumption, accepted in ((SessionResumption.UNSAFE, True), (SessionResumption.SAFE, False)):
        _serve_by_second(plane, f"{ALBCONFIG}/*", session_resumption=resumption)
        open_one = plane.listener("HTTPS", port=8443)
        guarded = plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(CA)])
        nobody = _resuming(plane, open_one)
        assert nobody.ask() == OLD
        nobody.turn_to(guarded)
        assert (nobody.ask() == OLD) is accepted


def test_a_listener_over_http_stays_with_caddy(plane: RunningDataPlane) -> None:
    address = plane.listener("HTTP", port=80)
    _serve_by_second(plane, "*")
    assert curl(f"http://{address}", "--header", f"Host: {HOST}") == OLD


def _json(answer: Answer) -> dict[str, str]:
    return dict(json.loads(answer.body))
