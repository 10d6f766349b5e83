"""release: the claim goes, alone, and only when nothing depends on it."""

import json
from typing import Any

import pytest

from alb_mtls.cluster.claim_errors import ListenerHeld, MalformedClaim
from ops.errors import OpsError, StillBound
from ops.release import plan_release
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, http, https
from tests.helpers.claims import claim_of

OURS = "1ed33c69-984f-6644-84eb-b234ea25f66a"
CLAIM = claim_of(
    repository="alb-mtls-dev-1a2b3c4d",
    previous={"/caEnabled": False},
    written={"/caEnabled": True, "/caCertificates": [{"CertificateId": OURS}]},
)
KEY = LISTENER.claim_annotation


def bound_to(*identifiers: str, **more: Any) -> dict[str, Any]:
    return {"caCertificates": [{"CertificateId": one} for one in identifiers], **more}


def cluster(*listeners: Any, **annotations: str) -> Cluster:
    return Cluster(item=albconfig(*listeners, annotations={KEY: CLAIM.to_text(), **annotations}))


@pytest.mark.parametrize(
    "listeners",
    [[https()], [https(**bound_to("ca-of-another-team", caEnabled=True))], [http()]],
    ids=["no CA", "another CA", "listener gone"],
)
def test_a_claim_whose_ca_the_listener_no_longer_names_goes_and_nothing_else(listeners: list[Any]) -> None:
    kube = cluster(*listeners, other="x")
    planned = plan_release(kube, LISTENER, deployment=None)
    planned.apply(kube)

    after = kube.albconfig("alb")
    expected = albconfig(*listeners, annotations={"other": "x"})
    assert (after["spec"], after["metadata"]["annotations"]) == (expected["spec"], {"other": "x"})


@pytest.mark.parametrize(
    "listener",
    [
        https(**bound_to(OURS, caEnabled=True)),
        https(**bound_to(OURS, caEnabled=False)),
        https(**bound_to("ca-of-another-team", OURS)),
        https(**bound_to(OURS.upper())),
    ],
    ids=["on", "off", "beside another", "spelled otherwise"],
)
def test_while_the_listener_names_the_ca_of_the_claim_it_stays_and_the_ways_out_are_named(listener: Any) -> None:
    kube = cluster(listener)

    with pytest.raises(StillBound) as refused:
        plan_release(kube, LISTENER, deployment=None)

    for piece in (OURS.lower(), "pulumi destroy", "takeOver: deployment-1", "caEnabled false", "kubectl edit"):
        assert piece in str(refused.value).replace(OURS.upper(), OURS)


def test_a_listener_that_names_the_ca_again_after_it_was_shown_keeps_its_claim() -> None:
    kube = cluster(https())
    planned = plan_release(kube, LISTENER, deployment=None)
    kube.item = cluster(https(**bound_to(OURS))).item

    with pytest.raises(StillBound):
        planned.apply(kube)
    assert KEY in kube.albconfig("alb")["metadata"]["annotations"]


def test_another_claim_than_the_one_that_was_shown_stays() -> None:
    kube = cluster(https())
    planned = plan_release(kube, LISTENER, deployment=None)
    other = claim_of(token="u")
    kube.item = albconfig(https(), annotations={KEY: other.to_text()})

    with pytest.raises(OpsError, match="another one by now"):
        planned.apply(kube)
    assert kube.albconfig("alb")["metadata"]["annotations"] == {KEY: other.to_text()}


def test_what_is_lost_with_the_claim_is_shown_and_whose_it_is() -> None:
    planned = plan_release(cluster(https()), LISTENER, deployment="deployment-1")

    text = "\n".join(planned.changes)
    for piece in ("alb-mtls/dev", "deployment-1", "caEnabled false, caCertificates none", "alb-mtls-dev-1a2b3c4d"):
        assert piece in text
    assert "NOT" not in text


def test_the_claim_of_another_deployment_is_named_as_such() -> None:
    planned = plan_release(cluster(https()), LISTENER, deployment="deployment-2")

    assert "it is NOT of the stack that was read here (deployment deployment-2)" in planned.changes[0]


def test_a_claim_that_came_with_a_copy_of_another_albconfig_goes_and_is_named_as_such() -> None:
    kube = Cluster(item=albconfig(https(), annotations={KEY: claim_of(uid="uid-of-another").to_text()}))
    planned = plan_release(kube, LISTENER, deployment="deployment-1")
    assert "came with a copy of another AlbConfig, and holds nothing" in planned.changes[0]
    planned.apply(kube)
    assert KEY not in (kube.albconfig("alb")["metadata"].get("annotations") or {})


def test_without_a_claim_there_is_nothing_to_do() -> None:
    assert plan_release(Cluster(), LISTENER, deployment=None).changes == ()


def test_a_held_listener_and_a_claim_that_cannot_be_read_are_left_alone() -> None:
    with pytest.raises(ListenerHeld):
        plan_release(cluster(https(), **{LISTENER.hold_annotation: "x"}), LISTENER, deployment=None)
    broken = Cluster(item=albconfig(https(), annotations={KEY: json.dumps({"version": 1})}))
    with pytest.raises(MalformedClaim):
        plan_release(broken, LISTENER, deployment=None)


def test_a_release_says_which_identity_headers_stay_on() -> None:
    key = "/xForwardedForConfig/XForwardedForClientCertSubjectDNEnabled"
    held = claim_of(previous={key: False}, written={"/xForwardedForConfig": {}, key: True})
    kube = Cluster(item=albconfig(https(), annotations={KEY: held.to_text()}))
    changes = plan_release(kube, LISTENER, deployment=None).changes
    assert "the headers that it has switched on stay on: X-Forwarded-Clientcert-subjectdn" in changes
    assert any("XForwardedForClientCertSubjectDNEnabled is false" in one for one in changes)
    none = plan_release(cluster(https()), LISTENER, deployment=None).changes
    assert not any("headers" in one for one in none)
