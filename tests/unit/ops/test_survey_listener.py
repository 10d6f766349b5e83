"""The listener of a survey: what it was stands in the claim first, and nobody's edit is written over."""

from collections.abc import Callable
from typing import Any

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.claim_errors import SURVEY_OWNER, ClaimLost, ListenerEdited, ListenerHeld
from alb_mtls.cluster.listener import fields_of
from ops.errors import OpsError
from ops.survey.listener import SurveyedListener, requesting, survey_claim, switched_off
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of

BEFORE: dict[str, Any] = {"caEnabled": False}


def claimed(kube: Cluster) -> SurveyedListener:
    cluster: Any = kube
    alb: Any = Alb(cluster=kube)
    return SurveyedListener.claimed(
        kube=cluster, alb=alb, albconfig=kube.albconfig("alb"), key=LISTENER, survey="ab" * 8, repository="given"
    )


def test_the_claim_comes_before_any_change_and_says_what_the_listener_was() -> None:
    kube = Cluster(item=albconfig(https(**BEFORE)))
    claimed(kube)

    claim = survey_claim(kube.albconfig("alb"), LISTENER)
    assert claim is not None
    assert (claim.owner, claim.deployment, claim.repository) == (SURVEY_OWNER, "ab" * 8, "given")
    assert claim.previous == claim.written == {"/caEnabled": False}
    assert fields_of_listener(kube) == {"/caEnabled": False}


def test_each_write_carries_another_attempt_and_what_was_written() -> None:
    kube = Cluster(item=albconfig(https()))
    listener = claimed(kube)
    attempts = set()
    for fields in (requesting("ca-1"), switched_off("ca-1"), switched_off("ca-1")):
        listener.write(fields)
        claim = read_claim(kube.albconfig("alb"), LISTENER)
        assert claim is not None
        assert claim.written == fields == fields_of_listener(kube)
        assert claim.previous == {}
        attempts.add(claim.attempt)
    assert len(attempts) == 3


def _edit(kube: Cluster) -> None:
    assert kube.item is not None
    kube.item["spec"]["listeners"][0]["caEnabled"] = False


def _take_claim(kube: Cluster) -> None:
    kube.lose_claim()


def _take_over(kube: Cluster) -> None:
    assert kube.item is not None
    kube.item["metadata"]["annotations"][LISTENER.claim_annotation] = claim_of().to_text()


def _put_back_by_another_process(kube: Cluster) -> None:
    claim = read_claim(kube.albconfig("alb"), LISTENER)
    assert claim is not None
    assert kube.item is not None
    changed = claim_of(**{**_members(claim), "attempt": "another"})
    kube.item["metadata"]["annotations"][LISTENER.claim_annotation] = changed.to_text()


def _members(claim: Any) -> dict[str, Any]:
    return {name: getattr(claim, name) for name in ("owner", "deployment", "token", "uid", "previous", "written")}


def _hold(kube: Cluster) -> None:
    assert kube.item is not None
    kube.item["metadata"]["annotations"][LISTENER.hold_annotation] = "a freeze"


@pytest.mark.parametrize(
    ("happens", "error"),
    [
        (_edit, ListenerEdited),
        (_take_claim, ClaimLost),
        (_take_over, ClaimLost),
        (_put_back_by_another_process, ClaimLost),
        (_hold, ListenerHeld),
    ],
)
def test_what_somebody_else_did_meanwhile_is_not_written_over(
    happens: Callable[[Cluster], None], error: type[Exception]
) -> None:
    kube = Cluster(item=albconfig(https()))
    listener = claimed(kube)
    listener.write(requesting("ca-1"))
    happens(kube)
    before = kube.albconfig("alb")

    with pytest.raises(error):
        listener.write(switched_off("ca-1"))
    assert kube.albconfig("alb") == before


def test_a_listener_that_changed_since_the_look_is_not_claimed() -> None:
    kube = Cluster(item=albconfig(https()))
    look = kube.albconfig("alb")
    assert kube.item is not None
    kube.item["spec"]["listeners"][0]["caEnabled"] = True
    cluster: Any = kube
    alb: Any = Alb(cluster=kube)

    with pytest.raises(OpsError, match="has changed since it was looked at"):
        SurveyedListener.claimed(
            kube=cluster, alb=alb, albconfig=look, key=LISTENER, survey="ab" * 8, repository="given"
        )
    assert "annotations" not in kube.albconfig("alb")["metadata"]


def fields_of_listener(kube: Cluster) -> dict[str, Any]:
    return dict(fields_of(kube.element))
