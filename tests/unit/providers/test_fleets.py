"""Clients of fleets stand packed in the state, are named a few at a time, and are kept while they cannot be read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pulumi.output import Unknown

from alb_mtls.certificate_resources import IssuedCertificatesInputs, IssuedCertificatesOutputs
from alb_mtls.properties import from_props, to_props
from components.providers.issued_certificates import IssuedCertificatesProvider
from tests.helpers.certificates import make_client, make_root, signing_request
from tests.helpers.issued import inputs, request

NOW = datetime.now(UTC)
ROOT = make_root(now=NOW)
Properties = dict[str, Any]


def fleet(*names: str, kept: tuple[str, ...] = (), **changes: Any) -> Properties:
    """Return the inputs of alice and of a fleet `devices`."""
    given = inputs(ROOT, request("alice"), *(request(f"devices/{one}", **changes) for one in names), kept=list(kept))
    return to_props(from_props(IssuedCertificatesInputs, given))


def held(given: Properties) -> Properties:
    return dict(IssuedCertificatesProvider().create(given).outs or {})


def updated(before: Properties, given: Properties) -> Properties:
    return dict(IssuedCertificatesProvider().update("client-certificates", before, given).outs or {})


def statuses(outputs: Properties) -> dict[str, str]:
    return {one.client: one.status for one in from_props(IssuedCertificatesOutputs, outputs).certificates}


def printed(before: Properties, given: Properties, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    IssuedCertificatesProvider().diff("client-certificates", before, given)
    return capsys.readouterr().out


def test_clients_of_fleets_stand_in_one_text_and_others_as_they_did() -> None:
    outputs = held(fleet("a", "b"))
    assert [one["client"] for one in outputs["certificates"]] == ["alice"]
    assert [one["name"] for one in outputs["clients"]] == ["alice"]
    assert list(outputs["privateKeys"]) == ["alice"]
    assert {type(outputs[name]) for name in ("fleetClients", "fleetCertificates", "fleetPrivateKeys")} == {str}
    assert statuses(outputs) == dict.fromkeys(("alice", "devices/a", "devices/b"), "issued")


def test_a_stack_without_a_fleet_has_none_of_these_texts() -> None:
    assert not [name for name in held(fleet()) if name.startswith("fleet") and name != "fleets"]


def test_the_state_counts_the_certificates_of_a_fleet() -> None:
    outputs = updated(held(fleet("a", "b", "c")), fleet("a", "b", validity="100d"))
    counts = from_props(IssuedCertificatesOutputs, outputs).fleets["devices"]
    assert (counts.clients, counts.superseded, counts.forgotten) == (2, 2, 1)
    assert counts.first_end is not None
    assert 99 <= (datetime.fromisoformat(counts.first_end) - NOW).days <= 100


def test_the_first_preview_counts_the_clients_of_each_fleet(capsys: pytest.CaptureFixture[str]) -> None:
    IssuedCertificatesProvider().check({}, fleet(*"abcdefg"))
    assert capsys.readouterr().out == "devices: 7 new (a, b, c, d, e and 2 more)\n"


def test_later_ones_say_what_is_new_changed_and_forgotten(capsys: pytest.CaptureFixture[str]) -> None:
    before = held(fleet("a", "b", "gone"))
    accepted, counted = printed(before, fleet("a", "b", "c"), capsys).splitlines()
    assert counted == "devices: 1 new (c), 1 forgotten (gone)"
    assert accepted.startswith("devices: of the certificates of clients that leave, the last is accepted until 20")
    assert printed(before, fleet("a", "b", "gone", validity="100d"), capsys) == "devices: 3 changed (a, b, gone)\n"


def test_clients_that_another_root_ca_signs_are_issued_again(capsys: pytest.CaptureFixture[str]) -> None:
    other = inputs(make_root(now=NOW))
    given = {**fleet("a", "b"), **{key: other[key] for key in ("issuers", "issuerPrivateKeys")}}
    assert "devices: 2 issued again (a, b)\n" in printed(held(fleet("a", "b")), given, capsys)
    assert "issued again" not in printed(held(fleet("a", "b")), fleet("a", "b", validity="9d"), capsys)


def test_a_preview_of_a_root_ca_that_is_not_made_yet_counts_all(capsys: pytest.CaptureFixture[str]) -> None:
    given = {**fleet("a", "c"), "issuers": [{"generation": 2.0, "certificatePem": Unknown()}]}  # type: ignore[no-untyped-call] # of the SDK
    assert "devices: 1 new (c), 1 issued again (a), 1 forgotten (b)\n" in printed(held(fleet("a", "b")), given, capsys)


def test_renewals_of_a_fleet_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    before = held(fleet(*"abcdefg", validity="90d"))
    due = fleet(*"abcdefg", validity="90d")
    record = from_props(IssuedCertificatesOutputs, before)
    begin, end = (NOW - timedelta(days=89)).isoformat(), (NOW + timedelta(days=1)).isoformat()
    old = to_props(record)
    old["fleetCertificates"] = to_props(
        IssuedCertificatesOutputs(
            issuers=(),
            clients=(),
            certificates=tuple(
                replace(one, not_before=begin, not_after=end)
                for one in record.certificates
                if one.client.startswith("devices/")
            ),
        )
    )["fleetCertificates"]
    assert printed(old, due, capsys) == "devices: 7 renewed (a, b, c, d, e and 2 more)\n"


def test_a_fleet_that_stays_as_it_is_is_not_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(held(fleet("a")), fleet("a"), capsys) == ""


def test_a_client_whose_request_is_skipped_keeps_certificate_and_key() -> None:
    before = held(fleet("a", "b"))
    after = updated(before, fleet("a", kept=("devices/b",)))
    assert statuses(after) == statuses(before)
    assert after["fleetPrivateKeys"] == before["fleetPrivateKeys"]
    assert not IssuedCertificatesProvider().diff("client-certificates", before, fleet("a", kept=("devices/b",))).changes


def test_a_client_that_left_while_another_is_skipped_is_forgotten() -> None:
    after = updated(held(fleet("a", "b", "c")), fleet("a", kept=("devices/b",)))
    assert statuses(after)["devices/c"] == "forgotten"


def test_where_the_name_of_a_bad_request_is_not_known_nobody_of_that_fleet_is_forgotten() -> None:
    before = held(fleet("a", "b"))
    assert statuses(updated(before, fleet("a", kept=("devices/*",))))["devices/b"] == "issued"
    assert statuses(updated(before, fleet("a", kept=("others/*",))))["devices/b"] == "forgotten"


def test_a_client_that_was_kept_is_forgotten_once_it_has_left() -> None:
    before = updated(held(fleet("a", "b")), fleet("a", kept=("devices/b",)))
    assert statuses(updated(before, fleet("a")))["devices/b"] == "forgotten"


def test_a_client_that_was_never_issued_is_not_kept() -> None:
    assert statuses(held(fleet("a", kept=("devices/b",)))) == {"alice": "issued", "devices/a": "issued"}


@pytest.mark.parametrize(("same", "status"), [(True, "forgotten"), (False, "issued")])
def test_a_request_that_stands_under_another_name_today_is_not_kept_under_the_former_one(
    *, same: bool, status: str
) -> None:
    first, second = (signing_request(make_client(ROOT).key, "d").public_bytes(Encoding.PEM).decode() for _ in range(2))
    before = held(fleet("a", csrPem=first, key=None))
    after = updated(before, fleet("b", kept=("devices/a",), csrPem=first if same else second, key=None))
    assert statuses(after) == {"alice": "issued", "devices/b": "issued", "devices/a": status}
