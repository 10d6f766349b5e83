"""What hold, resume and release write: exactly what was agreed to, or nothing."""

from typing import Any

import jsonpatch
import pytest

from alb_mtls.cluster.hold_patch import hold_patch, removal_patch
from alb_mtls.cluster.listener import find_listener
from tests.helpers.albconfigs import LISTENER, Object, albconfig, apply, http, https

KEY = LISTENER.hold_annotation
ON: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-a"}]}


def held(item: Object, *, reason: str = "ticket 1", opened: bool = True) -> list[Object]:
    return hold_patch(item, find_listener(item, LISTENER), reason=reason, opened=opened).operations


@pytest.mark.parametrize("annotations", [None, {"other": "x"}])
def test_hold_and_switch_off_are_one_patch_that_changes_nothing_else(annotations: dict[str, str] | None) -> None:
    before = albconfig(http(), https(**ON), annotations=annotations)

    after = apply(before, held(before))

    assert after == albconfig(
        http(), https(**{**ON, "caEnabled": False}), annotations={**(annotations or {}), KEY: "ticket 1"}
    )


def test_a_hold_alone_leaves_the_fields() -> None:
    before = albconfig(https(**ON))

    assert apply(before, held(before, opened=False)) == albconfig(https(**ON), annotations={KEY: "ticket 1"})


@pytest.mark.parametrize("fields", [{}, {"caEnabled": None}, {"caEnabled": "true"}])
def test_what_is_not_false_is_made_false_since_a_controller_may_take_absent_for_unchanged(
    fields: dict[str, Any],
) -> None:
    before = albconfig(https(**fields))

    assert apply(before, held(before))["spec"]["listeners"][0]["caEnabled"] is False


def test_a_hold_that_is_there_is_not_written_again() -> None:
    before = albconfig(https(caEnabled=False), annotations={KEY: "ticket 1"})

    assert held(before) == []
    assert held(before, reason="ticket 2") != []


CHANGED = [
    albconfig(https(**{**ON, "http2Enabled": True}), annotations={KEY: "ticket 1"}),
    albconfig(http(), https(**ON), annotations={KEY: "ticket 1"}),
    albconfig(https(**ON), annotations={KEY: "ticket 2"}),
    albconfig(https(**ON), name="other", annotations={KEY: "ticket 1"}),
]


@pytest.mark.parametrize("now", CHANGED, ids=["a field", "its place", "the reason", "the object"])
def test_an_albconfig_that_has_changed_since_it_was_read_rejects_the_patch(now: Object) -> None:
    read = albconfig(https(**ON), annotations={KEY: "ticket 1"})

    for operations in (held(read, reason="ticket 3"), removal_patch(read, LISTENER, KEY).operations):
        with pytest.raises((jsonpatch.JsonPatchTestFailed, jsonpatch.JsonPatchConflict)):
            apply(now, operations)


def test_the_same_albconfig_with_another_status_takes_the_patch() -> None:
    read = albconfig(https(**ON), annotations={KEY: "ticket 1"})
    now = albconfig(https(**ON), annotations={KEY: "ticket 1"}, dnsname="alb.example")
    now["metadata"]["resourceVersion"] = "8"

    assert "annotations" not in apply(now, removal_patch(read, LISTENER, KEY).operations)["metadata"]


@pytest.mark.parametrize(
    "item",
    [
        albconfig(http(), annotations={KEY: "x"}),
        albconfig(https(), https(), annotations={KEY: "x"}),
        albconfig(https(caCertificates=[None]), annotations={KEY: "x"}),
    ],
    ids=["gone", "twice", "null in a list"],
)
def test_an_annotation_goes_whatever_became_of_its_listener(item: Object) -> None:
    after = apply(item, removal_patch(item, LISTENER, KEY).operations)

    assert after == {**item, "metadata": {k: v for k, v in item["metadata"].items() if k != "annotations"}}


def test_that_a_listener_is_still_gone_is_tested_too() -> None:
    read = albconfig(http(), annotations={KEY: "x"})
    now = albconfig(http(), https(**ON), annotations={KEY: "x"})
    now["metadata"]["resourceVersion"] = "8"

    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        apply(now, removal_patch(read, LISTENER, KEY).operations)


def test_an_annotation_that_is_not_there_is_no_change() -> None:
    assert removal_patch(albconfig(https(), annotations={"other": "x"}), LISTENER, KEY).operations == []
