"""What the second TLS server does that Caddy cannot, with clients that know nothing of the lab."""

import ssl
from collections import Counter
from pathlib import Path

import pytest

from lab.behaviour import SessionResumption
from lab.dataplane.second import Lag
from lab.settings import RefusalStyle
from tests.helpers.certificates import ClientCredential
from tests.helpers.client_identities import ALLOWED, REFUSED, authority, client, cross_certificate
from tests.helpers.second_server import HOST, RunningSecondServer, running_second_server
from tests.helpers.tls_clients import Answer, ResumingClient, curl, python

CA = authority("root")
OLD = Answer(status=200, body="old\n")
VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
PAGES = dict.fromkeys(REFUSED, "400 The SSL certificate error") | {
    "no certificate": "400 No required SSL certificate was sent"
}

each_version = pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS.keys())


def _ask(
    server: RunningSecondServer,
    identity: ClientCredential | None,
    folder: Path,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> Answer:
    return python(
        server.address, host=HOST, server_ca=server.server_ca, version=version, identity=identity, folder=folder
    )


def _resuming(
    server: RunningSecondServer, version: ssl.TLSVersion, identity: ClientCredential | None, folder: Path
) -> ResumingClient:
    asking = ResumingClient(server.address, host=HOST, server_ca=server.server_ca, version=version)
    if identity is not None:
        identity.load_into(asking.context, folder)
    return asking


@each_version
@pytest.mark.parametrize("refusal", RefusalStyle)
def test_every_client_of_the_ca_is_accepted(tmp_path: Path, refusal: RefusalStyle, version: ssl.TLSVersion) -> None:
    with running_second_server(tmp_path, client_ca=CA.certificate, refusal=refusal) as server:
        assert [_ask(server, make(CA), tmp_path, version) for make in ALLOWED.values()] == [OLD] * len(ALLOWED)


@each_version
@pytest.mark.parametrize("kind", REFUSED)
def test_every_other_client_is_rejected_by_alert_or_page(tmp_path: Path, kind: str, version: ssl.TLSVersion) -> None:
    with running_second_server(tmp_path, client_ca=CA.certificate) as server:
        by_alert = _ask(server, REFUSED[kind](CA), tmp_path, version)
        server.serve(client_ca=CA.certificate, refusal=RefusalStyle.PAGE)
        by_page = _ask(server, REFUSED[kind](CA), tmp_path, version)
    assert "ALERT" in by_alert.error
    assert by_page.status == 400
    assert f"<title>{PAGES[kind]}</title>" in by_page.body


@each_version
@pytest.mark.parametrize("refusal", RefusalStyle)
def test_a_cross_certificate_bridges_two_cas_also_with_pages(
    tmp_path: Path, refusal: RefusalStyle, version: ssl.TLSVersion
) -> None:
    newer = authority("root G2")
    with running_second_server(tmp_path, client_ca=CA.certificate, refusal=refusal) as server:
        assert _ask(server, client(newer, chain=(cross_certificate(newer, CA),)), tmp_path, version) == OLD
        assert _ask(server, client(newer), tmp_path, version).status in {0, 400}


@each_version
@pytest.mark.parametrize("refusal", RefusalStyle)
def test_a_chain_that_is_longer_than_the_verify_depth_is_rejected_and_one_that_is_not_is_accepted(
    tmp_path: Path, refusal: RefusalStyle, version: ssl.TLSVersion
) -> None:
    newer, newest = authority("root G2"), authority("root G3")
    crossed = client(newer, chain=(cross_certificate(newer, CA),))
    twice = client(newest, chain=(cross_certificate(newest, newer, path_length=0), cross_certificate(newer, CA)))
    with running_second_server(tmp_path, client_ca=CA.certificate, refusal=refusal) as server:
        for depth, accepted in ((0, [True, False, False]), (1, [True, True, False]), (2, [True, True, True])):
            server.serve(client_ca=CA.certificate, verify_depth=depth)
            answers = [_ask(server, one, tmp_path, version) for one in (client(CA), crossed, twice)]
            assert [answer == OLD for answer in answers] == accepted


def test_without_a_client_ca_everybody_is_accepted_and_an_unknown_host_gets_503(tmp_path: Path) -> None:
    with running_second_server(tmp_path, client_ca=None) as server:
        assert _ask(server, None, tmp_path) == OLD
        other = curl(f"https://{server.address}", "--insecure", "--header", "Host: other.alb.ingress.top")
    assert (other.status, "503 Service Temporarily Unavailable" in other.body) == (503, True)


def test_requests_of_one_connection_are_answered_one_after_the_other(tmp_path: Path) -> None:
    with running_second_server(tmp_path, client_ca=None) as server:
        url = f"https://{server.address}/"
        answer = curl(url, "--insecure", "--header", f"Host: {HOST}", "--data", "x" * 100_000, url)
    assert answer == Answer(status=200, body="old\n\n200old\n")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("policy", "version", "accepted"),
    [
        ("tls_cipher_policy_1_0", ssl.TLSVersion.TLSv1, True),
        ("tls_cipher_policy_1_0", ssl.TLSVersion.TLSv1_1, True),
        ("tls_cipher_policy_1_1", ssl.TLSVersion.TLSv1, False),
        ("tls_cipher_policy_1_1", ssl.TLSVersion.TLSv1_1, True),
        ("tls_cipher_policy_1_2", ssl.TLSVersion.TLSv1_1, False),
        ("tls_cipher_policy_1_2", ssl.TLSVersion.TLSv1_2, True),
    ],
)
def test_the_policy_of_the_listener_sets_the_lowest_version(
    tmp_path: Path, policy: str, version: ssl.TLSVersion, accepted: bool
) -> None:
    with running_second_server(tmp_path, client_ca=CA.certificate, security_policy_id=policy) as server:
        asking = _resuming(server, version, client(CA), tmp_path)
        asking.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        assert (asking.ask() == OLD) is accepted


