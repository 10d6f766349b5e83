"""`python -m ops metrics`: what a look comes to in numbers, also a look that failed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.listener_resources import ProofShown
from alb_mtls.pki.keys import private_key_pem
from ops.status import Status
from tests.helpers.current import IDENTIFIER, in_cluster, on_alb
from tests.helpers.metrics import (
    ALICE,
    DEVICE,
    HTTP,
    LISTENER,
    NOW,
    ROOT,
    STACK,
    Numbers,
    Samples,
    metered,
    not_reached,
    parsed,
    text_of,
)


def test_an_enforced_listener_is_1_with_what_its_last_proof_has_shown(numbers: Numbers) -> None:
    found = numbers(metered())
    expected = {
        "enforced": 1,
        "enforcement_desired": 1,
        "awaiting_git": 0,
        "known": 1,
        "problems": 0,
        "proven": 1,
        "last_proof_timestamp_seconds": (NOW - timedelta(minutes=30)).timestamp(),
        "proof_connections": 300,
        "proof_wrong_ratio_bound": 0.0133,
        "proof_addresses_asked": 1,
        "proof_addresses_known": 2,
    }
    shown = {name: samples for name, samples in found.items() if name.startswith("alb_mtls_listener_")}
    assert shown == {f"alb_mtls_listener_{name}": [(LISTENER, value)] for name, value in expected.items()}
    assert found["alb_mtls_look_success"] == [(STACK, 1)]
    assert found["alb_mtls_look_timestamp_seconds"] == [(STACK, NOW.timestamp())]


def test_one_that_somebody_opened_is_0_and_no_longer_proven_and_a_finding(numbers: Numbers) -> None:
    found = numbers(metered(on_alb=on_alb(enabled=False)))
    assert found["alb_mtls_listener_enforced"] == [(LISTENER, 0)]
    assert found["alb_mtls_listener_enforcement_desired"] == [(LISTENER, 1)]
    assert found["alb_mtls_listener_proven"] == [(LISTENER, 0)]
    assert found["alb_mtls_listener_problems"] == [(LISTENER, 1)]
    assert _findings(found, "NOT_ENFORCED") == {"false": 1, "true": 0}


def test_problems_are_those_of_the_listener_alone_and_no_other_findings(numbers: Numbers) -> None:
    found = numbers(metered(albconfig=in_cluster(enabled=False), bypasses=(HTTP,)))
    assert _findings(found, "HTTP_FORWARDS")["false"] == 1
    assert found["alb_mtls_listener_problems"] == [(LISTENER, 1)]
    assert found["alb_mtls_listener_enforced"] == [(LISTENER, 1)]


def test_one_that_git_has_not_yet_switched_on_is_one_that_waits(numbers: Numbers) -> None:
    one = metered(on_alb=on_alb(enabled=False), albconfig=in_cluster(enabled=False, identifiers=()))
    assert one.deployed.desired is not None
    assert one.deployed.switch is not None
    of_git = replace(
        one.deployed,
        desired=replace(one.deployed.desired, write="none"),
        switch=replace(one.deployed.switch, write="none"),
    )
    assert numbers(one)["alb_mtls_listener_awaiting_git"] == [(LISTENER, 0)]
    found = numbers(replace(one, deployed=of_git))
    assert found["alb_mtls_listener_awaiting_git"] == [(LISTENER, 1)]
    assert found["alb_mtls_listener_enforced"] == [(LISTENER, 0)]


def test_one_that_checks_with_another_ca_does_not_enforce(numbers: Numbers) -> None:
    found = numbers(metered(on_alb=on_alb(identifiers=("another",))))
    assert found["alb_mtls_listener_enforced"] == [(LISTENER, 0)]


def test_what_is_not_known_is_absent_and_has_a_number_of_its_own(numbers: Numbers) -> None:
    found = numbers(not_reached())
    assert found["alb_mtls_listener_known"] == [(LISTENER, 0)]
    assert "alb_mtls_listener_enforced" not in found
    assert "alb_mtls_listener_proven" not in found
    assert found["alb_mtls_look_success"] == [(STACK, 0)]
    assert found["alb_mtls_look_unknowns"][0][1] > 0
    # None found is none known then.
    assert "alb_mtls_findings" not in found
    assert "alb_mtls_listener_problems" not in found
    # What the state alone says is known.
    assert found["alb_mtls_listener_last_proof_timestamp_seconds"][0][0] == LISTENER
    assert found["alb_mtls_certificate_not_after_timestamp_seconds"] != []


@pytest.mark.parametrize(("addresses", "there"), [(("a:443", "b:443"), True), ((), False)])
def test_how_many_addresses_there_are_is_absent_where_nobody_could_look_them_up(
    numbers: Numbers, addresses: tuple[str, ...], *, there: bool
) -> None:
    one = metered()
    assert one.deployed.switch is not None
    shown = ProofShown(connections=300, bound=0.0133, addresses_asked=("a:443",), addresses_known=addresses)
    tunnel = replace(one, deployed=replace(one.deployed, switch=replace(one.deployed.switch, proof_shown=shown)))
    found = numbers(tunnel)
    assert ("alb_mtls_listener_proof_addresses_known" in found) is there
    assert found["alb_mtls_listener_proof_addresses_asked"] == [(LISTENER, 1)]


def test_a_look_that_failed_says_only_that_and_when(status: Callable[..., Status]) -> None:
    text = text_of(None)
    names = ["look_success", "look_timestamp_seconds", "look_duration_seconds", "build_info"]
    assert list(parsed(text)) == [f"alb_mtls_{name}" for name in names]
    assert parsed(text)["alb_mtls_look_success"] == [(STACK, 0)]
    assert len(parsed(text_of(status(metered())))) > len(names)


def _findings(found: Samples, code: str) -> dict[str, float]:
    samples = found["alb_mtls_findings"]
    return {labels["accepted"]: value for labels, value in samples if labels["code"] == code}


def test_findings_are_counted_by_code_with_those_that_somebody_accepted_apart(numbers: Numbers) -> None:
    entry = AcceptedFinding(code="HTTP_FORWARDS", subject=HTTP.subject, until=NOW.date(), reason="until Monday")
    other = replace(HTTP, subject="listener 81/HTTP of AlbConfig alb")
    bypasses = (HTTP, other)
    assert _findings(numbers(metered(bypasses=bypasses)), "HTTP_FORWARDS") == {"false": 2, "true": 0}
    found = numbers(metered(bypasses=bypasses), accepted=[entry])
    assert _findings(found, "HTTP_FORWARDS") == {"false": 1, "true": 1}
    assert _findings(found, "DRIFT") == {"false": 0, "true": 0}


def _certificates(found: Samples, name: str) -> dict[tuple[str, str], float]:
    return {(labels["kind"], labels["name"]): value for labels, value in found.get(f"alb_mtls_{name}", [])}


def test_each_certificate_has_its_end_and_when_it_is_overdue(numbers: Numbers) -> None:
    found = numbers(metered())
    ends = _certificates(found, "certificate_not_after_timestamp_seconds")
    overdue = _certificates(found, "certificate_overdue_timestamp_seconds")
    root, alice = ("root_ca", "generation 1"), ("client", "alice")
    assert ends == {
        root: ROOT.certificate.not_valid_after_utc.timestamp(),
        alice: ALICE.certificate.not_valid_after_utc.timestamp(),
    }
    assert overdue[root] == ends[root] - timedelta(days=30).total_seconds()
    renewed = _certificates(found, "certificate_renewal_timestamp_seconds")
    assert list(renewed) == [alice]
    assert overdue[alice] == pytest.approx(ends[alice] - (ends[alice] - renewed[alice]) / 3)


@pytest.mark.parametrize(("days_later", "due"), [(1, 0), (360, 1)])
def test_what_the_next_up_renews_is_counted(numbers: Numbers, days_later: int, due: int) -> None:
    found = numbers(metered(), days_later=days_later)
    assert _certificates(found, "certificates_in_renewal_window")["client", "alice"] == due


def test_an_end_that_somebody_accepted_is_never_overdue(numbers: Numbers) -> None:
    day = (NOW + timedelta(days=360)).date()
    entry = AcceptedFinding(code="CLIENT_EXPIRING", subject="client alice", until=day, reason="leaves")
    assert ("client", "alice") in _certificates(
        numbers(metered(), days_later=360), "certificate_overdue_timestamp_seconds"
    )
    found = numbers(metered(), days_later=360, accepted=[entry])
    assert ("client", "alice") not in _certificates(found, "certificate_overdue_timestamp_seconds")


def test_a_fleet_is_one_series_with_its_number_and_its_next_end(numbers: Numbers) -> None:
    found = numbers(metered(), devices=5)
    assert _certificates(found, "certificates")["fleet", "devices"] == 5
    end = _certificates(found, "certificate_not_after_timestamp_seconds")["fleet", "devices"]
    assert end == DEVICE.certificate.not_valid_after_utc.timestamp()


@pytest.mark.parametrize(("clients", "series", "one"), [(99, 101, "alice"), (100, 2, "*")])
def test_more_than_a_hundred_clients_are_one_series(numbers: Numbers, clients: int, series: int, one: str) -> None:
    found = _certificates(numbers(metered(), clients=clients), "certificates")
    assert len(found) == series
    assert found["client", one] == (1 if one == "alice" else clients + 1)


@pytest.mark.parametrize(("fleets", "series", "one"), [(100, 100, "fleet-0"), (101, 1, "*")])
def test_more_than_a_hundred_fleets_are_one_series_with_the_first_end_of_all(
    numbers: Numbers, fleets: int, series: int, one: str
) -> None:
    printed = numbers(metered(), fleets=fleets)
    found = {key: value for key, value in _certificates(printed, "certificates").items() if key[0] == "fleet"}
    assert (len(found), sum(found.values())) == (series, fleets)
    end = _certificates(printed, "certificate_not_after_timestamp_seconds")["fleet", one]
    assert end == DEVICE.certificate.not_valid_after_utc.timestamp()


def test_no_secret_is_in_it(status: Callable[..., Status]) -> None:
    text = text_of(status(metered(), devices=2))
    assert "PRIVATE KEY" not in text
    assert private_key_pem(ROOT.key).splitlines()[1] not in text
    assert IDENTIFIER not in text
