"""What Pulumi refuses by the types of Pulumi.yaml: the program would take it, and an `up` ends before it runs."""

from pathlib import Path
from typing import Any

import pytest

from ops.doctor.declared_types import refused_by_pulumi
from tests.helpers.documents import REPOSITORY


def _refused(file: Path = REPOSITORY / "Pulumi.yaml", **entries: dict[str, Any]) -> list[str]:
    return list(refused_by_pulumi({f"alb-mtls:{key}": one for key, one in entries.items()}, "alb-mtls", file))


# As `pulumi config --json` of CLI 3.259.0 prints them.
@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"enabled": {"value": ""}}, "enabled: has no value, at which Pulumi stops; give true or false"),
        ({"clients": {"value": "[]"}}, "clients: is a text, and Pulumi takes only a list; take the quotes"),
        ({"rootCa": {"value": "{}"}}, "rootCa: is a text, and Pulumi takes only an object"),
    ],
)
def test_a_value_of_another_type_than_the_declared_one_is_refused(entries: dict[str, Any], sentence: str) -> None:
    [found] = _refused(**entries)
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    "entries",
    [
        {"enabled": {"value": "false"}},
        {"enabled": {}},
        {"clients": {"value": "[]", "objectValue": []}},
        {"rootCa": {"value": "{}", "objectValue": {}}},
        {"onBypass": {"value": ""}},
        {"clusterId": {"value": ""}},
        {},
    ],
)
def test_a_value_of_the_declared_type_is_not(entries: dict[str, Any]) -> None:
    assert _refused(**entries) == []


@pytest.mark.parametrize("content", [None, "", "config: []", "config: {enabled: 1}", ": ["])
def test_a_project_file_that_declares_nothing_refuses_nothing(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "Pulumi.yaml"
    if content is not None:
        file.write_text(content, "utf-8")
    assert _refused(file, enabled={"value": ""}) == []
