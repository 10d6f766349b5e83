"""Who gets in and who does not: real handshakes with clients that know nothing of the lab."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.dataplane import Route
from lab.settings import RefusalStyle
from tests.helpers.certificates import ClientCredential
from tests.helpers.client_identities import ALLOWED, REFUSED, authority, client, cross_certificate
from tests.helpers.data_plane import HOST, RunningDataPlane, running_data_plane
from tests.helpers.tls_clients import Answer, curl, http3, python

TLS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
CA = authority("root")

# Go's alerts as OpenSSL names them. The lab delivers every alert; a real listener may lose one
# (docs/facts/x509-and-tls.md, Rejections).
ALERTS = {
    "no certificate": "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "another CA": "TLSV1_ALERT_UNKNOWN_CA",
    "another CA of the same name": "TLSV1_ALERT_UNKNOWN_CA",
    "an expired certificate": "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "a certificate of the future": "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "a certificate for servers": "SSLV3_ALERT_BAD_CERTIFICATE",
}
ALERTS_1_3 = ALERTS | {"no certificate": "TLSV13_ALERT_CERTIFICATE_REQUIRED"}
PAGES = dict.fromkeys(REFUSED, "400 The SSL certificate error") | {
    "no certificate": "400 No required SSL certificate was sent"
}


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    """A data plane with the client CA `CA` on 443/HTTPS."""
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        started.route(Route(host=HOST), listeners=("443/HTTPS", "443/QUIC", "8443/HTTPS"))
        identifier = started.trust(CA)
        started.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[identifier])
        yield started


@pytest.fixture(params=RefusalStyle)
def style(plane: RunningDataPlane, request: pytest.FixtureRequest) -> RefusalStyle:
    plane.refuse_by(request.param)
    style: RefusalStyle = request.param
    return style


@pytest.fixture
def ask(plane: RunningDataPlane, tmp_path: Path) -> Callable[[ClientCredential | None, ssl.TLSVersion], Answer]:
    def asked(identity: ClientCredential | None, version: ssl.TLSVersion) -> Answer:
        return python(
            plane.address("443/HTTPS"),
            host=HOST,
            server_ca=plane.server_ca,
            version=version,
            identity=identity,
            folder=tmp_path,
        )

    return asked


Ask = Callable[[ClientCredential | None, ssl.TLSVersion], Answer]


@pytest.mark.parametrize("version", TLS.values(), ids=TLS.keys())
@pytest.mark.parametrize("make", ALLOWED.values(), ids=ALLOWED.keys())
@pytest.mark.usefixtures("style")
def test_a_client_of_the_ca_is_accepted(
    ask: Ask, make: Callable[[ClientCredential], ClientCredential], version: ssl.TLSVersion
) -> None:
    assert ask(make(CA), version) == Answer(status=200, body="old\n")


@pytest.mark.parametrize("version", TLS.values(), ids=TLS.keys())
@pytest.mark.parametrize("kind", REFUSED)
def test_every_other_client_is_rejected_in_the_style_of_the_lab(
    ask: Ask, kind: str, version: ssl.TLSVersion, style: RefusalStyle
) -> None:
    answer = ask(REFUSED[kind](CA), version)
    if style is RefusalStyle.ALERT:
        alerts = ALERTS_1_3 if version is ssl.TLSVersion.TLSv1_3 else ALERTS
        assert answer.error == alerts[kind]
    else:
        assert answer.status == 400
        assert f"<title>{PAGES[kind]}</title>" in answer.body


@pytest.mark.usefixtures("style")
def test_a_client_without_certificate_is_rejected_by_ip_address_too(plane: RunningDataPlane) -> None:
    answer = curl(f"https://{plane.address('443/HTTPS')}", "--insecure", "--header", f"HOST:{HOST}")
    assert answer.status in {0, 400}
    assert "old" not in answer.body


@pytest.mark.usefixtures("style")
@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_curl_gets_in_by_ip_address_with_a_certificate(plane: RunningDataPlane, tmp_path: Path, version: str) -> None:
    certificate, key = client(CA).write(tmp_path, "client")
    answer = curl(
        f"https://{plane.address('443/HTTPS')}",
        *("--insecure", version, "--header", f"HOST:{HOST}", "--cert", str(certificate), "--key", str(key)),
    )
    assert answer == Answer(status=200, body="old\n")


@pytest.mark.parametrize("version", TLS.values(), ids=TLS.keys())
def test_rejected_by_alert_a_cross_certificate_bridges_two_cas(
    plane: RunningDataPlane, ask: Ask, version: ssl.TLSVersion
) -> None:
    plane.refuse_by(RefusalStyle.ALERT)
    newer = authority("root G2")
    assert ask(client(newer, chain=(cross_certificate(newer, CA),)), version).status == 200
    assert ask(client(newer), version).error == "TLSV1_ALERT_UNKNOWN_CA"


def test_the_server_certificate_is_verified_without_insecure(plane: RunningDataPlane) -> None:
    address = plane.listener("HTTPS", port=8443)
    allowed = curl(f"https://{HOST}", "--connect-to", f"::{address}", "--cacert", str(plane.server_ca))
    assert allowed == Answer(status=200, body="old\n")
    assert curl(f"https://{HOST}", "--connect-to", f"::{address}").error == "60"


def test_http3_answers_without_any_certificate_beside_a_listener_that_requests_one(
    plane: RunningDataPlane, ask: Ask
) -> None:
    address = plane.listener("QUIC")
    assert http3(address, host=HOST, server_ca=plane.server_ca) == Answer(status=200, body="old\n")
    assert ask(None, ssl.TLSVersion.TLSv1_3).status != 200
