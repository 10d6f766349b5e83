"""Who else has written the listeners of an AlbConfig."""

from typing import Any

import pytest

from alb_mtls.cluster.field_managers import FIELD_MANAGER, PERSON_MANAGER, last_writer, other_field_managers

NOBODY = "somebody whom managedFields of the AlbConfig does not name"


def _entry(manager: str = "kubectl-edit", time: str = "2026-11-27T08:00:00Z", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "time": time, "fieldsV1": {"f:spec": {"f:listeners": {}}}, **more}


@pytest.mark.parametrize(
    "other",
    [
        _entry(FIELD_MANAGER, "2026-11-27T09:00:00Z"),
        _entry("controller", "2026-11-27T09:00:00Z", subresource="status"),
        _entry("config", "2026-11-27T09:00:00Z", fieldsV1={"f:spec": {"f:config": {}}}),
        _entry("annotate", "2026-11-27T09:00:00Z", fieldsV1={"f:metadata": {}}),
        _entry("nothing", "2026-11-27T09:00:00Z", fieldsV1=None),
        _entry("earlier", "2026-11-27T07:00:00Z"),
    ],
)
def test_the_last_writer_of_the_listeners_is_named_and_nobody_who_wrote_something_else(other: dict[str, Any]) -> None:
    said = "field manager kubectl-edit at 2026-11-27T08:00:00Z"
    assert last_writer({"metadata": {"managedFields": [_entry(), other]}}) == said
    assert last_writer({"metadata": {"managedFields": [other, _entry()]}}) == said


def test_without_an_entry_nobody_is_named() -> None:
    assert last_writer({"metadata": {}}) == NOBODY
    assert last_writer({"metadata": {"managedFields": [_entry(FIELD_MANAGER)]}}) == NOBODY


def test_a_person_who_writes_by_a_command_is_named_as_the_last_one_and_feared_by_nobody() -> None:
    earlier, held = _entry("kubectl-edit"), _entry(PERSON_MANAGER, "2026-11-27T09:00:00Z")
    found = {"metadata": {"managedFields": [earlier, held]}}
    assert last_writer(found) == "field manager alb-mtls-ops at 2026-11-27T09:00:00Z"
    assert other_field_managers(found) == ["kubectl-edit"]
