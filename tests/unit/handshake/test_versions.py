"""Versions of TLS and HTTP that a listener does not support, at first or ever: none drops out of a proof silently."""

from collections.abc import Iterator

import pytest

from alb_mtls.handshake.baseline import PROTOCOLS, baseline
from alb_mtls.handshake.checks import Client, Expected
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Observation
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from tests.helpers.handshakes import (
    EVERYBODY,
    KNOWN,
    PROBES,
    REQUESTED_AND_ACCEPTED,
    SILENT,
    TARGET,
    UNSUPPORTED_VERSION,
    Answering,
    Request,
    ScriptedListener,
    before,
    enforced,
    failure,
    opened,
    proven,
    resumes_old_sessions,
    switched,
)

ALL = set(PROTOCOLS)


def only(*supported: tuple[str, str], then: Answering) -> Answering:
    """Support some versions only."""
    return lambda request: then(request) if (request.tls, request.http) in supported else UNSUPPORTED_VERSION


def flapping(times: int) -> Answering:
    """Fail the first handshakes in TLS 1.2 and HTTP/1.1 as if that were not supported."""
    failing: Iterator[None] = iter([None] * times)

    def answer(request: Request) -> Observation:
        if (request.tls, request.http) != ("1.2", "1.1"):
            return opened(request)
        return next((UNSUPPORTED_VERSION for _ in failing), opened(request))

    return answer


def open_in_tls_1_2(request: Request) -> Observation:
    return opened(request) if request.tls == "1.2" else enforced(request)


def test_a_handshake_that_fails_once_before_the_switch_drops_no_version() -> None:
    earlier = baseline([TARGET], deadline_seconds=0, send=ScriptedListener(flapping(1)))
    assert ({(route.tls, route.http) for route in earlier.routes}, earlier.unsupported) == (ALL, ())


def test_a_version_that_is_not_supported_twice_is_left_out_by_name() -> None:
    earlier = baseline([TARGET], deadline_seconds=0, send=ScriptedListener(flapping(2)))
    assert [(route.tls, route.http) for route in earlier.unsupported] == [("1.2", "1.1")]
    assert {(route.tls, route.http) for route in earlier.routes} == ALL - {("1.2", "1.1")}


def test_a_version_that_is_supported_only_after_the_switch_and_stands_open_fails_the_proof() -> None:
    failed = failure(only(("1.3", "1.1"), ("1.3", "2"), then=opened), open_in_tls_1_2)
    assert "TLS 1.2, HTTP/1.1) accepted a client without a certificate" in str(failed)


def test_a_version_that_is_supported_only_after_the_switch_is_proven_with_every_client() -> None:
    proof = proven(only(("1.3", "1.1"), ("1.3", "2"), then=opened), enforced)
    assert (proof.proven, proof.note) == (True, "")
    late = {check.client for check in proof.checks if check.route.tls == "1.2"}
    # Nobody could open a session in it before the switch.
    assert late == EVERYBODY - {Client.RESUMED_WITHOUT}
    assert Expected.UNSUPPORTED_VERSION not in {check.expected for check in proof.checks}


def test_a_version_that_stays_unsupported_is_requested_from_in_every_round_and_named() -> None:
    supported = (("1.2", "1.1"), ("1.2", "2"))
    earlier, listener = switched(only(*supported, then=opened), only(*supported, then=enforced))
    proof = prove_enforced(earlier, PROBES, deadline_seconds=9, context=KNOWN, send=listener)
    assert (proof.proven, proof.note) == (True, "TLS 1.3 is not supported at 192.0.2.1:443")
    named = [check.route.http for check in proof.checks if check.expected is Expected.UNSUPPORTED_VERSION]
    assert named == ["1.1", "2"]
    requested = [request.http for request in listener.requests if request.tls == "1.3"]
    assert sorted(requested) == ["1.1", "1.1", "2", "2"]


@pytest.mark.parametrize(
    ("supported", "note"),
    [
        ([("1.2", "1.1"), ("1.3", "1.1")], "HTTP/2 is not supported at 192.0.2.1:443"),
        ([("1.2", "1.1"), ("1.3", "1.1"), ("1.3", "2")], "HTTP/2 over TLS 1.2 is not supported at 192.0.2.1:443"),
        (
            [("1.3", "2")],
            "TLS 1.2 is not supported at 192.0.2.1:443; HTTP/1.1 is not supported at 192.0.2.1:443",
        ),
    ],
)
def test_what_is_not_supported_is_named_as_short_as_it_is_true(supported: list[tuple[str, str]], note: str) -> None:
    listener = ScriptedListener(only(*supported, then=opened))
    proof = prove_open(before(listener), deadline_seconds=9, context=KNOWN, send=listener)
    assert (proof.proven, proof.note) == (True, note)


def test_an_unsupported_version_that_nobody_answers_any_more_proves_nothing() -> None:
    failed = failure(only(("1.3", "1.1"), then=opened), lambda each: enforced(each) if each.tls == "1.3" else SILENT)
    assert "TLS 1.2, HTTP/1.1) no longer answers" in str(failed)


@pytest.mark.parametrize(("was", "is_now"), [(opened, enforced), (enforced, opened)])
def test_a_version_that_is_supported_late_must_be_put_back_as_its_address_was(
    was: Answering, is_now: Answering
) -> None:
    earlier, listener = switched(only(("1.3", "1.1"), then=was), was)
    prove_as_before(earlier, deadline_seconds=9, context=ProofContext(), send=listener)
    listener.rule = lambda request: was(request) if request.tls == "1.3" and request.http == "1.1" else is_now(request)
    with pytest.raises(ProofFailed, match=r"HTTP/2\)|TLS 1\.2"):
        prove_as_before(earlier, deadline_seconds=0, context=ProofContext(), send=listener)


def accepts_any_certificate(request: Request) -> Observation:
    return enforced(request) if request.credential is None else REQUESTED_AND_ACCEPTED


@pytest.mark.parametrize("http", ["1.1", "2"])
@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (accepts_any_certificate, "accepted a client with a certificate of another CA"),
        (resumes_old_sessions, "resumes old TLS sessions"),
    ],
)
def test_a_listener_of_one_http_version_is_requested_from_by_every_client(
    http: str, rule: Answering, words: str
) -> None:
    supported = (("1.2", http), ("1.3", http))
    proof = proven(only(*supported, then=opened), only(*supported, then=enforced))
    assert {
        (check.client, check.route.tls) for check in proof.checks if check.expected is not Expected.UNSUPPORTED_VERSION
    } == {(client, tls) for client in EVERYBODY for tls in ("1.2", "1.3")}
    assert words in str(failure(only(*supported, then=opened), only(*supported, then=rule)))
