"""How a change gets through beside other writers, lost replies and refusals, and when it is given up."""

import copy
from collections.abc import Callable
from typing import Any

import jsonpatch
import pytest

from alb_mtls.cluster.claim_errors import Recreated
from alb_mtls.cluster.errors import (
    AdmissionDenied,
    DeadlinePassed,
    NoSuchListener,
    PatchConflict,
    PatchRejected,
    ReplyLost,
    Unreachable,
    WebhookUnavailable,
)
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.patch import Patch
from tests.helpers.albconfigs import Object, albconfig, apply, https

Operations = list[Object]
NAME = "alb"
ON = ({"op": "add", "path": "/spec/listeners/0/caEnabled", "value": True},)


class Cluster:
    """One AlbConfig; `troubles` decide what happens to its first patches."""

    def __init__(self, *troubles: Callable[["Cluster", Operations], None]) -> None:
        """Take one trouble for each of the first patches."""
        self.item = albconfig(https())
        self.troubles = list(troubles)
        self.patches = 0
        self.unreachable_reads = 0

    def albconfig(self, name: str) -> Object:
        """Return the AlbConfig."""
        assert name == "alb"
        if self.unreachable_reads:
            self.unreachable_reads -= 1
            message = "nobody there"
            raise Unreachable(message)
        return copy.deepcopy(self.item)

    def patch_albconfig(self, name: str, operations: Operations) -> Object:
        """Apply the patch, after the trouble that waits for it."""
        assert name == "alb"
        self.patches += 1
        if self.troubles:
            self.troubles.pop(0)(self, operations)
        self.write(operations)
        return copy.deepcopy(self.item)

    def write(self, operations: Operations) -> None:
        """Apply a patch, whoever sends it."""
        try:
            self.item = apply(self.item, operations)
        except jsonpatch.JsonPatchTestFailed as error:
            raise PatchConflict(str(error)) from None
        self.item["metadata"]["resourceVersion"] += "0"


def somebody_writes(cluster: Cluster, _operations: Operations) -> None:
    """Another writer comes in between."""
    timeout = cluster.item["spec"]["listeners"][0].get("requestTimeout", 0) + 1
    cluster.write([{"op": "add", "path": "/spec/listeners/0/requestTimeout", "value": timeout}])


def reply_lost_before(_cluster: Cluster, _operations: Operations) -> None:
    message = "closed"
    raise ReplyLost(message)


def reply_lost_after(cluster: Cluster, operations: Operations) -> None:
    cluster.write(operations)
    message = "closed"
    raise ReplyLost(message)


def away_for_a_while(cluster: Cluster, operations: Operations) -> None:
    cluster.unreachable_reads = 2
    reply_lost_after(cluster, operations)


def refused(_cluster: Cluster, _operations: Operations) -> None:
    message = "denied by policy"
    raise PatchConflict(message)


def switch_on(item: Object) -> Patch:
    """BuildPatch for caEnabled, guarded by the whole element."""
    element = item["spec"]["listeners"][0]
    if element.get("caEnabled") is True:
        return Patch()
    return Patch(({"op": "test", "path": "/spec/listeners/0", "value": element},), ON)


def patched(cluster: Cluster, **options: Any) -> Object:
    return guarded_patch(cluster, "alb", switch_on, **{"deadline_seconds": 5.0, **options})


def test_a_patch_is_sent_once_and_the_albconfig_returned_as_it_is_then() -> None:
    cluster = Cluster()

    assert patched(cluster) == cluster.item
    assert cluster.item["spec"]["listeners"][0]["caEnabled"] is True
    assert cluster.patches == 1


@pytest.mark.parametrize("nothing", [None, Patch(), Patch(({"op": "test", "path": "/metadata/uid", "value": "x"},))])
def test_nothing_is_sent_when_nothing_is_to_be_done(nothing: Patch | None) -> None:
    cluster = Cluster()

    assert guarded_patch(cluster, "alb", lambda _: nothing, deadline_seconds=5.0) == cluster.item
    assert cluster.patches == 0


