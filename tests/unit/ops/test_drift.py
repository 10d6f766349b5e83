"""What counts as drift, and under which code: each way in which the world can leave the state."""

import json
from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.cluster.hosts import ListenerHost
from alb_mtls.cluster.identity_headers import IdentityHeaders
from ops.current_listeners import CurrentListener
from ops.drift import drift_findings
from tests.helpers.certificates import make_root
from tests.helpers.claims import claim_of
from tests.helpers.current import (
    IDENTIFIER,
    LOAD_BALANCER,
    current,
    deployed,
    in_cas,
    in_cluster,
    never_switched,
    on_alb,
)

ROOT = make_root()
ATTEMPT = "attempt-1"
ANOTHER = "2222aaaa-984f-6644-84eb-b234ea25f66a"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def _entry(manager: str, time: str, *fields: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": "Update",
        "time": time,
        "fieldsV1": {"f:spec": {each: {} for each in fields}},
    }


def _applied(element: dict[str, Any]) -> dict[str, Any]:
    applied = {"metadata": {"name": "alb"}, "spec": {"listeners": [element]}}
    return in_cluster(annotations={LAST_APPLIED: json.dumps(applied)})


def _without_claim() -> dict[str, Any]:
    bare = in_cluster()
    del bare["metadata"]["annotations"]
    return bare


OURS = _entry("alb-mtls", "2026-11-23T12:00:00Z", "f:listeners")
BEFORE_OURS = _entry("kubectl-edit", "2026-11-23T11:00:00Z", "f:listeners")
ELSEWHERE = _entry("kubectl-create", "2026-11-23T14:00:00Z", "f:config")
OFF = deployed(ROOT, enabled=False)
ELEMENT = {"port": 443, "protocol": "HTTPS"}
OUR_FIELDS = {"caEnabled": True, "caCertificates": [{"CertificateId": IDENTIFIER}]}

NO_FINDING = {
    "as the last up left it": current(ROOT),
    "switched off by the stack": current(
        ROOT, listener=OFF, albconfig=in_cluster(enabled=False), on_alb=on_alb(enabled=False)
    ),
    "nothing was asked": current(ROOT, albconfig=None, load_balancer=None, on_alb=None, ca=None, ca_searched=False),
    "the first up has not ended": current(ROOT, listener=never_switched(), albconfig=in_cluster(enabled=False)),
    "our CA with a suffix of the ALB": current(ROOT, on_alb=on_alb(identifiers=(f"{IDENTIFIER}-cn-hangzhou",))),
    "the ALB does not name the CA": current(ROOT, on_alb=on_alb(identifiers=())),
    "a purchased CA is compared with nothing in CAS": current(ROOT, listener=deployed(None), ca=in_cas(make_root())),
    "others wrote before, or something else": current(
        ROOT, albconfig=in_cluster(managed=[OURS, ELSEWHERE, BEFORE_OURS])
    ),
    "kubectl apply with our two fields": current(ROOT, albconfig=_applied({**ELEMENT, **OUR_FIELDS})),
    "kubectl apply that cannot be read": current(ROOT, albconfig=in_cluster(annotations={LAST_APPLIED: "{not json"})),
}


def _bound(*identifiers: str) -> CurrentListener:
    return current(ROOT, albconfig=in_cluster(identifiers=identifiers), on_alb=on_alb(identifiers=identifiers))


FINDINGS = {
    "caEnabled false by hand": (
        current(ROOT, albconfig=in_cluster(enabled=False), on_alb=on_alb(enabled=False)),
        ["NOT_ENFORCED"] * 2,
    ),
    "caEnabled removed by hand": (
        current(ROOT, albconfig=in_cluster(enabled=None), on_alb=on_alb(enabled=False)),
        ["NOT_ENFORCED"] * 2,
    ),
    "no listener on the ALB": (current(ROOT, on_alb=None), ["NOT_ENFORCED"]),
    "no CA in the AlbConfig, and none that the ALB names": (_bound(), ["UNEXPECTED_CA"]),
    "another CA": (_bound(ANOTHER), ["UNEXPECTED_CA"] * 2),
    "another CA beside ours": (_bound(IDENTIFIER, ANOTHER), ["UNEXPECTED_CA"] * 2),
    "our CA gone from CAS": (current(ROOT, ca=None), ["UNEXPECTED_CA"]),
    "another CA under its identifier": (current(ROOT, ca=in_cas(make_root())), ["UNEXPECTED_CA"]),
    "disabled, and yet it requests certificates": (current(ROOT, listener=OFF), ["DRIFT"] * 2),
    "stopped on the ALB": (current(ROOT, on_alb=on_alb(status="Stopped")), ["DRIFT"]),
    "the claim removed": (current(ROOT, albconfig=_without_claim()), ["DRIFT"]),
    "the AlbConfig created again": (current(ROOT, listener=deployed(ROOT, uid="uid-of-before")), ["DRIFT"]),
    "kubectl apply without our fields": (current(ROOT, albconfig=_applied(ELEMENT)), ["OTHER_WRITER"]),
}


