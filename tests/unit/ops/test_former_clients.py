"""Certificates that are accepted though nobody is to use them: a finding of who left, and a note of who was renewed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from alb_mtls.pki.inventory import IssuedCertificate
from ops.current_listeners import CurrentListener
from ops.former_clients import forgotten_findings, superseded_notes
from tests.helpers import stack_state
from tests.helpers.certificates import ClientCredential, make_client, make_root
from tests.helpers.current import current, deployed, on_alb

NOW = datetime.now(UTC)
ROOT, OTHER = make_root(now=NOW), make_root(now=NOW)
TWENTY_DAYS, FORTY_DAYS = make_client(ROOT, now=NOW, days=20), make_client(ROOT, now=NOW, days=40)
LISTENERS = (current(ROOT),)


def _past(credential: ClientCredential, name: str, status: str = "forgotten") -> IssuedCertificate:
    return stack_state.issued(credential, name=name, status=status).certificates[0]


def _forgotten(*past: IssuedCertificate, listeners: tuple[CurrentListener, ...] = LISTENERS, later: int = 0) -> Any:
    found = forgotten_findings(past, listeners, NOW + timedelta(days=later))
    return [(one.code, one.subject, one.evidence) for one in found]


def test_a_client_that_left_is_found_until_its_certificate_ends() -> None:
    bob = _past(TWENTY_DAYS, "bob")
    end = TWENTY_DAYS.certificate.not_valid_after_utc
    assert _forgotten(bob, later=19) == [
        (
            "FORGOTTEN_CLIENT",
            "client bob",
            f"it left the configuration, and its certificate is accepted until {end:%Y-%m-%d %H:%M} UTC",
        )
    ]
    assert _forgotten(bob, later=20) == []


def test_a_client_that_left_and_whom_no_listener_accepts_is_not_found() -> None:
    bob = _past(TWENTY_DAYS, "bob")
    assert _forgotten(bob, listeners=(current(OTHER),)) == []
    assert _forgotten(bob, listeners=()) == []
    assert len(_forgotten(bob, listeners=(current(OTHER), current(ROOT)))) == 1


def test_where_no_certificate_is_requested_everybody_is_accepted_and_nobody_found() -> None:
    switched_off = current(ROOT, listener=deployed(ROOT, enabled=False), on_alb=on_alb(enabled=False))
    assert _forgotten(_past(TWENTY_DAYS, "bob"), listeners=(switched_off,)) == []


def test_several_certificates_of_a_client_are_one_finding_with_the_last_end() -> None:
    [(_, subject, evidence)] = _forgotten(_past(TWENTY_DAYS, "bob"), _past(FORTY_DAYS, "bob"))
    assert subject == "client bob"
    assert f"{FORTY_DAYS.certificate.not_valid_after_utc:%Y-%m-%d}" in evidence


def test_of_a_fleet_one_finding_names_five_and_counts_the_rest() -> None:
    left = [_past(FORTY_DAYS, f"devices/{letter}") for letter in "abcdefg"]
    [(_, subject, evidence)] = _forgotten(*left, _past(TWENTY_DAYS, "devices/a"))
    assert subject == "fleet devices"
    assert evidence.startswith("8 certificates of clients that left it are accepted until")
    assert evidence.endswith("at the latest: a, b, c, d, e and 2 more")
    [(_, _, evidence)] = _forgotten(left[0])
    assert evidence.startswith("a certificate of a client that left it is accepted until")
    assert evidence.endswith("UTC: a")


def test_a_renewed_certificate_is_a_note_and_no_finding() -> None:
    alice = _past(TWENTY_DAYS, "alice", "superseded")
    assert _forgotten(alice) == []
    [note] = superseded_notes([alice, _past(FORTY_DAYS, "bob")], LISTENERS, NOW)
    assert (note.code, note.subject) == ("SUPERSEDED_CLIENT", "client alice")
    assert note.evidence.startswith("an earlier certificate is accepted until")
    assert superseded_notes([alice], LISTENERS, NOW + timedelta(days=21)) == []
