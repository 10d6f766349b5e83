"""A new client with the subject of one that has left: the preview says so, for backends see one name twice."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.issuing import brought_certificate
from alb_mtls.properties import to_props
from components.providers.issued_certificates import IssuedCertificatesProvider
from tests.helpers.certificates import make_client, make_root
from tests.helpers.issued import inputs, request

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW)
ALICE = inputs(ROOT, request("alice"))


def _said(held: dict[str, Any], given: dict[str, Any], printed: pytest.CaptureFixture[str]) -> str:
    IssuedCertificatesProvider().diff("client-certificates", held, given)
    return printed.readouterr().out


def _held(given: dict[str, Any]) -> dict[str, Any]:
    return dict(IssuedCertificatesProvider().create(given).outs or {})


def test_a_new_client_with_the_subject_of_one_that_left_is_named_in_the_preview(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = _held(ALICE)
    said = "client bob has the subject of client alice, which left the configuration and is accepted until"
    assert said in _said(held, inputs(ROOT, request("bob", subject={"commonName": "Alice"})), capsys)
    assert "has the subject" not in _said(held, inputs(ROOT, request("bob")), capsys)


def test_a_client_that_left_some_runs_ago_counts_until_its_certificate_has_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bob, carol = inputs(ROOT, request("bob")), request("carol", subject={"commonName": "alice"})
    held = dict(IssuedCertificatesProvider().update("client-certificates", _held(ALICE), bob).outs or {})
    assert [one["status"] for one in held["certificates"]] == ["issued", "forgotten"]
    given = inputs(ROOT, request("bob"), carol)
    assert "client carol has the subject of client alice" in _said(held, given, capsys)
    issued, forgotten = held["certificates"]
    ended = {**forgotten, "notAfter": (NOW - timedelta(days=1)).isoformat()}
    assert "has the subject" not in _said({**held, "certificates": [issued, ended]}, given, capsys)


def test_who_is_there_already_is_not_compared_with_anybody(capsys: pytest.CaptureFixture[str]) -> None:
    assert _said(_held(ALICE), ALICE, capsys) == ""


def test_a_client_that_leaves_in_this_very_run_and_one_that_brought_its_certificate_count_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    partner = make_client(ROOT, now=NOW, name="partner")
    described = to_props(brought_certificate("partner", certificate_pem(partner.certificate)))
    held = _held({**ALICE, "brought": [described]})
    bob = request("bob", subject={"commonName": "Partner", "email": "partner@ali.example"})
    assert "client bob has the subject of client partner" in _said(held, inputs(ROOT, request("alice"), bob), capsys)
    stays = inputs(ROOT, request("alice"), bob, brought=[described])
    assert "has the subject" not in _said(held, stays, capsys)
