"""A certificate that has ended stops an up that requests certificates, and none that stops requesting them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.imported_stack import ALICE, ROOT, SOUND, imported, keyless
from tests.unit.configuration.conftest import Parse

DAY = timedelta(days=1)
YESTERDAY = "alice.pem: it ended on 2026-11-22 12:00:00 UTC, 24 hours ago; bring a current one"
END = ROOT.certificate.not_valid_after_utc
OLD = make_root(now=NOW - 400 * DAY)
OLD_ROOT = certificate_pem(OLD.certificate)
ENDED = make_client(OLD, now=NOW - 366 * DAY)
ENDED_PEM = certificate_pem(ENDED.certificate)

ProblemsOf = Callable[..., tuple[str, ...]]


def brought(**more: Any) -> dict[str, Any]:
    return keyless(clients=[{"name": "alice", "certificateFile": "alice.pem"}], **more)


def test_a_root_that_has_ended_is_a_mistake_while_enabled_and_a_warning_when_disabled(parse: Parse) -> None:
    said = (
        f"rootCa.certificateFile: ca.pem: it ended on {END:%Y-%m-%d} 12:00:00 UTC, 0 seconds ago; here it is 12:00:00 "
        "UTC: compare the clocks, or bring a current one"
    )
    assert parse(keyless(), ca=SOUND, now=END - DAY).problems == ()
    assert parse(keyless(), ca=SOUND, now=END).problems == (said,)
    assert parse(keyless(enabled=False), ca=SOUND, now=END).problems == ()
    assert parse(keyless(enabled=False), ca=SOUND, now=END).warnings == (said,)


def test_a_clients_certificate_that_has_ended_is_a_mistake_while_enabled_and_a_warning_when_disabled(
    parse: Parse,
) -> None:
    said = (
        "clients[0].certificateFile: alice.pem: it ended on 2026-11-22 12:00:00 UTC, 24 hours ago; bring a current one"
    )
    assert parse(brought(), ca=OLD_ROOT, alice=ENDED_PEM).problems == (said,)
    assert parse(brought(enabled="false"), ca=OLD_ROOT, alice=ENDED_PEM).warnings == (said,)


def test_a_client_of_the_proof_that_has_ended_is_a_mistake_while_enabled_and_a_warning_when_disabled(
    parse: Parse,
) -> None:
    files = {"ca": OLD_ROOT, "alice": ENDED_PEM, "key": private_key_pem(ENDED.key)}
    proof = {"client": {"certificateFile": "alice.pem", "keyFile": "key.pem"}}
    said = f"proof.client.certificateFile: {YESTERDAY}"
    assert parse(keyless(proof=proof), **files).problems == (said,)
    assert parse(keyless(proof=proof, enabled=False), **files).warnings == (said,)


def test_a_client_that_servers_reject_stops_nobody_from_switching_off_and_one_that_cannot_be_read_does(
    parse: Parse,
) -> None:
    stranger = certificate_pem(make_client(make_root()).certificate)
    said = "clients[0].certificateFile: alice.pem: it was not issued by the root CA"
    [line] = parse(brought(), ca=SOUND, alice=stranger).problems
    assert line.startswith(said)
    off = parse(brought(enabled=False), ca=SOUND, alice=stranger)
    assert off.problems == ()
    assert [line.startswith(said) for line in off.warnings] == [True]
    assert parse(brought(enabled=False), ca=SOUND, alice="nothing").problems != ()


def test_what_is_no_ca_is_a_mistake_whether_enabled_or_disabled(problems_of: ProblemsOf) -> None:
    for enabled in (True, False):
        assert problems_of(keyless(enabled=enabled), ca=certificate_pem(ALICE.certificate)) != ()
        assert problems_of(keyless(enabled=enabled), ca=SOUND) == ()


@pytest.mark.parametrize(("left", "refused"), [(DAY, False), (DAY - timedelta(seconds=1), True)])
def test_a_root_with_less_than_a_day_left_is_refused_where_clients_are_issued(
    parse: Parse, *, left: timedelta, refused: bool
) -> None:
    values = imported(clients=[{"name": "alice"}])
    said = (
        f"rootCa.certificateFile: it ends on {END:%Y-%m-%d %H:%M} UTC, so a client certificate would be valid for less "
        "than 1d; make a new root CA first"
    )
    assert parse(values, ca=SOUND, now=END - left).problems == ((said,) if refused else ())
    assert parse({**values, "enabled": False}, ca=SOUND, now=END - left).problems == ()


def test_a_root_with_less_than_a_day_left_is_taken_where_clients_bring_their_certificates(
    problems_of: ProblemsOf,
) -> None:
    alice = certificate_pem(make_client(ROOT, days=36500).certificate)
    assert problems_of(brought(), ca=SOUND, alice=alice, now=END - timedelta(hours=1)) == ()
    assert problems_of(imported(), ca=SOUND, now=END - timedelta(hours=1)) == ()
