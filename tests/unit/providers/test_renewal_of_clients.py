"""A certificate is renewed inside its window, with a reason, and only when that helps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from components.providers.issued_certificates import ClientCertificateProvider
from tests.helpers.certificates import make_root

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW)
Properties = dict[str, Any]


def inputs(**changes: Any) -> Properties:
    return {
        "name": "alice",
        "subject": {"common_name": "alice"},
        "sans": [],
        "key": {"algorithm": "ecdsa", "curve": "P-256"},
        "validityDays": 300.0,
        "renewBefore": "33%",
        "issuerCertificatePem": certificate_pem(ROOT.certificate),
        "issuerPrivateKeyPem": private_key_pem(ROOT.key),
        **changes,
    }


def issued(given: Properties, *, days_ago: int, days_left: float) -> Properties:
    """Return what the state holds of a certificate as if it had been issued some days ago."""
    outputs = dict(ClientCertificateProvider().create(given).outs or {})
    moved = {"notBefore": -timedelta(days=days_ago), "notAfter": timedelta(days=days_left)}
    return outputs | {name: (NOW + moment).isoformat() for name, moment in moved.items()}


def renewed(held: Properties, given: Properties) -> bool:
    """Tell whether an `up` makes another certificate."""
    provider = ClientCertificateProvider()
    if not provider.diff("alice", held, given).changes:
        return False
    outputs = provider.update("alice", held, given).outs or {}
    return bool(outputs["fingerprint"] != held["fingerprint"])


def test_inside_its_window_it_is_renewed_and_the_preview_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    held = issued(inputs(), days_ago=201, days_left=99)
    assert renewed(held, inputs())
    said = capsys.readouterr().out
    assert "client alice: its certificate is renewed, because it ends on" in said
    assert "(33% before the end)" in said


def test_before_its_window_it_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert not renewed(issued(inputs(), days_ago=199, days_left=101), inputs())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("window", "due"), [("30d", True), ("28d", False)])
def test_a_window_that_is_moved_over_today_renews_and_another_one_does_not(window: str, due: bool) -> None:
    held = issued(inputs(renewBefore="10d"), days_ago=271, days_left=29)
    assert renewed(held, inputs(renewBefore=window)) is due


def test_the_renewed_one_lasts_as_long_as_the_settings_say() -> None:
    outputs = ClientCertificateProvider().update("alice", issued(inputs(), days_ago=299, days_left=1), inputs()).outs
    assert datetime.fromisoformat((outputs or {})["notAfter"]) > NOW + timedelta(days=299)


def test_one_that_is_clamped_to_its_root_is_not_renewed_for_ever() -> None:
    root = make_root(now=NOW, days=20)
    given = inputs(
        issuerCertificatePem=certificate_pem(root.certificate), issuerPrivateKeyPem=private_key_pem(root.key)
    )
    left = (root.certificate.not_valid_after_utc - NOW) / timedelta(days=1)
    assert not renewed(issued(given, days_ago=280, days_left=left), given)


def test_of_a_root_that_is_about_to_end_nothing_is_renewed_so_that_the_door_can_be_opened() -> None:
    held = issued(inputs(), days_ago=300, days_left=-1)
    ending = make_root(now=NOW - timedelta(days=19, hours=12), days=20)
    given = inputs(
        issuerCertificatePem=certificate_pem(ending.certificate), issuerPrivateKeyPem=private_key_pem(ending.key)
    )
    assert not renewed(held | {"issuerCertificatePem": given["issuerCertificatePem"]}, given)
