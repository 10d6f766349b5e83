"""What commands say of a listener whose AlbConfig Git owns: awaited, brought, taken away, and no claim is missed."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from ops.current_listeners import CurrentListener
from ops.doctor.leaving import examine_leaving
from ops.drift import drift_findings
from ops.git_owned import of_git
from ops.hold import plan_hold
from ops.listener_standing import listener_standing
from ops.state_records import DeployedListener
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import make_root
from tests.helpers.current import IDENTIFIER, current, deployed, in_cluster, on_alb

ROOT = make_root()
FORMER = "1111aaaa-984f-6644-84eb-b234ea25f66a"


def _of_git(*, awaiting: str | None = None, applied: str = IDENTIFIER, **changes: Any) -> DeployedListener:
    one = deployed(ROOT, write="none", **changes)
    assert one.switch is not None
    enabled = one.switch.enabled if awaiting is None else bool(applied)
    switch = replace(
        one.switch, awaiting=awaiting, applied_ca_identifier=applied, applied_enabled=enabled, proven=awaiting is None
    )
    return replace(one, switch=switch)


def _current(*, enabled: bool, identifiers: tuple[str, ...], **listener: Any) -> CurrentListener:
    item = in_cluster(enabled=enabled, identifiers=identifiers)
    del item["metadata"]["annotations"]
    return current(
        ROOT,
        listener=_of_git(**listener),
        albconfig=item,
        on_alb=on_alb(enabled=enabled, identifiers=identifiers if enabled else ()),
    )


BROUGHT = _current(enabled=True, identifiers=(IDENTIFIER,))
AWAITED = _current(enabled=False, identifiers=(), awaiting="Git", applied="")
SWAPPING = _current(enabled=True, identifiers=(FORMER,), awaiting="Git", applied=FORMER)


def test_what_git_has_brought_is_no_finding_without_a_claim_and_with_one_it_is() -> None:
    assert drift_findings(BROUGHT) == []
    [left] = drift_findings(current(ROOT, listener=_of_git()))
    assert "a claim of this stack (an annotation) is left" in left.evidence
    assert left.remedy == "run `pulumi up`, which removes it"


def test_what_is_awaited_is_not_enforced_and_its_remedy_is_the_commit() -> None:
    codes = {one.code for one in drift_findings(AWAITED)}
    assert "NOT_ENFORCED" in codes
    remedies = {one.remedy for one in drift_findings(AWAITED)}
    assert all("python -m ops fragment alb/443" in one for one in remedies), remedies
    assert listener_standing(AWAITED).headline == "OPEN TO EVERYBODY, Git is awaited (write: none)"


def test_the_json_has_what_is_to_be_committed_and_who_is_awaited() -> None:
    found = of_git(AWAITED)
    assert (found["write"], found["awaiting"]) == ("none", "Git")
    [element] = yaml.safe_load(found["fragment"])
    assert element["caCertificates"] == [{"CertificateId": IDENTIFIER}]
    assert of_git(BROUGHT)["awaiting"] is None
    assert of_git(current(ROOT)) == {"write": "patch", "fragment": None, "awaiting": None}


def test_until_git_brings_the_next_generation_the_former_one_enforces() -> None:
    standing = listener_standing(SWAPPING)
    assert standing.headline == f"enforced with CA {FORMER} still; Git is awaited with {IDENTIFIER}"
    assert {one.code for one in drift_findings(SWAPPING)} == {"UNEXPECTED_CA"}


@pytest.mark.parametrize(
    ("identifiers", "names"), [((), "no CA"), ((FORMER,), "another CA"), ((IDENTIFIER, FORMER), "another CA")]
)
def test_a_listener_whose_alb_does_not_follow_names_what_git_has_made_of_the_list(
    identifiers: tuple[str, ...], names: str
) -> None:
    one = _current(enabled=True, identifiers=identifiers)
    ahead = replace(one, snapshot=replace(one.snapshot, on_alb=on_alb()))
    assert listener_standing(ahead).headline == f"enforced still, though the AlbConfig names {names}"


def test_a_listener_that_is_off_may_list_what_git_likes() -> None:
    listener = _current(enabled=False, identifiers=())
    off = replace(listener, deployed=_of_git(enabled=False))
    assert drift_findings(off) == []
    assert listener_standing(off).proven_at is not None
    assert of_git(off)["awaiting"] is None


@pytest.mark.parametrize(("identifiers", "count"), [((IDENTIFIER,), 1), ((), 0)])
def test_doctor_names_the_commits_that_a_listener_which_left_the_configuration_lacks(
    identifiers: tuple[str, ...], count: int
) -> None:
    settings: Any = type("Settings", (), {"root_cas": (), "listeners": ()})
    one = _of_git()
    claim = replace(one.claim, write="none", made_here=(IDENTIFIER,), ca_identifiers=(IDENTIFIER,), known=(IDENTIFIER,))
    state: Any = type("State", (), {"protected": {}, "listeners": (replace(one, claim=claim),), "stack": "test"})
    listed = [{"CertificateId": one} for one in identifiers]
    kube: Any = Cluster(item=albconfig(https(caEnabled=False, caCertificates=listed)))
    lines = list(examine_leaving(settings, state, kube))
    assert ["A commit is missing in Git" in line.found for line in lines] == [True] * count


@pytest.mark.parametrize("kept", [True, False])
def test_an_open_hold_names_who_keeps_the_albconfig_and_switches_it_on_again(*, kept: bool) -> None:
    tracking = {"argocd.argoproj.io/tracking-id": "shop:alibabacloud.com/AlbConfig:/alb"}
    kube: Any = Cluster(item=albconfig(https(caEnabled=True), annotations=tracking if kept else None))
    result = plan_hold(kube, LISTENER, reason="an incident", opened=True).result
    assert ("Argo CD application shop keeps this AlbConfig: commit caEnabled: false there too" in result) == kept
