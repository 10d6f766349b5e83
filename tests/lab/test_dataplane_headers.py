"""Headers about the client: set when switched on, and never those that a client sends."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.dataplane import Route
from lab.settings import RefusalStyle
from tests.helpers.client_identities import authority, client, common_name
from tests.helpers.data_plane import HOST, RunningDataPlane, running_data_plane
from tests.helpers.tls_clients import curl

CA = authority("root")
FORGED = ("--header", "X-Forwarded-Clientcert-subjectdn: CN=admin", "--header", "x-client: CN=admin")


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        started.route(Route(host=HOST), listeners=("443/HTTPS", "80/HTTP"))
        yield started


@pytest.fixture
def identity(tmp_path: Path) -> tuple[str, ...]:
    """Options of curl for a client of the CA."""
    certificate, key = client(CA).write(tmp_path, "client")
    return ("--insecure", "--cert", str(certificate), "--key", str(key))


def _listener(plane: RunningDataPlane, **options: Any) -> str:
    switched = {f"XForwardedForClientCert{name}": value for name, value in options.items()}
    identifiers = [plane.trust(CA)]
    return plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=identifiers, x_forwarded_for=switched)


def _seen(address: str, *options: str, scheme: str = "https") -> dict[str, str]:
    answer = curl(f"{scheme}://{address}/_lab/headers", "--header", f"Host: {HOST}", *options)
    seen: dict[str, str] = json.loads(answer.body)
    return seen


@pytest.mark.parametrize("options", [{}, {"SubjectDNAlias": "x-subject"}], ids=["nothing", "an alias alone"])
def test_without_the_options_the_backend_sees_none(
    plane: RunningDataPlane, identity: tuple[str, ...], options: dict[str, str]
) -> None:
    seen = _seen(_listener(plane, **options), *identity, *FORGED)
    assert "x-subject" not in seen
    assert not [name for name in seen if name.startswith("x-forwarded-clientcert")]


def test_with_the_options_it_sees_the_client(plane: RunningDataPlane, identity: tuple[str, ...]) -> None:
    address = _listener(
        plane, SubjectDNEnabled=True, IssuerDNEnabled=True, FingerprintEnabled=True, ClientVerifyEnabled=True
    )
    seen = _seen(address, *identity, *FORGED)
    assert seen["x-forwarded-clientcert-subjectdn"] == "CN=alice,O=alibaba"
    assert seen["x-forwarded-clientcert-issuerdn"] == f"CN={common_name(CA)},O=alibaba"
    assert seen["x-forwarded-clientcert-clientverify"] == "SUCCESS"
    assert len(bytes.fromhex(seen["x-forwarded-clientcert-fingerprint"])) == 32


def test_an_alias_replaces_the_name_of_the_header(plane: RunningDataPlane, identity: tuple[str, ...]) -> None:
    seen = _seen(_listener(plane, SubjectDNEnabled=True, SubjectDNAlias="x-client"), *identity, *FORGED)
    assert seen["x-client"] == "CN=alice,O=alibaba"
    assert "x-forwarded-clientcert-subjectdn" not in seen


def test_a_listener_that_requests_no_certificate_passes_on_only_that(plane: RunningDataPlane) -> None:
    switched = {
        "XForwardedForClientCertSubjectDNEnabled": True,
        "XForwardedForClientCertClientVerifyEnabled": True,
    }
    address = plane.listener("HTTPS", ca_enabled=False, x_forwarded_for=switched)
    seen = _seen(address, "--insecure", *FORGED)
    assert seen["x-forwarded-clientcert-clientverify"] == "NONE"
    assert "x-forwarded-clientcert-subjectdn" not in seen


def test_an_http_listener_strips_them_as_well(plane: RunningDataPlane) -> None:
    seen = _seen(plane.listener("HTTP", port=80), *FORGED, scheme="http")
    assert "x-forwarded-clientcert-subjectdn" not in seen


def test_with_the_switch_a_header_that_a_client_sends_reaches_the_backend_first(
    plane: RunningDataPlane, identity: tuple[str, ...]
) -> None:
    address = _listener(plane, SubjectDNEnabled=True)
    for passes, subject in ((True, "CN=admin, CN=alice,O=alibaba"), (False, "CN=alice,O=alibaba")):
        plane.behaviour.forged_headers_pass = passes
        plane.wait_current()
        assert _seen(address, *identity, *FORGED)["x-forwarded-clientcert-subjectdn"] == subject


def test_in_the_page_style_a_request_with_a_body_reaches_the_backend(
    plane: RunningDataPlane, identity: tuple[str, ...]
) -> None:
    address = _listener(plane, SubjectDNEnabled=True)
    plane.refuse_by(RefusalStyle.PAGE)
    try:
        seen = _seen(address, *identity, "--data", "a=b")
    finally:
        plane.refuse_by(RefusalStyle.ALERT)
    assert (seen["content-length"], seen["x-forwarded-clientcert-subjectdn"]) == ("3", "CN=alice,O=alibaba")
    assert "x-lab-client-certificate" not in seen
