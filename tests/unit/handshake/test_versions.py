"""Versions of TLS and HTTP that a listener does not speak, at first or ever: none drops out of a proof unseen."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from alb_mtls.handshake.baseline import PROTOCOLS, baseline
from alb_mtls.handshake.checks import Client, Expected
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Observation
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from tests.helpers.handshakes import (
    ASKED_AND_LET_IN,
    LET_IN,
    PROBES,
    ROOT,
    SILENT,
    TARGET,
    UNSUPPORTED_VERSION,
    Answering,
    Request,
    ScriptedListener,
    before,
    enforced,
    opened,
)

KNOWN = ProofContext(ca_name=ROOT.certificate.subject)
ALL = set(PROTOCOLS)


def only(*spoken: tuple[str, str], then: Answering) -> Answering:
    """Speak some versions only."""
    return lambda request: then(request) if (request.tls, request.http) in spoken else UNSUPPORTED_VERSION


def flapping(times: int) -> Answering:
    """Fail the first handshakes in TLS 1.2 and HTTP/1.1 as if that were not spoken."""
    failing: Iterator[None] = iter([None] * times)

    def answer(request: Request) -> Observation:
        if (request.tls, request.http) != ("1.2", "1.1"):
            return opened(request)
        return next((UNSUPPORTED_VERSION for _ in failing), opened(request))

    return answer


def open_in_tls_1_2(request: Request) -> Observation:
    return opened(request) if request.tls == "1.2" else enforced(request)


def test_a_handshake_that_fails_once_before_the_switch_drops_no_version() -> None:
    seen = baseline([TARGET], deadline_seconds=0, ask=ScriptedListener(flapping(1)))
    assert ({(way.tls, way.http) for way in seen.ways}, seen.not_spoken) == (ALL, ())


def test_a_version_that_is_not_spoken_twice_is_left_out_by_name() -> None:
    seen = baseline([TARGET], deadline_seconds=0, ask=ScriptedListener(flapping(2)))
    assert [(way.tls, way.http) for way in seen.not_spoken] == [("1.2", "1.1")]
    assert {(way.tls, way.http) for way in seen.ways} == ALL - {("1.2", "1.1")}


def test_a_version_that_is_spoken_only_after_the_switch_and_stands_open_fails_the_proof() -> None:
    listener = ScriptedListener(only(("1.3", "1.1"), ("1.3", "2"), then=opened))
    seen = before(listener)
    listener.rule = open_in_tls_1_2
    with pytest.raises(ProofFailed, match=r"TLS 1\.2, HTTP/1\.1\) let a client in without a certificate"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_a_version_that_is_spoken_only_after_the_switch_is_proven_with_every_client() -> None:
    listener = ScriptedListener(only(("1.3", "1.1"), ("1.3", "2"), then=opened))
    seen = before(listener)
    listener.rule = enforced
    result = prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener)
    assert (result.proven, result.note) == (True, "")
    late = {check.client for check in result.checks if check.way.tls == "1.2"}
    # Nobody could open a session in it before the switch.
    assert late == set(Client) - {Client.RESUMED_WITHOUT}
    assert Expected.UNSUPPORTED_VERSION not in {check.expected for check in result.checks}


def test_a_version_that_stays_unspoken_is_asked_in_every_round_and_named() -> None:
    spoken = (("1.2", "1.1"), ("1.2", "2"))
    listener = ScriptedListener(only(*spoken, then=opened))
    seen = before(listener)
    listener.rule = only(*spoken, then=enforced)
    result = prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener)
    assert (result.proven, result.note) == (True, "TLS 1.3 is not spoken at 192.0.2.1:443")
    named = [
        (check.way.tls, check.way.http) for check in result.checks if check.expected is Expected.UNSUPPORTED_VERSION
    ]
    assert named == [("1.3", "1.1"), ("1.3", "2")]
    asked = [request.http for request in listener.requests if request.tls == "1.3"]
    assert sorted(asked) == ["1.1", "1.1", "2", "2"]


@pytest.mark.parametrize(
    ("spoken", "note"),
    [
        ([("1.2", "1.1"), ("1.3", "1.1")], "HTTP/2 is not spoken at 192.0.2.1:443"),
        ([("1.2", "1.1"), ("1.3", "1.1"), ("1.3", "2")], "HTTP/2 over TLS 1.2 is not spoken at 192.0.2.1:443"),
        (
            [("1.3", "2")],
            "TLS 1.2 is not spoken at 192.0.2.1:443; HTTP/1.1 is not spoken at 192.0.2.1:443",
        ),
    ],
)
def test_what_is_not_spoken_is_named_as_short_as_it_is_true(spoken: list[tuple[str, str]], note: str) -> None:
    listener = ScriptedListener(only(*spoken, then=opened))
    result = prove_open(before(listener), deadline_seconds=9, known=KNOWN, ask=listener)
    assert (result.proven, result.note) == (True, note)


def test_an_unspoken_version_that_nobody_answers_any_more_proves_nothing() -> None:
    listener = ScriptedListener(only(("1.3", "1.1"), then=opened))
    seen = before(listener)
    listener.rule = lambda request: enforced(request) if request.tls == "1.3" else SILENT
    with pytest.raises(ProofFailed, match=r"TLS 1\.2, HTTP/1\.1\) no longer answers"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


@pytest.mark.parametrize(("was", "is_now"), [(opened, enforced), (enforced, opened)])
def test_a_version_that_is_spoken_late_must_be_put_back_as_its_address_was(was: Answering, is_now: Answering) -> None:
    listener = ScriptedListener(only(("1.3", "1.1"), then=was))
    seen = before(listener)
    listener.rule = was
    prove_as_before(seen, deadline_seconds=9, known=ProofContext(), ask=listener)
    listener.rule = lambda request: was(request) if request.tls == "1.3" and request.http == "1.1" else is_now(request)
    with pytest.raises(ProofFailed, match=r"HTTP/2\)|TLS 1\.2"):
        prove_as_before(seen, deadline_seconds=0, known=ProofContext(), ask=listener)


def lets_in_any_certificate(request: Request) -> Observation:
    return enforced(request) if request.identity is None else ASKED_AND_LET_IN


def honours_old_sessions(request: Request) -> Observation:
    if request.session is not None and request.identity is None:
        return replace(LET_IN, resumed=True)
    return enforced(request)


@pytest.mark.parametrize("http", ["1.1", "2"])
@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lets_in_any_certificate, "let a client in with a certificate of a foreign CA"),
        (honours_old_sessions, "honours old TLS sessions"),
    ],
)
def test_a_listener_of_one_http_version_is_asked_by_every_client(
    http: str, rule: Callable[[Request], Observation], words: str
) -> None:
    spoken = (("1.2", http), ("1.3", http))
    listener = ScriptedListener(only(*spoken, then=opened))
    seen = before(listener)
    listener.rule = only(*spoken, then=enforced)
    result = prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener)
    assert {
        (check.client, check.way.tls) for check in result.checks if check.expected is not Expected.UNSUPPORTED_VERSION
    } == {(client, tls) for client in Client for tls in ("1.2", "1.3")}
    listener.rule = only(*spoken, then=rule)
    with pytest.raises(ProofFailed, match=words):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)
