"""Changing listeners under traffic: nobody who may get in is hurt, and who may not is out."""

import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from lab.dataplane import Route
from lab.settings import RefusalStyle
from tests.helpers.certificates import ClientCredential
from tests.helpers.client_identities import authority, client
from tests.helpers.data_plane import HOST, RunningDataPlane, running_data_plane
from tests.helpers.lab import wait_until
from tests.helpers.mutated_certificates import mutated_root, replaced_by
from tests.helpers.tls_clients import Answer, ResumingClient, curl, http3, python

CA = authority("root")
OLD = Answer(status=200, body="old\n")
# A little more than lab.dataplane waits for requests of connections that were just taken.
_LINGERS_SECONDS = 1.2
LISTENERS = ("80/HTTP", "443/HTTPS", "443/QUIC", "8443/HTTPS")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDataPlane]:
    with running_data_plane(tmp_path_factory.mktemp("data-plane")) as started:
        started.route(Route(host=HOST), listeners=LISTENERS)
        yield started


@pytest.fixture
def plane(shared: RunningDataPlane) -> Iterator[RunningDataPlane]:
    """A data plane without listeners."""
    yield shared
    shared.delete_listeners()
    shared.refuse_by(RefusalStyle.ALERT)


def _ask(plane: RunningDataPlane, address: str, identity: ClientCredential | None, folder: Path) -> Answer:
    version = ssl.TLSVersion.TLSv1_3
    return python(address, host=HOST, server_ca=plane.server_ca, version=version, identity=identity, folder=folder)


def test_fresh_connections_with_a_certificate_are_all_accepted_while_authentication_goes_on_and_off(
    plane: RunningDataPlane, tmp_path: Path
) -> None:
    identifier = plane.trust(CA)
    address = plane.listener("HTTPS")
    alice = client(CA)
    done = Event()

    answers: list[Answer] = []

    def keep_connecting(name: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        while not done.is_set():
            answers.append(_ask(plane, address, alice, folder))

    with ThreadPoolExecutor() as pool:
        connecting = [pool.submit(keep_connecting, name) for name in ("one", "two")]
        try:
            for enabled in (True, False) * 5:
                plane.listener("HTTPS", ca_enabled=enabled, ca_certificate_ids=[identifier])
                enough = len(answers) + 4
                wait_until(lambda enough=enough: len(answers) >= enough, "more clients have connected")  # type: ignore[misc]  # bound early
        finally:
            done.set()
    assert [each.result() for each in connecting] == [None, None]
    assert set(answers) == {OLD}


def test_a_request_in_flight_is_answered_though_its_listener_changes(plane: RunningDataPlane) -> None:
    address = plane.listener("HTTP", port=80)
    to_host = ("--header", f"Host: {HOST}", "--max-time", "30")
    with ThreadPoolExecutor() as pool:
        held = pool.submit(curl, f"http://{address}/_lab/held/one", *to_host)
        # Longer than all that a request could be left over from: lingering, grace, settling.
        for seconds in (20, 30, 40, 50):
            time.sleep(_LINGERS_SECONDS)
            plane.listener("HTTP", port=80, idle_timeout=seconds)
        assert not held.done()
        assert curl(f"http://{address}/_lab/release/one", *to_host).status == 200
        assert held.result() == OLD


def test_listeners_beyond_the_ports_of_a_lab_wait_without_hurting_the_others(plane: RunningDataPlane) -> None:
    address = plane.listener("HTTP", port=80)
    for port in range(1000, 1070):
        plane.start_listener("HTTP", port=port)
    plane.wait_current()
    assert curl(f"http://{address}", "--header", f"Host: {HOST}") == OLD
    assert not plane.has_port("1069/HTTP")
    for port in range(1000, 1020):
        plane.delete_listener("HTTP", port=port)
    wait_until(lambda: plane.status("1069/HTTP") == "Running", "the last listener has a port that was left")
    assert plane.has_port("1069/HTTP")
    assert curl(f"http://{address}", "--header", f"Host: {HOST}") == OLD


def test_once_the_listener_is_running_nobody_is_accepted_without_a_certificate(
    plane: RunningDataPlane, tmp_path: Path
) -> None:
    identifier = plane.trust(CA)
    address = plane.listener("HTTPS")
    assert _ask(plane, address, None, tmp_path) == OLD
    plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[identifier])
    answers = {_ask(plane, address, None, tmp_path) for _ in range(20)}
    assert answers == {Answer(error="TLSV13_ALERT_CERTIFICATE_REQUIRED")}


