"""A certificate is renewed inside its window, with a reason, and only when that helps."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from alb_mtls.pki.encoding import certificate_pem, load_certificate
from alb_mtls.pki.keys import key_matches, load_private_key, private_key_pem, spki_sha256
from components.providers.issued_certificates import IssuedCertificatesProvider
from tests.helpers.certificates import ClientCredential, make_client, make_root, signing_request
from tests.helpers.issued import certificate_of, inputs, request

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW)
Properties = dict[str, Any]


def alice(root: ClientCredential = ROOT, **changes: Any) -> Properties:
    return inputs(root, request("alice", **{"validity": "300d", **changes}))


# Renewed with the first and with the last of a fleet.
FIRST, LAST = "0" * 64, "f" * 64


def issued(given: Properties, *, days_ago: int, days_left: float, fingerprint: str = FIRST) -> Properties:
    """Return what the state holds of a certificate as if it had been issued some days ago."""
    outputs = dict(IssuedCertificatesProvider().create(given).outs or {})
    moved = {"notBefore": NOW - timedelta(days=days_ago), "notAfter": NOW + timedelta(days=days_left)}
    times = {key: at.isoformat() for key, at in moved.items()}
    [certificate] = outputs["certificates"]
    return outputs | {"certificates": [{**certificate, **times, "fingerprint": fingerprint}]}


def public_key(held: Properties) -> str:
    return spki_sha256(load_certificate(certificate_of(held, "alice")["certificatePem"]).public_key())


def renewed(held: Properties, given: Properties) -> bool:
    """Tell whether an `up` makes another certificate."""
    provider = IssuedCertificatesProvider()
    if not provider.diff("client-certificates", held, given).changes:
        return False
    outputs = provider.update("client-certificates", held, given).outs or {}
    return bool(certificate_of(outputs, "alice")["fingerprint"] != certificate_of(held, "alice")["fingerprint"])


def test_inside_its_window_it_is_renewed_and_the_preview_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    held = issued(alice(), days_ago=201, days_left=99)
    assert renewed(held, alice())
    printed = capsys.readouterr().out
    assert "client alice: its certificate is renewed, because it ends on" in printed
    assert "(33% before the end)" in printed
    assert printed.rstrip().endswith("; `validity` of the new one is 300d")


def test_one_that_has_ended_is_renewed_and_nobody_is_promised_that_it_is_accepted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert renewed(issued(alice(), days_ago=301, days_left=-1), alice())
    printed = capsys.readouterr().out
    assert "client alice: its certificate is renewed, because it ended on" in printed
    assert "accepted" not in printed


def test_of_one_that_has_ended_and_gets_other_settings_the_preview_says_that_it_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert renewed(issued(alice(), days_ago=301, days_left=-1), alice(validity="200d"))
    printed = capsys.readouterr().out
    assert "client alice gets another certificate; the one that it holds ended on" in printed
    assert "accepted" not in printed


def test_before_its_window_it_is_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert not renewed(issued(alice(), days_ago=199, days_left=101), alice())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("days_left", "first", "last"), [(101, False, False), (98, True, False), (49, True, True)])
def test_of_certificates_that_were_made_together_each_is_renewed_at_its_own_time(
    days_left: int, first: bool, last: bool
) -> None:
    for fingerprint, due in ((FIRST, first), (LAST, last)):
        held = issued(alice(), days_ago=300 - days_left, days_left=days_left, fingerprint=fingerprint)
        assert renewed(held, alice()) is due


@pytest.mark.parametrize(("rotated", "kept"), [(True, False), (False, True)])
def test_a_renewed_certificate_has_a_new_key_or_with_rotate_key_false_the_same(rotated: bool, kept: bool) -> None:
    given = alice(rotateKey=rotated)
    held = issued(given, days_ago=299, days_left=1)
    outputs = IssuedCertificatesProvider().update("client-certificates", held, given).outs or {}
    assert certificate_of(outputs, "alice")["fingerprint"] != FIRST
    assert (public_key(outputs) == public_key(held)) is kept
    assert (outputs["privateKeys"] == held["privateKeys"]) is kept
    assert key_matches(
        load_certificate(certificate_of(outputs, "alice")["certificatePem"]),
        load_private_key(outputs["privateKeys"]["alice"]),
    )


def test_whether_keys_rotate_is_no_reason_to_renew_and_another_kind_of_key_is_a_new_key() -> None:
    held = issued(alice(), days_ago=1, days_left=299)
    assert not renewed(held, alice(rotateKey=False))
    other_kind = alice(rotateKey=False, key={"algorithm": "ecdsa", "curve": "P-384"})
    outputs = IssuedCertificatesProvider().update("client-certificates", held, other_kind).outs or {}
    assert outputs["privateKeys"] != held["privateKeys"]


def test_a_client_with_a_csr_is_renewed_from_the_same_csr_and_no_key_of_it_is_here() -> None:
    csr = signing_request(make_client(ROOT).key, "alice")
    given = alice(key=None, csrPem=csr.public_bytes(Encoding.PEM).decode())
    held = issued(given, days_ago=299, days_left=1)
    assert renewed(held, given)
    outputs = IssuedCertificatesProvider().update("client-certificates", held, given).outs or {}
    assert public_key(outputs) == public_key(held) == spki_sha256(csr.public_key())
    assert not outputs["privateKeys"]


@pytest.mark.parametrize(("window", "due"), [("30d", True), ("28d", False)])
def test_a_window_that_is_moved_over_today_renews_and_another_one_does_not(window: str, due: bool) -> None:
    held = issued(alice(renewBefore="10d"), days_ago=271, days_left=29)
    assert renewed(held, alice(renewBefore=window)) is due


def test_the_renewed_one_lasts_as_long_as_the_settings_say() -> None:
    held = issued(alice(), days_ago=299, days_left=1)
    outputs = IssuedCertificatesProvider().update("client-certificates", held, alice()).outs or {}
    assert datetime.fromisoformat(certificate_of(outputs, "alice")["notAfter"]) > NOW + timedelta(days=299)


def test_one_that_is_clamped_to_its_root_is_not_renewed_for_ever() -> None:
    root = make_root(now=NOW, days=20)
    left = (root.certificate.not_valid_after_utc - NOW) / timedelta(days=1)
    assert not renewed(issued(alice(root), days_ago=280, days_left=left), alice(root))


def test_of_a_root_that_is_about_to_end_nothing_is_renewed_so_that_a_listener_can_be_opened() -> None:
    held = issued(alice(), days_ago=300, days_left=-1)
    ending = make_root(now=NOW - timedelta(days=19, hours=12), days=20)
    given = alice(ending)
    assert not renewed(held | {"issuers": given["issuers"]}, given)


def test_of_more_than_five_renewals_the_first_are_explained_and_the_rest_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [f"device-{number}" for number in range(8)]
    given = inputs(ROOT, *(request(name, validity="300d", renewBefore="9d") for name in names))
    held = dict(IssuedCertificatesProvider().create(given).outs or {})
    old = {"notBefore": (NOW - timedelta(days=295)).isoformat(), "notAfter": (NOW + timedelta(days=5)).isoformat()}
    held["certificates"] = [{**one, **old, "fingerprint": FIRST} for one in held["certificates"]]
    assert IssuedCertificatesProvider().diff("client-certificates", held, given).changes
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[-1] == "and 3 more are renewed: device-5, device-6, device-7"


def test_the_issuers_key_is_no_output() -> None:
    outputs = IssuedCertificatesProvider().create(alice()).outs or {}
    assert private_key_pem(ROOT.key) not in str(outputs)
    assert certificate_pem(ROOT.certificate) in str(outputs["issuers"]).replace("\\n", "\n")