def test_after_another_writer_it_is_read_and_decided_again_and_nothing_of_theirs_is_lost() -> None:
    cluster = Cluster(*[somebody_writes] * 3)

    element = patched(cluster)["spec"]["listeners"][0]

    assert (element["requestTimeout"], element["caEnabled"], cluster.patches) == (3, True, 4)


@pytest.mark.parametrize(("trouble", "patches"), [(reply_lost_before, 2), (reply_lost_after, 1), (away_for_a_while, 1)])
def test_after_a_lost_reply_it_is_looked_before_it_is_repeated(trouble: Any, patches: int) -> None:
    cluster = Cluster(trouble)

    assert patched(cluster)["spec"]["listeners"][0]["caEnabled"] is True
    assert cluster.patches == patches


def test_a_refusal_although_nothing_changed_is_not_tried_until_the_deadline() -> None:
    cluster = Cluster(*[refused] * 100)

    with pytest.raises(
        PatchRejected,
        match=r"rejected the patch of AlbConfig alb, although nobody had changed that.*denied by policy.*webhook",
    ):
        patched(cluster)
    assert cluster.patches == 1


def denied(_cluster: Cluster, _operations: Operations) -> None:
    raise AdmissionDenied(NAME, by="admission webhook w", text="no change on Fridays")


def denied_for_now(_cluster: Cluster, _operations: Operations) -> None:
    raise AdmissionDenied(NAME, by="admission webhook w", text="I am starting", may_pass=True)


def not_answered(_cluster: Cluster, _operations: Operations) -> None:
    raise WebhookUnavailable(NAME, by="admission webhook w", text="context deadline exceeded")


def test_a_denial_is_not_repeated_although_others_go_on_writing() -> None:
    cluster = Cluster(denied, somebody_writes)

    with pytest.raises(AdmissionDenied, match="no change on Fridays"):
        patched(cluster)
    assert cluster.patches == 1


@pytest.mark.parametrize("trouble", [not_answered, denied_for_now])
def test_a_webhook_that_comes_back_in_time_lets_the_patch_through(trouble: Any) -> None:
    cluster = Cluster(trouble, trouble)

    assert patched(cluster)["spec"]["listeners"][0]["caEnabled"] is True
    assert cluster.patches == 3


@pytest.mark.parametrize(("trouble", "error"), [(not_answered, WebhookUnavailable), (denied_for_now, AdmissionDenied)])
def test_a_webhook_that_does_not_come_back_is_named_at_the_deadline_and_nobody_else_is(
    trouble: Any, error: type[Exception]
) -> None:
    cluster = Cluster(*[trouble] * 1000)

    with pytest.raises(error, match="admission webhook w") as caught:
        patched(cluster, deadline_seconds=0.3)
    assert cluster.patches > 1
    assert "managedFields" not in str(caught.value)


def test_a_writer_who_never_rests_is_given_up_at_the_deadline_with_the_last_reason() -> None:
    with pytest.raises(DeadlinePassed, match=r"AlbConfig alb could not be patched within 0 s and \d+ attempts, last: "):
        patched(Cluster(*[somebody_writes] * 100), deadline_seconds=0.2)


def test_a_cluster_that_was_never_reached_is_not_called_again() -> None:
    cluster = Cluster()
    cluster.unreachable_reads = 1

    with pytest.raises(Unreachable):
        patched(cluster)


def test_what_is_found_wrong_while_the_patch_is_built_ends_it_at_once() -> None:
    def build(_item: Object) -> Patch:
        message = "gone"
        raise NoSuchListener(message)

    with pytest.raises(NoSuchListener, match="gone"):
        guarded_patch(Cluster(), "alb", build, deadline_seconds=5.0)


def test_only_the_expected_object_is_patched_and_another_of_its_name_refused_with_both_uids() -> None:
    cluster = Cluster()

    assert patched(cluster, expect_uid="uid-of-alb")["spec"]["listeners"][0]["caEnabled"] is True
    with pytest.raises(Recreated, match=r"uid was older.*is uid-of-alb now"):
        patched(cluster, expect_uid="older")
    assert cluster.patches == 1
