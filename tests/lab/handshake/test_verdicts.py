"""Every kind of client against servers that no one here wrote, over TLS 1.2 and 1.3: the right verdict, each time.

What a real ALB does is documented nowhere. These are the two styles there are: OpenSSL's, which ends the connection
with an alert, and nginx's, which answers with a page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from alb_mtls.handshake.credentials import ClientCredential as ClientIdentity
from alb_mtls.handshake.observation import Verdict
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsVersion
from tests.helpers.certificates import ClientCredential
from tests.helpers.tls_servers import HOST, StartServer, nginx_server, openssl_server, python_server, server_files

SERVERS: dict[str, StartServer] = {"python": python_server, "openssl": openssl_server, "nginx": nginx_server}
# What OpenSSL sends, by client; docs/facts/x509-and-tls.md, Rejections.
WITH_CERTIFICATE = {
    "other_ca": 48,
    "other_ca_same_name": 51,
    "self_signed": 48,
    "expired": 45,
    "not_yet_valid": 42,
    "wrong_eku": 43,
}
ALERTS: dict[TlsVersion, dict[str, int]] = {
    "1.2": {"none": 40, **WITH_CERTIFICATE},
    "1.3": {"none": 116, **WITH_CERTIFICATE},
}
REJECTED_CLIENTS = tuple(ALERTS["1.3"])


@dataclass(frozen=True, kw_only=True)
class Running:
    """A server."""

    name: str
    target: Target


@pytest.fixture(scope="module", params=SERVERS)
def running(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    root: ClientCredential,
    server_authority: ClientCredential,
) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    files = server_files(folder, server_authority, root.certificate)
    with SERVERS[request.param](files) as port:
        target = Target(address="127.0.0.1", port=port, host=HOST, server_ca=str(files.authority))
        yield Running(name=request.param, target=target)


def client_of(probes: ProbeClients, kind: str) -> ClientIdentity | None:
    return None if kind == "none" else getattr(probes, kind)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_valid_client_is_accepted(running: Running, probes: ProbeClients, tls: TlsVersion) -> None:
    result = probe(running.target, credential=probes.valid, tls=tls, deadline_seconds=10)
    assert (result.verdict, result.status, result.tls, result.requested) == (Verdict.ACCEPTED, 200, tls, True)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("kind", REJECTED_CLIENTS)
def test_every_other_client_is_rejected_in_the_style_of_the_server(
    running: Running, probes: ProbeClients, kind: str, tls: TlsVersion
) -> None:
    result = probe(running.target, credential=client_of(probes, kind), tls=tls, deadline_seconds=10)
    assert result.rejected, result.summary
    assert (result.tls, result.requested) == (tls, True)
    if running.name == "nginx":
        assert (result.verdict, result.status) == (Verdict.REJECTED_BY_PAGE, 400)
    elif result.verdict is Verdict.REJECTED_BY_ALERT:
        assert result.alert == ALERTS[tls][kind]
    else:
        # The alert was lost to a reset that overtook it.
        assert result.verdict is Verdict.REJECTED_BY_RESET


def test_the_cas_that_a_server_offers_are_read(running: Running, root: ClientCredential) -> None:
    result = probe(running.target, credential=None, deadline_seconds=10)
    # Python's ssl offers none, which means unknown (docs/facts/x509-and-tls.md, Acceptable CAs).
    expected = () if running.name == "python" else (root.certificate.subject,)
    assert result.ca_names == expected


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_session_opened_with_a_certificate_can_be_resumed(
    running: Running, probes: ProbeClients, tls: TlsVersion
) -> None:
    opened = probe(running.target, credential=probes.valid, tls=tls, deadline_seconds=10)
    again = probe(running.target, credential=probes.valid, tls=tls, session=opened.session, deadline_seconds=10)
    assert (opened.resumed, again.resumed, again.verdict) == (False, True, Verdict.ACCEPTED)
    assert (opened.requested, again.requested) == (True, False)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_client_without_a_session_to_offer_resumes_none(
    running: Running, probes: ProbeClients, tls: TlsVersion
) -> None:
    for _ in range(2):
        assert not probe(running.target, credential=probes.valid, tls=tls, deadline_seconds=10).resumed