def _codes(found: CurrentListener) -> list[str]:
    return [str(one.code) for one in drift_findings(found)]


@pytest.mark.parametrize("case", NO_FINDING)
def test_what_is_as_it_should_be_or_not_known_is_no_finding(case: str) -> None:
    assert _codes(NO_FINDING[case]) == []


@pytest.mark.parametrize("case", FINDINGS)
def test_what_left_the_state_is_found_under_its_code(case: str) -> None:
    found, codes = FINDINGS[case]
    assert _codes(found) == codes


def test_two_albconfigs_of_one_alb_are_the_cause_where_the_alb_does_not_follow_and_only_there() -> None:
    [found] = drift_findings(current(ROOT, on_alb=on_alb(enabled=False), sharing=("second",)))
    assert "is named by AlbConfig alb and by second too" in found.evidence
    assert drift_findings(current(ROOT, sharing=("second",))) == []


def test_an_edition_that_the_controller_takes_back_is_found_also_where_no_up_has_finished() -> None:
    waf = replace(LOAD_BALANCER, edition="StandardWithWaf")
    for listener in (deployed(ROOT), deployed(ROOT, enabled=False), never_switched()):
        found = drift_findings(current(ROOT, listener=listener, load_balancer=waf))
        assert "EDITION_REVERT" in [str(one.code) for one in found]
    assert drift_findings(current(ROOT)) == []


def test_an_alb_that_does_not_follow_its_albconfig_is_not_enforced() -> None:
    found = drift_findings(current(ROOT, on_alb=on_alb(enabled=False)))
    assert [str(one.code) for one in found] == ["NOT_ENFORCED"]
    assert "client authentication off" in found[0].evidence
    assert "pulumi up" in found[0].remedy


@pytest.mark.parametrize(
    ("deployment", "sentence"),
    [
        ("deployment-2", "claimed by stack alb-mtls/dev (deployment deployment-2)"),
        ("deployment-1", "the claim of this deployment is not the one in the state"),
    ],
)
def test_a_claim_that_is_not_this_stacks_is_drift(deployment: str, sentence: str) -> None:
    claim = claim_of(deployment=deployment, token="t", attempt="a", previous={})
    found = drift_findings(current(ROOT, albconfig=in_cluster(claim=claim)))
    assert [str(one.code) for one in found] == ["DRIFT"]
    assert sentence in found[0].evidence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"attempt": "of a killed run"}, "a run began to change the listener and did not end as planned"),
        ({"uid": "uid-of-another"}, "came with a copy of another AlbConfig and does not count"),
    ],
)
def test_a_claim_of_a_run_that_did_not_end_and_one_from_a_copy_are_drift(
    changes: dict[str, str], sentence: str
) -> None:
    claim = claim_of(**{"token": "token-1", "attempt": ATTEMPT, **changes})
    found = drift_findings(current(ROOT, albconfig=in_cluster(claim=claim)))
    assert [str(one.code) for one in found] == ["DRIFT"]
    assert sentence in found[0].evidence


def test_whoever_wrote_the_listeners_after_this_stack_is_another_writer() -> None:
    later = _entry("argocd", "2026-11-23T13:00:00Z", "f:listeners")
    found = drift_findings(current(ROOT, albconfig=in_cluster(managed=[OURS, later])))
    assert [str(one.code) for one in found] == ["OTHER_WRITER"]
    by_command = _entry("alb-mtls-ops", "2026-11-23T13:00:00Z", "f:listeners")
    assert drift_findings(current(ROOT, albconfig=in_cluster(managed=[OURS, by_command]))) == []
    assert "argocd wrote spec.listeners after this stack, at 2026-11-23T13:00:00Z" in found[0].evidence
    assert "what a person wrote once, and is right, `accept`" in found[0].remedy


