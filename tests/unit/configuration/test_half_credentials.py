"""Half a credential in a stack's configuration is a mistake by key, beside all the others."""

import pytest

from alb_mtls.configuration.parse import parse_settings
from alb_mtls.configuration.problems import SettingsError
from tests.helpers.stack_file import surroundings


def _problems(**access: str) -> list[str]:
    given = {f"alicloud:{name}": value for name, value in access.items()}
    with pytest.raises(SettingsError) as refused:
        parse_settings({}, surroundings(access=given, read_file=str))
    assert "hunter2" not in str(refused.value)
    return [one for one in refused.value.problems if one.startswith("alicloud:")]


@pytest.mark.parametrize(
    ("access", "beginning"),
    [
        ({"accessKey": "id"}, "alicloud:accessKey: is set without alicloud:secretKey; set"),
        ({"secretKey": "hunter2", "accessKey": ""}, "alicloud:secretKey: is set while alicloud:accessKey is empty;"),
        ({"securityToken": "hunter2"}, "alicloud:securityToken: is set without alicloud:accessKey and"),
        ({"accessKey": "STS.id", "secretKey": "hunter2"}, "alicloud:accessKey: is that of temporary credentials"),
    ],
)
def test_the_missing_half_is_named(access: dict[str, str], beginning: str) -> None:
    [problem] = _problems(**access)
    assert problem.startswith(beginning)


@pytest.mark.parametrize("access", [{}, {"accessKey": "id", "secretKey": "hunter2"}, {"profile": "prod"}])
def test_a_whole_credential_and_another_way_to_give_one_are_no_mistake(access: dict[str, str]) -> None:
    assert _problems(**access) == []