@each_version
def test_a_safe_server_resumes_the_session_of_a_client_and_none_from_before_the_switch(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    with running_second_server(tmp_path, client_ca=None, resumption=SessionResumption.SAFE) as server:
        nobody, alice = (_resuming(server, version, each, tmp_path) for each in (None, client(CA)))
        assert [(nobody.ask(), nobody.resumed) for _ in range(2)] == [(OLD, False), (OLD, True)]
        assert alice.ask() == OLD
        server.serve(client_ca=CA.certificate)
        assert nobody.ask().error
        assert [(alice.ask(), alice.resumed) for _ in range(2)] == [(OLD, False), (OLD, True)]


@each_version
def test_an_unsafe_server_resumes_sessions_from_before_the_switch_without_a_certificate(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    with running_second_server(tmp_path, client_ca=None, resumption=SessionResumption.UNSAFE) as server:
        before, fresh = (_resuming(server, version, None, tmp_path) for _ in range(2))
        assert before.ask() == OLD
        server.serve(client_ca=CA.certificate)
        assert (before.ask(), before.resumed) == (OLD, True)
        assert fresh.ask().error
        assert _ask(server, client(CA), tmp_path, version) == OLD


@each_version
def test_no_session_is_resumed_where_none_shall_be(tmp_path: Path, version: ssl.TLSVersion) -> None:
    with running_second_server(tmp_path, client_ca=CA.certificate, resumption=SessionResumption.NONE) as server:
        alice = _resuming(server, version, client(CA), tmp_path)
        assert [(alice.ask(), alice.resumed) for _ in range(2)] == [(OLD, False)] * 2


@each_version
def test_a_rejected_client_is_rejected_again_when_it_resumes_its_session(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    with running_second_server(tmp_path, client_ca=CA.certificate, refusal=RefusalStyle.PAGE) as server:
        for identity in (None, client(CA, days=(-10, -1))):
            asking = _resuming(server, version, identity, tmp_path)
            assert [asking.ask().status for _ in range(2)] == [400, 400]


def test_a_machine_that_never_follows_accepts_its_share_of_fresh_connections(tmp_path: Path) -> None:
    lag = Lag(machines=5, share=0.2, never=True)
    with running_second_server(tmp_path, client_ca=None, lag=lag) as server:
        server.serve(client_ca=CA.certificate)
        answers = Counter(_ask(server, None, tmp_path) == OLD for _ in range(100))
        assert 5 <= answers[True] <= 40
        server.change(lag=Lag(machines=5))
        assert OLD not in {_ask(server, None, tmp_path) for _ in range(40)}


def test_a_share_of_fresh_connections_is_cut_before_an_answer(tmp_path: Path) -> None:
    with running_second_server(tmp_path, client_ca=None, connection_loss=0.5) as server:
        answers = Counter(_ask(server, None, tmp_path) == OLD for _ in range(60))
        assert min(answers.values()) >= 10
        server.change(connection_loss=0.0)
        assert {_ask(server, None, tmp_path) for _ in range(20)} == {OLD}
