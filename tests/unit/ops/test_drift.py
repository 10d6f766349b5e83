"""What counts as drift, and under which code: each way in which the world can leave the state."""

import json
from typing import Any

import pytest

from alb_mtls.cluster.claim import Claim
from alb_mtls.pki.encoding import certificate_pem
from ops.drift import drift_findings
from ops.snapshots import Observed
from tests.helpers.certificates import make_root
from tests.helpers.observed import IDENTIFIER, in_cas, in_cluster, observed, on_alb, record

ROOT = make_root()
ANOTHER = "2222aaaa-984f-6644-84eb-b234ea25f66a"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _codes(found: Observed) -> list[str]:
    return [str(one.code) for one in drift_findings(found, uploaded_pem=certificate_pem(ROOT.certificate))]


def _entry(manager: str, time: str, *fields: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Update",
        "time": time,
        "fieldsV1": {"f:spec": {each: {} for each in fields}},
    }


OURS = _entry("alb-mtls", "2026-11-23T12:00:00Z", "f:listeners")


def test_nothing_is_found_when_everything_is_as_the_last_up_left_it() -> None:
    assert _codes(observed(ROOT)) == []


def test_nothing_is_found_on_a_listener_that_the_stack_switched_off() -> None:
    found = observed(
        ROOT, record=record(enabled=False), albconfig=in_cluster(enabled=False), live=on_alb(enabled=False)
    )
    assert _codes(found) == []


def test_nothing_is_said_about_what_could_not_be_asked() -> None:
    assert _codes(observed(ROOT, albconfig=None, load_balancer=None, live=None, ca=None, ca_asked=False)) == []


def test_nothing_is_said_about_a_listener_whose_first_up_has_not_ended() -> None:
    found = observed(ROOT, record=record(enabled=None, identifier=None), albconfig=in_cluster(enabled=False))
    assert _codes(found) == []


@pytest.mark.parametrize("enabled", [False, None])
def test_a_listener_that_was_opened_by_hand_is_not_enforced(enabled: bool | None) -> None:
    found = observed(ROOT, albconfig=in_cluster(enabled=enabled), live=on_alb(enabled=False))
    assert _codes(found) == ["NOT_ENFORCED", "NOT_ENFORCED"]


def test_an_alb_that_does_not_follow_its_albconfig_is_not_enforced() -> None:
    found = drift_findings(observed(ROOT, live=on_alb(enabled=False)), uploaded_pem=None)
    assert [str(one.code) for one in found] == ["NOT_ENFORCED"]
    assert "client authentication off" in found[0].evidence
    assert "pulumi up" in found[0].remedy


def test_an_alb_without_the_listener_is_not_enforced() -> None:
    assert _codes(observed(ROOT, live=None)) == ["NOT_ENFORCED"]


@pytest.mark.parametrize("identifiers", [(), (ANOTHER,), (IDENTIFIER, ANOTHER)])
def test_any_ca_but_exactly_ours_is_unexpected(identifiers: tuple[str, ...]) -> None:
    found = observed(ROOT, albconfig=in_cluster(identifiers=identifiers), live=on_alb(identifiers=identifiers))
    assert _codes(found) == ["UNEXPECTED_CA", "UNEXPECTED_CA"]


def test_our_ca_with_a_suffix_of_the_alb_is_still_ours() -> None:
    assert _codes(observed(ROOT, live=on_alb(identifiers=(f"{IDENTIFIER}-cn-hangzhou",)))) == []


def test_a_ca_that_is_gone_from_cas_or_another_one_by_now_is_unexpected() -> None:
    assert _codes(observed(ROOT, ca=None)) == ["UNEXPECTED_CA"]
    assert _codes(observed(ROOT, ca=in_cas(make_root()))) == ["UNEXPECTED_CA"]


def test_what_cas_holds_of_a_purchased_ca_is_not_compared_with_anything() -> None:
    assert drift_findings(observed(ROOT, ca=in_cas(make_root())), uploaded_pem=None) == []


def test_a_disabled_listener_that_asks_all_the_same_is_drift() -> None:
    found = observed(ROOT, record=record(enabled=False))
    assert _codes(found) == ["DRIFT", "DRIFT"]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (Claim(owner="other/prod", token="t", attempt=None, previous={}), "claimed by stack other/prod"),
        (Claim(owner="alb-mtls/test", token="t", attempt=None, previous={}), "another deployment of this stack"),
    ],
)
def test_a_claim_that_is_not_this_stacks_is_drift(claim: Claim, said: str) -> None:
    found = drift_findings(observed(ROOT, albconfig=in_cluster(claim=claim)), uploaded_pem=None)
    assert [str(one.code) for one in found] == ["DRIFT"]
    assert said in found[0].evidence


def test_a_claim_that_was_removed_is_drift() -> None:
    bare = in_cluster()
    del bare["metadata"]["annotations"]
    assert _codes(observed(ROOT, albconfig=bare)) == ["DRIFT"]


def test_an_albconfig_that_was_made_anew_is_drift() -> None:
    assert _codes(observed(ROOT, record=record(uid="uid-of-before"))) == ["DRIFT"]


def test_whoever_wrote_the_listeners_after_this_stack_is_another_writer() -> None:
    later = _entry("argocd", "2026-11-23T13:00:00Z", "f:listeners")
    found = drift_findings(observed(ROOT, albconfig=in_cluster(managed=[OURS, later])), uploaded_pem=None)
    assert [str(one.code) for one in found] == ["OTHER_WRITER"]
    assert "argocd wrote spec.listeners after this stack, at 2026-11-23T13:00:00Z" in found[0].evidence


def test_whoever_made_the_albconfig_or_wrote_before_this_stack_is_no_finding() -> None:
    managed = [
        OURS,
        _entry("kubectl-create", "2026-11-23T14:00:00Z", "f:config"),
        _entry("kubectl-edit", "2026-11-23T11:00:00Z", "f:listeners"),
    ]
    assert _codes(observed(ROOT, albconfig=in_cluster(managed=managed))) == []


def _applied(element: dict[str, Any]) -> dict[str, str]:
    return {LAST_APPLIED: json.dumps({"metadata": {"name": "alb"}, "spec": {"listeners": [element]}})}


def test_a_file_for_kubectl_apply_that_would_undo_this_stack_is_another_writer() -> None:
    annotations = _applied({"port": 443, "protocol": "HTTPS"})
    assert _codes(observed(ROOT, albconfig=in_cluster(annotations=annotations))) == ["OTHER_WRITER"]


def test_a_file_for_kubectl_apply_that_has_our_two_fields_is_no_finding() -> None:
    element = {"port": 443, "protocol": "HTTPS", "caEnabled": True, "caCertificates": [{"CertificateId": IDENTIFIER}]}
    assert _codes(observed(ROOT, albconfig=in_cluster(annotations=_applied(element)))) == []


def test_a_file_for_kubectl_apply_that_cannot_be_read_is_no_finding() -> None:
    assert _codes(observed(ROOT, albconfig=in_cluster(annotations={LAST_APPLIED: "{not json"}))) == []