ARGO = _entry("argocd-controller", "2026-11-23T13:00:00Z", "f:listeners")
TRACKED = {"argocd.argoproj.io/tracking-id": "shop:alibabacloud.com/AlbConfig:/alb", LAST_APPLIED: "{}"}


def test_a_tool_that_syncs_by_itself_is_one_finding_before_and_after_it_wrote() -> None:
    kept = "Argo CD application shop keeps this AlbConfig (annotation argocd.argoproj.io/tracking-id"
    for managed, later in (
        ([OURS], ""),
        ([OURS, ARGO], "; it wrote spec.listeners after this stack, at 2026-11-23T13"),
    ):
        (found,) = drift_findings(current(ROOT, albconfig=in_cluster(annotations=TRACKED, managed=managed)))
        assert found.code == "OTHER_WRITER"
        assert found.evidence.startswith(kept)
        assert later in found.evidence
        assert "docs/how-to/gitops/argo-cd.md" in found.remedy


def test_where_git_writes_nobody_undoes_anything() -> None:
    listener = deployed(ROOT, write="none")
    albconfig = in_cluster(annotations=TRACKED, managed=[OURS, ARGO])
    assert "OTHER_WRITER" not in _codes(current(ROOT, listener=listener, albconfig=albconfig))
    assert "OTHER_WRITER" in _codes(current(ROOT, albconfig=albconfig))


def test_drift_that_a_tool_made_names_it() -> None:
    written = {"/caEnabled": True, "/caCertificates": [{"CertificateId": IDENTIFIER}]}
    claim = claim_of(token="token-1", attempt=ATTEMPT, written=written)
    albconfig = in_cluster(enabled=False, claim=claim, annotations=TRACKED, managed=[OURS, ARGO])
    evidence = next(one.evidence for one in drift_findings(current(ROOT, albconfig=albconfig)))
    assert "last by Argo CD application shop (field manager argocd-controller) at 2026-11-23T13:00:00Z" in evidence


def test_a_host_that_came_to_a_listener_which_enforces_is_found_where_hosts_are_listed() -> None:
    came = ListenerHost(host="b.example", namespace="team", ingress="web")
    allowing = {"allowed_hosts": ("demo.alb.ingress.top",)}
    [found] = drift_findings(current(ROOT, listener=deployed(ROOT, **allowing), hosts=(came,)))
    assert str(found.code) == "UNEXPECTED_HOST"
    assert "host b.example of Ingress team/web is on it" in found.evidence
    off = in_cluster(enabled=False)
    for listener, item in ((deployed(ROOT), in_cluster()), (deployed(ROOT, enabled=False, **allowing), off)):
        on = on_alb(enabled=bool(listener.enabled))
        assert drift_findings(current(ROOT, listener=listener, albconfig=item, on_alb=on, hosts=(came,))) == []
    assert drift_findings(current(ROOT, listener=deployed(ROOT, **allowing), hosts=None)) == []


HELD = {"alb-mtls/hold.443.https": "ticket 4711"}


@pytest.mark.parametrize(
    ("listener", "expected"),
    [
        (current(ROOT, albconfig=in_cluster(annotations=HELD)), ["LISTENER_HELD"]),
        (current(ROOT, albconfig=in_cluster(annotations=HELD, enabled=False)), ["LISTENER_HELD", "NOT_ENFORCED"]),
        (current(ROOT, listener=never_switched(), albconfig=in_cluster(annotations=HELD)), ["LISTENER_HELD"]),
        (current(ROOT, albconfig=in_cluster(annotations={"alb-mtls/hold.8443.https": "x"})), []),
    ],
    ids=["as it was", "and opened", "before the first up has ended", "another listener"],
)
def test_a_hold_is_found_beside_what_it_covers(listener: CurrentListener, expected: list[str]) -> None:
    found = drift_findings(listener)

    assert sorted(str(one.code) for one in found) == expected
    for one in found:
        if one.code == "LISTENER_HELD":
            assert "ticket 4711" in one.evidence
            assert "python -m ops resume alb/443" in one.remedy


HEADERS = IdentityHeaders(subject_dn="", fingerprint="x-print")
WITH_HEADERS = {
    "XForwardedForClientCertSubjectDNEnabled": True,
    "XForwardedForClientCertFingerprintEnabled": True,
    "XForwardedForClientCertFingerprintAlias": "x-print",
}


