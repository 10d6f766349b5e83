"""hold and resume: what a person is shown, what is written, and what keeps it from being written."""

from typing import Any

import pytest

from alb_mtls.cluster.claim_errors import Recreated
from alb_mtls.cluster.errors import NoSuchListener
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.listener_key import ListenerKey
from ops.errors import OpsError
from ops.hold import plan_hold, plan_resume
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https

KEY = LISTENER.hold_annotation


def cluster(hold: str | None = None, **fields: Any) -> Cluster:
    annotations = None if hold is None else {KEY: hold}
    return Cluster(item=albconfig(https(**{"caEnabled": True, **fields}), annotations=annotations))


def annotations(kube: Cluster) -> dict[str, str]:
    found: dict[str, str] = kube.albconfig("alb")["metadata"].get("annotations", {})
    return found


def test_an_open_hold_says_and_writes_both() -> None:
    kube = cluster()
    planned = plan_hold(kube, LISTENER, reason="customers are out", opened=True)
    planned.apply(kube)

    assert len(planned.changes) == 2
    assert "caEnabled becomes false (it is true now)" in planned.changes[1]
    assert "python -m ops resume alb/443" in planned.result
    assert (annotations(kube), kube.element["caEnabled"]) == ({KEY: "customers are out"}, False)


def test_a_hold_alone_writes_the_reason_alone() -> None:
    kube = cluster()
    planned = plan_hold(kube, LISTENER, reason="a freeze", opened=False)
    planned.apply(kube)

    assert len(planned.changes) == 1
    assert (annotations(kube), kube.element["caEnabled"]) == ({KEY: "a freeze"}, True)


def test_the_reason_is_written_without_characters_that_play_with_a_terminal() -> None:
    kube = cluster()
    plan_hold(kube, LISTENER, reason="a\x1b[31m\u202eb\n", opened=False).apply(kube)

    assert annotations(kube) == {KEY: "a [31mb"}


@pytest.mark.parametrize("reason", ["", " ", "\n", "\u200f"])
def test_a_hold_without_a_reason_is_not_planned(reason: str) -> None:
    with pytest.raises(OpsError, match="--reason is empty"):
        plan_hold(cluster(), LISTENER, reason=reason, opened=False)


def test_another_reason_replaces_the_first_after_both_were_shown() -> None:
    kube = cluster(hold="first")
    planned = plan_hold(kube, LISTENER, reason="second", opened=False)
    planned.apply(kube)

    assert planned.changes == ("another reason: second (until now: first)",)
    assert annotations(kube) == {KEY: "second"}


@pytest.mark.parametrize(("shown", "by_now"), [(None, "theirs"), ("first", "theirs"), ("first", None)])
def test_a_hold_that_somebody_else_set_or_removed_after_it_was_shown_is_not_overwritten(
    shown: str | None, by_now: str | None
) -> None:
    planned = plan_hold(cluster(hold=shown), LISTENER, reason="ours", opened=True)
    kube = cluster(hold=by_now)
    with pytest.raises(OpsError, match="in the meantime"):
        planned.apply(kube)
    assert (annotations(kube).get(KEY), kube.element["caEnabled"]) == (by_now, True)


def test_a_hold_alone_promises_nothing_about_a_field_that_others_may_change_meanwhile() -> None:
    planned = plan_hold(cluster(), LISTENER, reason="a freeze", opened=False)
    kube = cluster(caEnabled=False)
    planned.apply(kube)
    assert "true" not in planned.result
    assert (annotations(kube), kube.element["caEnabled"]) == ({KEY: "a freeze"}, False)


def test_a_hold_that_stands_as_it_should_is_nothing_to_do() -> None:
    assert plan_hold(cluster("x", caEnabled=False), LISTENER, reason="x", opened=True).changes == ()


@pytest.mark.parametrize("opened", [True, False])
def test_only_an_https_listener_that_is_there_can_be_held(opened: bool) -> None:
    quic = ListenerKey(alb_config="alb", port=443, protocol="QUIC")
    with pytest.raises(OpsError, match="requests no client certificates and is never written to"):
        plan_hold(cluster(), quic, reason="x", opened=opened)
    gone = ListenerKey(alb_config="alb", port=8443, protocol="HTTPS")
    with pytest.raises(NoSuchListener):
        plan_hold(cluster(), gone, reason="x", opened=opened)


def test_no_hold_is_ended_on_a_listener_that_nobody_has() -> None:
    gone = ListenerKey(alb_config="alb", port=4443, protocol="HTTPS")
    with pytest.raises(NoSuchListener):
        plan_resume(cluster(hold="x"), gone)


def test_an_albconfig_made_again_after_it_was_shown_is_left_alone() -> None:
    kube = cluster()
    planned = plan_hold(kube, LISTENER, reason="x", opened=True)
    kube.recreate(caEnabled=True)

    with pytest.raises(Recreated):
        planned.apply(kube)
    assert kube.element["caEnabled"] is True


def test_an_open_hold_is_written_over_what_others_have_changed_meanwhile() -> None:
    kube = cluster()
    planned = plan_hold(kube, LISTENER, reason="x", opened=True)
    kube.item = albconfig(https(caEnabled=True, http2Enabled=True))
    planned.apply(kube)

    assert (kube.element["caEnabled"], kube.element["http2Enabled"]) == (False, True)


def test_resume_removes_the_hold_and_leaves_the_fields() -> None:
    kube = cluster(hold="x", caEnabled=False)
    planned = plan_resume(kube, LISTENER)
    planned.apply(kube)

    assert planned.changes == ("no longer held: x",)
    assert "The next `pulumi up` sets them as configured, or stops and says why" in planned.result
    assert (annotations(kube), kube.element["caEnabled"]) == ({}, False)


def test_resume_of_a_listener_that_is_not_held_or_is_gone_does_what_is_left() -> None:
    assert plan_resume(cluster(), LISTENER).changes == ()
    kube = Cluster(item=albconfig(annotations={KEY: "x"}))
    plan_resume(kube, LISTENER).apply(kube)
    assert annotations(kube) == {}


def test_a_hold_that_somebody_else_has_set_meanwhile_is_not_ended() -> None:
    kube = cluster(hold="mine")
    planned = plan_resume(kube, LISTENER)
    kube.item = albconfig(https(), annotations={KEY: "theirs"})

    with pytest.raises(OpsError, match="held for another reason by now: theirs"):
        planned.apply(kube)
    assert annotations(kube) == {KEY: "theirs"}


def test_resume_removes_a_hold_that_is_spelled_otherwise_too() -> None:
    kube = cluster(hold="x")
    assert kube.item is not None
    kube.item["metadata"]["annotations"]["alb-mtls/hold.443.HTTPS"] = "y"
    plan_resume(kube, LISTENER).apply(kube)
    assert read_hold(kube.albconfig("alb"), LISTENER) is None
