"""Findings that are alike are one group, what differs stays apart, and the worst comes first."""

from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.cluster.grouping import Group, grouped
from alb_mtls.cluster.severity import WORST_FIRST, severity
from ops.findings import OpsFindingCode


def found(code: str, subject: str, evidence: str = "open", remedy: str = "close it") -> Finding:
    return Finding(code=code, subject=subject, evidence=evidence, remedy=remedy)


def test_one_finding_is_a_group_that_reads_as_the_finding_does() -> None:
    one = found("HTTP_FORWARDS", "listener 80/HTTP of AlbConfig alb")
    [group] = grouped([one])
    assert group.text == one.text


def test_the_same_sentence_about_many_subjects_stands_once_with_five_of_them_and_the_number_of_the_rest() -> None:
    [group] = grouped(found("WEAK_TLS_POLICY", f"gw-{number}", "TLS 1.0") for number in range(66, 0, -1))

    assert group.subjects == tuple(f"gw-{number}" for number in range(1, 67))
    assert group.evidence == ("TLS 1.0",)
    assert group.text == "gw-1, gw-2, gw-3, gw-4, gw-5 and 61 more: TLS 1.0; close it (WEAK_TLS_POLICY)"


def test_what_was_found_of_one_subject_stands_after_its_name_once() -> None:
    [group] = grouped(found("HTTP_FORWARDS", "80/HTTP", f"Ingress {number}") for number in (10, 9))
    assert group.subjects == ("80/HTTP",)
    assert group.text == "80/HTTP: Ingress 9; Ingress 10; close it (HTTP_FORWARDS)"


def test_where_subjects_and_evidence_differ_each_evidence_names_its_subject() -> None:
    [group] = grouped(found("HTTP_FORWARDS", f"gw-{number}", f"Ingress {number}") for number in range(7))
    assert group.evidence[0] == "gw-0: Ingress 0"
    assert len(group.evidence) == len(group.subjects) == 7
    assert group.text.startswith("gw-0: Ingress 0; gw-1: Ingress 1; ")
    assert group.text.endswith("gw-4: Ingress 4 and 2 more; close it (HTTP_FORWARDS)")


def test_findings_with_another_code_or_another_remedy_are_other_groups() -> None:
    findings = [found("DRIFT", "a"), found("DRIFT", "b", remedy="wait"), found("OTHER_ROUTE", "a")]
    assert [(one.code, one.subjects, one.remedy) for one in grouped(findings)] == [
        ("DRIFT", ("a",), "close it"),
        ("DRIFT", ("b",), "wait"),
        ("OTHER_ROUTE", ("a",), "close it"),
    ]


def test_what_two_listeners_share_is_found_twice_and_counts_once() -> None:
    assert grouped([found("DRIFT", "a"), found("DRIFT", "a")]) == (
        Group(code="DRIFT", subjects=("a",), evidence=("open",), remedy="close it"),
    )


def test_the_worst_group_comes_first_and_a_code_that_nobody_knows_last() -> None:
    codes = ["A_NEW_ONE", "WEAK_TLS_POLICY", "HTTP_FORWARDS", "NOT_ENFORCED"]
    assert [one.code for one in grouped(found(code, "a") for code in codes)] == list(reversed(codes))


def test_every_code_has_its_place_in_the_order_of_severity() -> None:
    assert set(WORST_FIRST) == {str(one) for one in (*FindingCode, *OpsFindingCode)}
    assert [severity(code) for code in WORST_FIRST] == list(range(len(WORST_FIRST)))
