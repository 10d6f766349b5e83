"""A listener that the configuration has no more: what it is given back to, and who is rejected then."""

from typing import Any

import pytest

from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.listeners.leaving import LeavingListener, claimed_beside, leaving_of, named_beside
from alb_mtls.listeners.planned_lines import leaving_blocks
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of

OURS: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-ours"}]}
THEIRS: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-theirs"}]}
HOST = ListenerHost(host="demo.alb.ingress.top", namespace="default", ingress="web")


def _pointers(fields: dict[str, Any]) -> dict[str, Any]:
    return {f"/{name}": value for name, value in fields.items()}


def _found(
    now: dict[str, Any], before: dict[str, Any], *, configured: tuple[ListenerKey, ...] = (), written: Any = None
) -> list[LeavingListener]:
    claim = claim_of(previous=_pointers(before), written=_pointers(now if written is None else written))
    item = albconfig(https(**now), annotations={LISTENER.claim_annotation: claim.to_text(), "other": "one"})
    return list(claimed_beside([item], configured, lambda _: (HOST,)))


def _text(*found: LeavingListener) -> list[str]:
    return [line for block in leaving_blocks(found, 76) for line in block]


def test_a_listener_that_leaves_is_given_back_as_it_was_and_accepts_everybody() -> None:
    [found] = _found(OURS, {})
    assert _text(found) == [
        "443/HTTPS of alb leaves the configuration",
        "  now: requests client certificates (caEnabled true, CA ca-ours)",
        "  given back: requests no client certificate (caEnabled absent, CA none)",
        "  hosts on it: demo.alb.ingress.top (Ingress default/web)",
        "  clients without a certificate will be accepted",
    ]
    reported = found.to_json()
    assert (reported["leaves"], reported["looked"], reported["changes"]) == (True, True, True)
    assert reported["after"] is None
    assert reported["givenBackTo"] == {"caEnabled": None, "caIdentifiers": []}
    assert reported["rejectsClientsWithoutCertificate"] is False


def test_one_that_is_configured_or_whose_claim_cannot_be_read_does_not_leave() -> None:
    assert _found(OURS, {}, configured=(LISTENER,)) == []
    item = albconfig(https(**OURS), annotations={LISTENER.claim_annotation: "{", "alb-mtls/claim.web.https": "{}"})
    assert list(claimed_beside([item], (), lambda _: None)) == []


def test_a_claim_on_a_listener_that_is_gone_has_nothing_to_give_back() -> None:
    gone = ListenerKey(alb_config="alb", port=8443, protocol="HTTPS")
    item = albconfig(https(), annotations={gone.claim_annotation: claim_of().to_text()})
    assert list(claimed_beside([item], (), lambda _: None)) == []


@pytest.mark.parametrize(
    ("now", "before", "without", "no_longer"),
    [
        (OURS, {}, False, []),
        ({**OURS, "caEnabled": False}, {}, False, []),
        # Whoever had it before requests certificates again, of another CA or at all.
        (OURS, THEIRS, False, ["ca-ours"]),
        ({**OURS, "caEnabled": False}, THEIRS, True, []),
        (OURS, OURS, False, []),
    ],
)
def test_whom_a_listener_rejects_that_is_given_back_follows_from_what_it_was(
    now: dict[str, Any], before: dict[str, Any], *, without: bool, no_longer: list[str]
) -> None:
    [found] = _found(now, before)
    assert (found.rejects, found.no_longer_trusted) == (without, no_longer)
    assert ("  clients without a certificate will be rejected" in _text(found)) is without
    assert ("  clients of CA ca-ours will be rejected" in _text(found)) is bool(no_longer)


def test_a_listener_that_somebody_has_edited_stops_the_up_and_nobody_is_rejected() -> None:
    [found] = _found(THEIRS, {}, written=OURS)
    assert found.to_json()["changes"] is False
    assert "ca-theirs" in str(found.to_json()["stopped"])
    assert (found.rejects, found.no_longer_trusted) == (False, [])
    assert _text(found)[2].startswith("  an up stops here and changes nothing of it: listener 443/HTTPS")


def test_listeners_that_are_alike_leave_in_one_block() -> None:
    [found] = _found(OURS, {})
    ports = [ListenerKey(alb_config="alb", port=port, protocol="HTTPS") for port in (9443, 443)]
    same = [LeavingListener(**{**vars(found), "key": key}) for key in ports]
    assert _text(*same)[0] == "443/HTTPS of alb, 9443/HTTPS of alb leave the configuration"


@pytest.mark.parametrize(
    ("enabled", "commits"),
    [(True, "Two commits are missing in Git: first caEnabled: false"), (False, "A commit is missing in Git")],
)
def test_a_listener_of_git_that_leaves_and_names_our_ca_stops_an_up_at_a_missing_commit(
    *, enabled: bool, commits: str
) -> None:
    beside = list(named_beside([albconfig(https(**{**OURS, "caEnabled": enabled}))], (), lambda _: (HOST,)))
    [found] = leaving_of(beside, deployment="deployment-1", doomed=["ca-ours"])
    reported = found.to_json()
    assert commits in reported["stopped"]
    assert (reported["listener"], reported["changes"], reported["noLongerTrusted"]) == ("alb/443", False, [])
    assert reported["givenBackTo"] == reported["before"]
    assert "an up stops here and changes nothing of it: listener 443/HTTPS of" in " ".join(
        " ".join(_text(found)).split()
    )


def test_a_listener_without_our_ca_or_with_a_claim_or_in_the_configuration_is_not_left_to_git() -> None:
    ours, theirs = albconfig(https("443", **OURS)), albconfig(https(**THEIRS))
    claimed = albconfig(https(**OURS), annotations={LISTENER.claim_annotation: claim_of().to_text()})
    assert list(leaving_of(named_beside([theirs], (), lambda _: None), deployment=None, doomed=["ca-ours"])) == []
    assert list(named_beside([claimed, albconfig(https())], (), lambda _: None)) == []
    assert list(named_beside([ours], (LISTENER,), lambda _: None)) == []
    assert [one.key for one in named_beside([ours], (), lambda _: None)] == [LISTENER]
