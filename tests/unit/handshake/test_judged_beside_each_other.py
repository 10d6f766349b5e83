"""Answers that tell nothing alone: a page without a word about certificates, an old session turned away unasked."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from alb_mtls.handshake.checks import Client
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe_clients import probe_clients_of
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from tests.helpers.handshakes import (
    ASKED_AND_LET_IN,
    LET_IN,
    NOW,
    PROBES,
    REFUSED,
    ROOT,
    SILENT,
    UNSUPPORTED_VERSION,
    Request,
    ScriptedListener,
    before,
    enforced,
    opened,
)

KNOWN = ProofContext(ca_name=ROOT.certificate.subject)
WORDLESS = replace(ASKED_AND_LET_IN, status=400)
FOREIGN_ONLY = probe_clients_of(ROOT.certificate, None, NOW)


def wordless(request: Request) -> Observation:
    """Refuse with HTTP 400 and a page that does not say why."""
    return ASKED_AND_LET_IN if request.identity is PROBES.valid else WORDLESS


def own_bad_request(_request: Request) -> Observation:
    """Let everybody in to a backend that finds every request bad."""
    return replace(LET_IN, status=400)


def test_a_bad_request_after_the_question_is_a_refusal_where_our_client_gets_through() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = wordless
    result = prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener)
    assert result.proven
    said = {check.client: check.seen.said for check in result.checks}
    assert said[Client.FOREIGN] == "refused by page (HTTP 400)"


def test_a_bad_request_without_the_question_is_the_backend_s_own_answer() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = lambda request: replace(wordless(request), asked=False)
    with pytest.raises(ProofFailed, match=r"let a client in without a certificate \(HTTP 400\) and asked for none"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_a_bad_request_beside_a_client_that_does_not_get_through_tells_nothing() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = lambda _: WORDLESS
    with pytest.raises(
        ProofFailed, match=r"may be a refusal, or the backend's own answer|refused a client with a valid"
    ):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_a_bad_request_tells_nothing_where_the_backend_gave_it_before() -> None:
    listener = ScriptedListener(own_bad_request)
    seen = before(listener)
    listener.rule = lambda _: WORDLESS
    with pytest.raises(ProofFailed, match="may be a refusal, or the backend's own answer"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_a_bad_request_tells_nothing_without_a_client_that_gets_through() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = wordless
    with pytest.raises(
        ProofFailed, match=r"only a client with a certificate that gets through tells .* set proof\.client"
    ):
        prove_enforced(seen, FOREIGN_ONLY, deadline_seconds=0, known=KNOWN, ask=listener)


def test_our_client_met_by_a_bad_request_was_refused_where_everybody_got_through_before() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = lambda request: REFUSED if request.identity is not PROBES.valid else WORDLESS
    with pytest.raises(
        ProofFailed, match=r"refused a client with a valid certificate \(refused by page \(HTTP 400\)\)"
    ):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_a_listener_that_refuses_with_a_wordless_page_already_is_proven_too() -> None:
    listener = ScriptedListener(wordless)
    seen = before(listener)
    assert seen.asked_already
    assert prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener).proven


def test_a_wordless_page_after_a_switch_off_is_no_open_listener() -> None:
    listener = ScriptedListener(wordless)
    seen = before(listener)
    with pytest.raises(ProofFailed, match="still refuses a client without a certificate"):
        prove_open(seen, deadline_seconds=0, known=KNOWN, ask=listener)
    listener.rule = opened
    assert prove_open(seen, deadline_seconds=9, known=KNOWN, ask=listener).proven


def test_a_listener_with_a_wordless_page_is_put_back_with_it_and_not_open() -> None:
    listener = ScriptedListener(wordless)
    seen = before(listener)
    prove_as_before(seen, deadline_seconds=9, known=ProofContext(), ask=listener)
    listener.rule = opened
    with pytest.raises(ProofFailed):
        prove_as_before(seen, deadline_seconds=0, known=ProofContext(), ask=listener)


UNASKED = [
    Observation(verdict=Verdict.REFUSED_BY_ALERT, alert=80),
    Observation(verdict=Verdict.REFUSED_BY_RESET),
    replace(UNSUPPORTED_VERSION, alert=40),
]


def turning_old_sessions_away(
    how: Observation, then: Callable[[Request], Observation]
) -> Callable[[Request], Observation]:
    def rule(request: Request) -> Observation:
        return how if request.session is not None and request.identity is None else then(request)

    return rule


@pytest.mark.parametrize("how", UNASKED)
def test_an_old_session_may_be_turned_away_unasked_where_a_new_client_is_asked(how: Observation) -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = turning_old_sessions_away(how, enforced)
    assert prove_enforced(seen, PROBES, deadline_seconds=9, known=KNOWN, ask=listener).proven


@pytest.mark.parametrize("how", UNASKED)
def test_an_old_session_that_is_turned_away_proves_nothing_where_nobody_is_asked(how: Observation) -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    unasked = replace(REFUSED, asked=False)
    listener.rule = turning_old_sessions_away(
        how, lambda request: enforced(request) if request.identity is not None else unasked
    )
    with pytest.raises(ProofFailed):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


def test_an_old_session_that_meets_silence_proves_nothing() -> None:
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = turning_old_sessions_away(SILENT, enforced)
    with pytest.raises(ProofFailed, match="no longer answers a client resuming a session"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)


@pytest.mark.parametrize("client", [Client.FOREIGN, Client.EXPIRED])
def test_any_other_client_must_be_asked_before_its_refusal_counts(client: Client) -> None:
    impostor = PROBES.foreign if client is Client.FOREIGN else PROBES.expired
    listener = ScriptedListener(opened)
    seen = before(listener)
    listener.rule = lambda request: replace(REFUSED, asked=False) if request.identity is impostor else enforced(request)
    with pytest.raises(ProofFailed, match="never asked for a certificate"):
        prove_enforced(seen, PROBES, deadline_seconds=0, known=KNOWN, ask=listener)
