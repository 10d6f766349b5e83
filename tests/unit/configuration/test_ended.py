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
END = ROOT.certificate.not_valid_after_utc
OLD = make_root(now=NOW - 400 * DAY)
OLD_ROOT = certificate_pem(OLD.certificate)
ENDED = make_client(OLD, now=NOW - 366 * DAY)
ENDED_PEM = certificate_pem(ENDED.certificate)

ProblemsOf = Callable[..., tuple[str, ...]]


def brought(**more: Any) -> dict[str, Any]:
    return keyless(clients=[{"name": "alice", "certificateFile": "alice.pem"}], **more)


def test_a_root_that_has_ended_is_a_mistake_while_enabled_and_a_warning_when_disabled(parse: Parse) -> None:
    said = f"rootCa.certificateFile: ca.pem: it ended on {END:%Y-%m-%d}; no client of it is accepted"
    assert parse(keyless(), ca=SOUND, now=END - DAY).problems == ()
    assert parse(keyless(), ca=SOUND, now=END).problems == (said,)
    assert parse(keyless(enabled=False), ca=SOUND, now=END).problems == ()
    assert parse(keyless(enabled=False), ca=SOUND, now=END).warnings == (said,)


def test_a_clients_certificate_that_has_ended_is_a_mistake_while_enabled_and_a_warning_when_disabled(
    parse: Parse,
) -> None:
    said = "clients[0].certificateFile: alice.pem: it ended on 2026-11-22; bring a current one"
    assert parse(brought(), ca=OLD_ROOT, alice=ENDED_PEM).problems == (said,)
    assert parse(brought(enabled="false"), ca=OLD_ROOT, alice=ENDED_PEM).warnings == (said,)


def test_a_client_of_the_proof_that_has_ended_is_a_mistake_while_enabled_and_a_warning_when_disabled(
    parse: Parse,
) -> None:
    files = {"ca": OLD_ROOT, "alice": ENDED_PEM, "key": private_key_pem(ENDED.key)}
    proof = {"client": {"certificateFile": "alice.pem", "keyFile": "key.pem"}}
    said = "proof.client.certificateFile: alice.pem: it ended on 2026-11-22; bring a current one"
    assert parse(keyless(proof=proof), **files).problems == (said,)
    assert parse(keyless(proof=proof, enabled=False), **files).warnings == (said,)


def test_whatever_else_is_wrong_with_a_file_is_a_mistake_whether_enabled_or_disabled(problems_of: ProblemsOf) -> None:
    for enabled in (True, False):
        assert any(
            "the root CA's own key" in line for line in problems_of(brought(enabled=enabled), ca=SOUND, alice=SOUND)
        )
        assert problems_of(keyless(enabled=enabled), ca=certificate_pem(ALICE.certificate)) != ()


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