def test_switched_off_everybody_is_accepted_again(plane: RunningDataPlane, tmp_path: Path) -> None:
    address = plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(CA)])
    assert _ask(plane, address, None, tmp_path).error
    plane.listener("HTTPS", ca_enabled=False)
    assert _ask(plane, address, None, tmp_path) == OLD


def test_after_a_change_of_ca_its_clients_are_accepted_and_the_former_ones_rejected(
    plane: RunningDataPlane, tmp_path: Path
) -> None:
    newer = authority("root G2")
    address = plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(CA)])
    assert _ask(plane, address, client(CA), tmp_path) == OLD
    plane.listener("HTTPS", ca_certificate_ids=[plane.trust(newer)])
    assert _ask(plane, address, client(newer), tmp_path) == OLD
    assert _ask(plane, address, client(CA), tmp_path).error == "TLSV1_ALERT_UNKNOWN_CA"


def test_a_change_of_one_listener_leaves_the_others_as_they_are(plane: RunningDataPlane, tmp_path: Path) -> None:
    other = plane.listener("HTTPS", port=8443)
    quic = plane.listener("QUIC")
    plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(CA)])
    assert _ask(plane, other, None, tmp_path) == OLD
    assert http3(quic, host=HOST, server_ca=plane.server_ca) == OLD


def test_an_idle_connection_is_closed_soon_after_a_change(plane: RunningDataPlane) -> None:
    parts = urlsplit(f"//{plane.listener('HTTP', port=80)}")
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        plane.listener("HTTP", port=80, idle_timeout=300)
        assert connection.recv(1) == b""


def test_a_deleted_listener_rejects_connections_and_its_port_comes_back_with_it(plane: RunningDataPlane) -> None:
    address = plane.listener("HTTP", port=80)
    plane.delete_listener("HTTP", port=80)
    plane.wait_current()
    refused = curl(f"http://{address}", "--header", f"Host: {HOST}")
    assert refused == Answer(error="7")
    assert plane.listener("HTTP", port=80) == address
    assert curl(f"http://{address}", "--header", f"Host: {HOST}") == OLD


def test_a_ca_that_cas_has_lost_stays_with_the_listener(plane: RunningDataPlane, tmp_path: Path) -> None:
    identifier = plane.trust(CA)
    address = plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[identifier])
    plane.lose(identifier)
    plane.listener("HTTP", port=80)
    assert _ask(plane, address, client(CA), tmp_path) == OLD
    assert _ask(plane, address, None, tmp_path).error == "TLSV13_ALERT_CERTIFICATE_REQUIRED"


@pytest.mark.parametrize("style", RefusalStyle)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["TLS 1.2", "TLS 1.3"])
def test_a_resumed_session_is_verified_like_a_fresh_one(
    plane: RunningDataPlane, tmp_path: Path, style: RefusalStyle, version: ssl.TLSVersion
) -> None:
    plane.refuse_by(style)
    newer = authority("root G2")
    address = plane.listener("HTTPS")
    anybody = ResumingClient(address, host=HOST, server_ca=plane.server_ca, version=version)
    former = ResumingClient(address, host=HOST, server_ca=plane.server_ca, version=version)
    client(CA).load_into(former.context, tmp_path)
    assert [anybody.ask(), anybody.ask()] == [OLD, OLD]
    assert anybody.resumed, "a session that is not resumed shows nothing"
    plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(CA)])
    assert [former.ask(), former.ask()] == [OLD, OLD]
    assert not former.resumed, "Caddy gives out no tickets where it requests certificates"
    assert anybody.ask().status != 200
    # An even number of changes, so that the very process is asked again that gave the session out.
    for _ in range(2):
        plane.listener("HTTPS", ca_certificate_ids=[plane.trust(newer)])
        assert former.ask().status != 200
        assert anybody.ask().status != 200


def test_a_listener_with_a_ca_that_caddy_cannot_read_rejects_everybody_and_stops_no_other(
    plane: RunningDataPlane, tmp_path: Path
) -> None:
    # Go parses such addresses, and CAS does not.
    broken = replaced_by(x509.SubjectAlternativeName([x509.UniformResourceIdentifier("https://[root")]))
    unreadable = ClientCredential(certificate=mutated_root(broken), key=CA.key)
    address = plane.listener("HTTPS", ca_enabled=True, ca_certificate_ids=[plane.trust(unreadable)])
    other = plane.listener("HTTPS", port=8443)
    assert _ask(plane, address, client(CA), tmp_path).error == "TLSV1_ALERT_UNKNOWN_CA"
    assert _ask(plane, other, None, tmp_path) == OLD
    plane.listener("HTTPS", ca_certificate_ids=[plane.trust(CA)])
    assert _ask(plane, address, client(CA), tmp_path) == OLD