def _with_headers(there: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    albconfig = in_cluster()
    albconfig["spec"]["listeners"][0]["xForwardedForConfig"] = there
    listener = replace(on_alb(), fields={"xForwardedForConfig": shown})
    deployed_so = deployed(ROOT, identity_headers=HEADERS)
    return [
        one.evidence
        for one in drift_findings(current(ROOT, listener=deployed_so, albconfig=albconfig, on_alb=listener))
    ]


def test_identity_headers_that_are_not_as_configured_are_drift_in_the_albconfig_and_on_the_alb() -> None:
    theirs = {**WITH_HEADERS, "XForwardedForClientCertFingerprintAlias": "theirs", "XForwardedForProtoEnabled": True}
    assert _with_headers(WITH_HEADERS, WITH_HEADERS) == []
    alias = "XForwardedForClientCertFingerprintAlias"
    assert _with_headers(theirs, WITH_HEADERS) == [
        f'of xForwardedForConfig, {alias} is "theirs", desired is {alias} is "x-print"'
    ]
    assert _with_headers(WITH_HEADERS, theirs) == [
        f'identity headers on the ALB: {alias} is "theirs", desired is {alias} is "x-print"'
    ]


@pytest.mark.parametrize(("applied", "codes"), [(WITH_HEADERS, []), ({}, ["OTHER_WRITER"])])
def test_a_kept_file_without_the_headers_would_undo_them(applied: dict[str, Any], codes: list[str]) -> None:
    albconfig = _applied({**ELEMENT, **OUR_FIELDS, "xForwardedForConfig": applied})
    albconfig["spec"]["listeners"][0]["xForwardedForConfig"] = WITH_HEADERS
    shown = replace(on_alb(), fields={"xForwardedForConfig": WITH_HEADERS})
    listener = deployed(ROOT, identity_headers=HEADERS)
    assert _codes(current(ROOT, listener=listener, albconfig=albconfig, on_alb=shown)) == codes


def _remedies(listener: CurrentListener) -> set[str]:
    return {one.remedy for one in drift_findings(listener) if one.code in ("NOT_ENFORCED", "UNEXPECTED_CA", "DRIFT")}


def _edited(**changes: Any) -> CurrentListener:
    written = {"/caEnabled": True, "/caCertificates": [{"CertificateId": IDENTIFIER}]}
    values = {"token": "token-1", "attempt": ATTEMPT, **changes.pop("claim", {})}
    claim = claim_of(owner="alb-mtls/test", written=written, **values)
    there = on_alb(enabled=False, identifiers=changes.get("identifiers", (IDENTIFIER,)))
    return current(ROOT, albconfig=in_cluster(claim=claim, **{"enabled": False, **changes}), on_alb=there)


LATER = _entry("kubectl-edit", "2026-11-23T13:00:00Z", "f:listeners")


def test_an_edit_is_named_with_its_field_before_and_after_who_and_when_and_an_up_repairs_it() -> None:
    found = drift_findings(_edited(managed=[LATER]))
    assert next(one.evidence for one in found if one.code == "NOT_ENFORCED") == (
        "caEnabled is false in the AlbConfig, desired is true; edited since this stack wrote it, last by field manager "
        "kubectl-edit at 2026-11-23T13:00:00Z"
    )
    assert _remedies(_edited()) == {"`pulumi preview` shows what differs; `pulumi up` repairs and proves it"}


def _misspelled() -> CurrentListener:
    found = _edited()
    assert found.snapshot.albconfig is not None
    found.snapshot.albconfig["spec"]["listeners"][0]["caCertificates"] = "one"
    return found


@pytest.mark.parametrize(
    ("listener", "way"),
    [
        (_misspelled(), "each stops there: listener 443/HTTPS of AlbConfig alb: spec.listeners[0].caCert"),
        (_edited(identifiers=(ANOTHER,)), f"takeOver: {ANOTHER}"),
        (_edited(claim={"attempt": "of a killed run"}), "set the two fields in the AlbConfig to what this stack wrote"),
        (_edited(claim={"deployment": "deployment-2"}), "takeOver: deployment-2"),
        (_edited(annotations={"alb-mtls/hold.443.https": "ticket"}), "python -m ops resume alb/443 --stack test"),
    ],
    ids=[
        "no list of CAs",
        "another CA",
        "edited after a run that did not end",
        "claimed by another deployment",
        "held",
    ],
)
def test_where_an_up_stops_nothing_promises_a_repair(listener: CurrentListener, way: str) -> None:
    [remedy] = _remedies(listener)
    assert way in remedy
    assert "repairs" not in remedy
