"""What was handed out is remembered until it ends, whoever made it, and a preview says what joins the memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alb_mtls.certificate_resources import IssuedCertificatesInputs
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.issuing import brought_certificate
from alb_mtls.properties import from_props, to_props
from components.providers.issued_certificates import IssuedCertificatesProvider
from tests.helpers.certificates import make_client, make_root
from tests.helpers.issued import certificate_of, inputs, request

NOW = datetime.now(UTC)
ROOT, NEXT = make_root(now=NOW), make_root(now=NOW)
PARTNER, PARTNER_LATER = make_client(ROOT, now=NOW, days=20), make_client(ROOT, now=NOW, days=30)
Properties = dict[str, Any]
ALICE = inputs(ROOT, request("alice"))
BOB = inputs(ROOT, request("bob"))


def brought(*certificates: Any, name: str = "partner", given: Properties = ALICE) -> Properties:
    """Return the inputs of a stack whose clients bring certificates."""
    described = tuple(to_props(brought_certificate(name, certificate_pem(one.certificate))) for one in certificates)
    return to_props(from_props(IssuedCertificatesInputs, {**given, "brought": list(described)}))


def created(given: Properties) -> Properties:
    return dict(IssuedCertificatesProvider().create(given).outs or {})


def updated(held: Properties, given: Properties) -> Properties:
    return dict(IssuedCertificatesProvider().update("client-certificates", held, given).outs or {})


def printed(held: Properties, given: Properties, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    IssuedCertificatesProvider().diff("client-certificates", held, given)
    return capsys.readouterr().out.splitlines()


def past(held: Properties) -> list[tuple[str, str]]:
    return [(one["client"], one["status"]) for one in held["certificates"] if one["status"] != "issued"]


def ended(held: Properties) -> Properties:
    """Return what the state holds as if all of it had ended yesterday."""
    yesterday = (NOW - timedelta(days=1)).isoformat()
    ends = {
        name: [{**one, "notAfter": yesterday} for one in held.get(name) or []] for name in ("certificates", "brought")
    }
    return {**held, **ends}


def test_a_client_that_leaves_is_announced_with_the_end_of_its_certificate_and_remembered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = created(ALICE)
    end = datetime.fromisoformat(certificate_of(held, "alice")["notAfter"])
    until = f"accepted until {end:%Y-%m-%d %H:%M} UTC, as long as a listener trusts its root CA"
    said = f"client alice leaves the configuration; its certificate is {until}: the ALB knows no revocation"
    assert printed(held, BOB, capsys) == [said]
    assert past(updated(held, BOB)) == [("alice", "forgotten")]


def test_of_a_client_that_leaves_after_its_certificate_has_ended_nothing_is_announced_or_remembered(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = ended(created(ALICE))
    assert printed(held, BOB, capsys) == []
    assert past(updated(held, BOB)) == []


def test_other_settings_of_a_client_are_announced_and_its_certificate_is_superseded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held, other = created(ALICE), inputs(ROOT, request("alice", sans=["dns:a.example"]))
    [line] = printed(held, other, capsys)
    assert line.startswith("client alice gets another certificate; the one that it holds is accepted until 20")
    assert past(updated(held, other)) == [("alice", "superseded")]
    assert printed(held, ALICE, capsys) == []


def test_of_a_new_generation_one_line_says_until_when_the_certificates_of_the_old_one_are_accepted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clients = [request(name) for name in ("alice", "bob", "carol")]
    held, given = created(inputs(ROOT, *clients)), inputs(NEXT, *clients)
    given["issuers"][0]["generation"] = 2.0
    given["issuerPrivateKeys"] = {"2": given["issuerPrivateKeys"]["1"]}
    [line] = printed(held, given, capsys)
    assert line.startswith("clients get certificates of generation 2; those that they hold are accepted as long as")
    assert {one["generation"] for one in updated(held, given)["certificates"]} == {1, 2}


def test_of_certificates_that_the_same_up_rejects_no_line_says_that_they_are_accepted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clients = [request(name) for name in ("alice", "bob")]
    held, given = created(inputs(ROOT, *clients)), inputs(NEXT, clients[0])
    given["issuers"][0]["generation"] = 2.0
    given["issuerPrivateKeys"] = {"2": given["issuerPrivateKeys"]["1"]}

    def lines(*, enabled: bool) -> list[str]:
        return printed(held, {**given, "rollover": {"trusted": 2.0, "bound": [1.0], "enabled": enabled}}, capsys)

    rejected = "rejected from this `up` on, with which the listeners trust generation 2 alone"
    assert f"client bob leaves the configuration; its certificate is {rejected}" in lines(enabled=True)
    assert f"clients get certificates of generation 2; those that they hold are {rejected}" in lines(enabled=True)
    assert not any("accepted" in line for line in lines(enabled=True))
    assert sum("accepted" in line for line in lines(enabled=False)) == 2


def test_of_many_that_leave_the_first_five_are_named_and_the_rest_counted(capsys: pytest.CaptureFixture[str]) -> None:
    held = created(inputs(ROOT, *(request(f"device-{number}") for number in range(8))))
    lines = printed(held, inputs(ROOT), capsys)
    assert [line.split()[1] for line in lines[:5]] == [f"device-{number}" for number in range(5)]
    assert lines[5].startswith("and 3 more; of their certificates the last is accepted until 20")
    assert len(lines) == 6


def test_what_was_superseded_is_forgotten_when_its_client_leaves_too_and_stays_so_when_it_comes_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    shorter = inputs(ROOT, request("alice", validity="10d"))
    held = updated(created(ALICE), shorter)
    ends = {one["status"]: datetime.fromisoformat(one["notAfter"]) for one in held["certificates"]}
    assert ends["issued"] < ends["superseded"]
    [line] = printed(held, BOB, capsys)
    assert f"accepted until {ends['superseded']:%Y-%m-%d %H:%M} UTC" in line
    after = updated(held, BOB)
    assert past(after) == [("alice", "forgotten"), ("alice", "forgotten")]
    assert past(updated(after, shorter)) == [("bob", "forgotten"), ("alice", "forgotten"), ("alice", "forgotten")]


def test_a_certificate_that_was_brought_is_remembered_when_its_client_leaves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = created(brought(PARTNER))
    [line] = printed(held, ALICE, capsys)
    assert line.startswith("client partner leaves the configuration; its certificate is accepted until 20")
    after = updated(held, ALICE)
    assert past(after) == [("partner", "forgotten")]
    assert after["certificates"][1]["certificatePem"] == certificate_pem(PARTNER.certificate)
    assert past(updated(after, ALICE)) == [("partner", "forgotten")]


def test_a_certificate_that_was_brought_is_superseded_by_the_next_one_and_in_force_when_it_comes_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = created(brought(PARTNER))
    [line] = printed(held, brought(PARTNER_LATER), capsys)
    assert line.startswith("client partner brings another certificate than before; the former one is accepted until")
    after = updated(held, brought(PARTNER_LATER))
    assert past(after) == [("partner", "superseded")]
    again = updated(after, brought(PARTNER))
    assert [one["fingerprint"] for one in again["certificates"][1:]] == [after["brought"][0]["fingerprint"]]


def test_a_certificate_that_goes_over_to_a_client_of_another_name_is_not_forgotten() -> None:
    assert past(updated(created(brought(PARTNER)), brought(PARTNER, name="renamed"))) == []


def test_a_client_that_brings_its_certificate_from_now_on_leaves_the_issued_one_superseded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = created(inputs(ROOT, request("partner")))
    given = brought(PARTNER, given=inputs(ROOT))
    [line] = printed(held, given, capsys)
    assert line.startswith("client partner brings its certificate from now on; the one that was issued here is")
    assert past(updated(held, given)) == [("partner", "superseded")]


def test_a_client_that_brings_what_was_issued_here_leaves_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    held = created(ALICE)
    same = to_props(brought_certificate("alice", certificate_of(held, "alice")["certificatePem"]))
    given = inputs(ROOT, brought=[same])
    assert printed(held, given, capsys) == []
    assert past(updated(held, given)) == []


def test_a_client_that_gets_its_certificate_issued_from_now_on_leaves_the_brought_one_superseded(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = created(brought(PARTNER, given=inputs(ROOT)))
    [line] = printed(held, inputs(ROOT, request("partner")), capsys)
    assert line.startswith("client partner gets its certificate from this stack from now on; the one that it brought")
    assert past(updated(held, inputs(ROOT, request("partner")))) == [("partner", "superseded")]


def test_a_state_of_before_that_knows_no_brought_certificates_takes_them_in_without_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = created(brought(PARTNER))
    del held["brought"]
    assert printed(held, brought(PARTNER), capsys) == []
    assert IssuedCertificatesProvider().diff("client-certificates", held, brought(PARTNER)).changes
    assert len(updated(held, brought(PARTNER))["brought"]) == 1


def test_an_inventory_that_goes_says_what_is_accepted_by_whoever_trusts_the_root(
    capsys: pytest.CaptureFixture[str],
) -> None:
    held = created(brought(PARTNER))
    IssuedCertificatesProvider().delete("client-certificates", held)
    said = capsys.readouterr().out
    assert "have not ended (alice until 20" in said
    assert "partner until 20" in said
    IssuedCertificatesProvider().delete("client-certificates", ended(held))
    assert capsys.readouterr().out == ""


def test_a_refresh_loses_nothing() -> None:
    held = updated(created(brought(PARTNER)), BOB)
    assert dict(IssuedCertificatesProvider().read("client-certificates", held).outs or {}) == held


def test_an_up_that_cannot_sign_changes_nothing_that_is_remembered() -> None:
    held = updated(created(ALICE), BOB)
    unsigned = {**inputs(ROOT, request("bob"), request("carol")), "issuers": []}
    with pytest.raises(Exception, match="nothing can be signed for"):
        IssuedCertificatesProvider().update("client-certificates", held, unsigned)
    assert past(updated(held, BOB)) == [("alice", "forgotten")]
