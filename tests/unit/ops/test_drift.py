"""What counts as drift, and under which code: each way in which the world can leave the state."""

import json
from typing import Any

import pytest

from alb_mtls.cluster.claim import Claim
from ops.current_listeners import CurrentListener
from ops.drift import drift_findings
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.current import IDENTIFIER, current, deployed, in_cas, in_cluster, never_switched, on_alb

ROOT = make_root()
ANOTHER = "2222aaaa-984f-6644-84eb-b234ea25f66a"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _codes(found: CurrentListener) -> list[str]:
    return [str(one.code) for one in drift_findings(found)]


def _entry(manager: str, time: str, *fields: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Update",
        "time": time,
        "fieldsV1": {"f:spec": {each: {} for each in fields}},
    }


OURS = _entry("alb-mtls", "2026-11-23T12:00:00Z", "f:listeners")


def test_nothing_is_found_when_everything_is_as_the_last_up_left_it() -> None:
    assert _codes(current(ROOT)) == []


def test_nothing_is_found_on_a_listener_that_the_stack_switched_off() -> None:
    found = current(
        ROOT, listener=deployed(ROOT, enabled=False), albconfig=in_cluster(enabled=False), on_alb=on_alb(enabled=False)
    )
    assert _codes(found) == []


def test_nothing_is_said_about_what_could_not_be_asked() -> None:
    assert _codes(current(ROOT, albconfig=None, load_balancer=None, on_alb=None, ca=None, ca_searched=False)) == []


def test_nothing_is_said_about_a_listener_whose_first_up_has_not_ended() -> None:
    found = current(ROOT, listener=never_switched(), albconfig=in_cluster(enabled=False))
    assert _codes(found) == []


@pytest.mark.parametrize("enabled", [False, None])
def test_a_listener_that_was_opened_by_hand_is_not_enforced(enabled: bool | None) -> None:
    found = current(ROOT, albconfig=in_cluster(enabled=enabled), on_alb=on_alb(enabled=False))
    assert _codes(found) == ["NOT_ENFORCED", "NOT_ENFORCED"]


def test_an_alb_that_does_not_follow_its_albconfig_is_not_enforced() -> None:
    found = drift_findings(current(ROOT, on_alb=on_alb(enabled=False)))
    assert [str(one.code) for one in found] == ["NOT_ENFORCED"]
    assert "client authentication off" in found[0].evidence
    assert "pulumi up" in found[0].remedy


def test_an_alb_without_the_listener_is_not_enforced() -> None:
    assert _codes(current(ROOT, on_alb=None)) == ["NOT_ENFORCED"]


@pytest.mark.parametrize("identifiers", [(), (ANOTHER,), (IDENTIFIER, ANOTHER)])
def test_any_ca_but_exactly_ours_is_unexpected(identifiers: tuple[str, ...]) -> None:
    found = current(ROOT, albconfig=in_cluster(identifiers=identifiers), on_alb=on_alb(identifiers=identifiers))
    assert _codes(found) == ["UNEXPECTED_CA", "UNEXPECTED_CA"]


def test_our_ca_with_a_suffix_of_the_alb_is_still_ours() -> None:
    assert _codes(current(ROOT, on_alb=on_alb(identifiers=(f"{IDENTIFIER}-cn-hangzhou",)))) == []


def test_a_ca_that_is_gone_from_cas_or_another_one_by_now_is_unexpected() -> None:
    assert _codes(current(ROOT, ca=None)) == ["UNEXPECTED_CA"]
    assert _codes(current(ROOT, ca=in_cas(make_root()))) == ["UNEXPECTED_CA"]


def test_what_cas_holds_of_a_purchased_ca_is_not_compared_with_anything() -> None:
    assert drift_findings(current(ROOT, listener=deployed(None), ca=in_cas(make_root()))) == []


def test_a_disabled_listener_that_asks_all_the_same_is_drift() -> None:
    found = current(ROOT, listener=deployed(ROOT, enabled=False))
    assert _codes(found) == ["DRIFT", "DRIFT"]


@pytest.mark.parametrize(
    ("claim", "sentence"),
    [
        (claim_of(owner="other/prod", token="t", attempt="a", previous={}), "claimed by stack other/prod"),
        (claim_of(owner="alb-mtls/test", token="t", attempt="a", previous={}), "another deployment of this stack"),
    ],
)
def test_a_claim_that_is_not_this_stacks_is_drift(claim: Claim, sentence: str) -> None:
    found = drift_findings(current(ROOT, albconfig=in_cluster(claim=claim)))
    assert [str(one.code) for one in found] == ["DRIFT"]
    assert sentence in found[0].evidence


def test_a_claim_that_was_removed_is_drift() -> None:
    bare = in_cluster()
    del bare["metadata"]["annotations"]
    assert _codes(current(ROOT, albconfig=bare)) == ["DRIFT"]


def test_an_albconfig_that_was_made_anew_is_drift() -> None:
    assert _codes(current(ROOT, listener=deployed(ROOT, uid="uid-of-before"))) == ["DRIFT"]


def test_whoever_wrote_the_listeners_after_this_stack_is_another_writer() -> None:
    later = _entry("argocd", "2026-11-23T13:00:00Z", "f:listeners")
    found = drift_findings(current(ROOT, albconfig=in_cluster(managed=[OURS, later])))
    assert [str(one.code) for one in found] == ["OTHER_WRITER"]
    assert "argocd wrote spec.listeners after this stack, at 2026-11-23T13:00:00Z" in found[0].evidence


def test_whoever_made_the_albconfig_or_wrote_before_this_stack_is_no_finding() -> None:
    managed = [
        OURS,
        _entry("kubectl-create", "2026-11-23T14:00:00Z", "f:config"),
        _entry("kubectl-edit", "2026-11-23T11:00:00Z", "f:listeners"),
    ]
    assert _codes(current(ROOT, albconfig=in_cluster(managed=managed))) == []


def _applied(element: dict[str, Any]) -> dict[str, str]:
    return {LAST_APPLIED: json.dumps({"metadata": {"name": "alb"}, "spec": {"listeners": [element]}})}


def test_a_file_for_kubectl_apply_that_would_undo_this_stack_is_another_writer() -> None:
    annotations = _applied({"port": 443, "protocol": "HTTPS"})
    assert _codes(current(ROOT, albconfig=in_cluster(annotations=annotations))) == ["OTHER_WRITER"]


def test_a_file_for_kubectl_apply_that_has_our_two_fields_is_no_finding() -> None:
    element = {"port": 443, "protocol": "HTTPS", "caEnabled": True, "caCertificates": [{"CertificateId": IDENTIFIER}]}
    assert _codes(current(ROOT, albconfig=in_cluster(annotations=_applied(element)))) == []


def test_a_file_for_kubectl_apply_that_cannot_be_read_is_no_finding() -> None:
    assert _codes(current(ROOT, albconfig=in_cluster(annotations={LAST_APPLIED: "{not json"}))) == []
