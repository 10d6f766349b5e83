"""The proof in a report: every request that was sent, in few rows; of many listeners what they have in common once."""

from dataclasses import replace

import pytest

from alb_mtls.handshake.checks import Check, Client, Expected, ProbeRoute, Proof
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.ways import Way
from ops.current_listeners import CurrentListener
from ops.listener_standing import listener_standing
from ops.report.document import document_of
from ops.report.proofs import ListenerProof, proof_of, proofs_to_json
from ops.report.verdicts import verdict_on
from ops.verify import Verified
from tests.helpers.report_stacks import NOW, SHOWN, listener, looked

TARGET = Target(address="203.0.113.7", port=443, host="demo.alb.ingress.top")
ACCEPTED = Observation(verdict=Verdict.ACCEPTED, status=200, finished=True, requested=True)
REJECTED = Observation(verdict=Verdict.REJECTED_BY_ALERT, alert=116, finished=True, requested=True)


def _check(client: Client, expected: Expected, result: Observation, tls: str = "1.3", way: str = "") -> Check:
    route = ProbeRoute(target=TARGET, tls=tls, http="1.1", way=Way(name=way))  # type: ignore[arg-type] # a version
    return Check(route=route, client=client, expected=expected, result=result, status_before=200)


CHECKS = [
    _check(Client.WITHOUT_CERTIFICATE, Expected.REJECTED, REJECTED),
    _check(Client.WITH_CERTIFICATE, Expected.ACCEPTED, ACCEPTED),
    _check(Client.WITHOUT_CERTIFICATE, Expected.REJECTED, REJECTED, tls="1.2", way="without SNI"),
    _check(Client.WITHOUT_CERTIFICATE, Expected.REJECTED, ACCEPTED, way="HEAD"),
]
PROOF = Proof(
    proven=True,
    at=NOW,
    rounds=1,
    checks=CHECKS,
    connections=300,
    addresses_asked=["203.0.113.7:443"],
    addresses_known=["203.0.113.7:443", "203.0.113.8:443"],
    not_tried=["another host of the listener: none is known"],
)


def _proof(one: CurrentListener, proof: Proof | None = None) -> ListenerProof:
    verified = None if proof is None else Verified(listener=one, proof=proof, probed_as="made with the CA's key")
    standing = listener_standing(one)
    return proof_of(one, standing, verdict_on(one, standing, verified), verified, NOW)


def test_requests_of_one_client_with_one_answer_are_a_row_and_what_is_wrong_comes_first() -> None:
    [shown] = proofs_to_json([_proof(listener(), PROOF)])
    rows = [(row["client"], row["way"], row["cameBack"], row["requests"], row["asItMust"]) for row in shown["rows"]]
    rejected = "rejected by alert certificate_required (116)"
    assert rows == [
        ("without a certificate", "TLS 1.3, HTTP/1.1, HEAD", "accepted (HTTP 200)", "1", "NO"),
        ("with a certificate", "TLS 1.3, HTTP/1.1", "accepted (HTTP 200)", "1", "yes"),
        ("without a certificate", "TLS 1.2, TLS 1.3, HTTP/1.1, without SNI", rejected, "2", "yes"),
    ]


def test_it_says_from_where_when_how_often_and_of_which_addresses() -> None:
    [shown] = proofs_to_json([_proof(listener(), PROOF)])
    assert shown["source"].startswith("this report, from the machine ")
    [each] = shown["each"]
    assert each["when"] == "2026-11-28 09:30 UTC, for this report"
    assert each["addressesText"] == "1 of 2: 203.0.113.7:443; not probed: 203.0.113.8:443"
    assert shown["connectionsText"] == "300 to each address"
    assert "more than 1.3% of the machines" in shown["boundText"]
    assert "300 right answers in a row would come about by chance in fewer than 1 of 20 cases" in shown["boundText"]
    assert shown["notTried"] == ["another host of the listener: none is known"]


def test_the_last_proof_is_shown_with_its_age_and_what_the_state_keeps_of_it() -> None:
    [shown] = proofs_to_json([_proof(listener(minutes=60 * 50))])
    assert shown["each"][0]["when"] == "2026-11-26 07:30 UTC, 2 days ago"
    assert [(row["client"], row["mustBe"]) for row in shown["rows"]] == [
        ("without a certificate", "rejected"),
        ("with a certificate", "accepted"),
    ]
    [older] = proofs_to_json([_proof(listener(shown=replace(SHOWN, answers=())))])
    assert [row["client"] for row in older["rows"]] == ["not kept in a state of this age"]


@pytest.mark.parametrize(("answers", "rows"), [((), 3), (("none accepted without a certificate",), 4)])
def test_connections_in_a_row_of_a_proof_of_now_are_a_row_too(answers: tuple[str, ...], rows: int) -> None:
    [shown] = proofs_to_json([_proof(listener(), replace(PROOF, answers=answers))])
    assert len(shown["rows"]) == rows
    counted = [row["client"] for row in shown["rows"] if row["requests"] == "300 to each address"]
    assert counted == ["without a certificate"] * len(answers)


def test_listeners_that_have_shown_the_same_share_a_table_and_each_keeps_its_own_moment() -> None:
    proofs = [_proof(listener(port=port, minutes=port)) for port in (443, 444)]
    other = replace(proofs[0], listener="445/HTTPS of alb", not_tried=("HTTP/3: no way to it",))
    [shown] = proofs_to_json([*proofs, other])
    assert shown["of"] == "443/HTTPS of alb, 444/HTTPS of alb, 445/HTTPS of alb"
    assert [one["when"] for one in shown["each"]][:2] == [
        "2026-11-28 02:07 UTC, 7 hours ago",
        "2026-11-28 02:06 UTC, 7 hours ago",
    ]
    assert shown["notTried"] == [
        f"443/HTTPS of alb, 444/HTTPS of alb: {SHOWN.not_tried[0]}",
        "445/HTTPS of alb: HTTP/3: no way to it",
    ]
    assert len(proofs_to_json([*proofs, _proof(listener(shown=None))])) == 2


@pytest.mark.parametrize(("proof", "rows"), [(None, 0), (PROOF, 3)])
def test_without_a_proof_of_what_is_there_no_row_stands_beside_it(proof: Proof | None, rows: int) -> None:
    [shown] = proofs_to_json([_proof(listener(shown=None), proof)])
    assert (shown["isThere"], len(shown["rows"])) == (proof is not None, rows)
    assert ("No handshakes have proven it" in shown["why"]) is (proof is None)


def test_198_listeners_are_one_table() -> None:
    document = document_of([looked(*(listener(port=1024 + number) for number in range(198)))], NOW)
    [stack] = document["stacks"]
    assert len(stack["proofs"]) == 1
    assert len(stack["proofs"][0]["each"]) == 198
