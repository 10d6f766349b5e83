"""RAM policies as the lab evaluates them."""

import json
from pathlib import Path
from typing import Any

import pytest

from lab.cloud.principals import principals
from lab.cloud.ram import Decision, Policy, PolicyError
from lab.principal_name import PrincipalName


def _statement(effect: str, action: str | list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": "*", **more}


def _policy(*statements: dict[str, Any]) -> Policy:
    return Policy.of({"Version": "1", "Statement": list(statements)})


@pytest.mark.parametrize("action", ["alb:ListListeners", ["alb:ListListeners"], "alb:List*", "alb:*", "*"])
def test_an_action_is_allowed_by_its_name_and_by_a_pattern(action: str | list[str]) -> None:
    assert _policy(_statement("Allow", action)).decide("alb:ListListeners") is Decision.ALLOW


@pytest.mark.parametrize("action", ["alb:ListListener", "yundun-cert:ListListeners", "alb:Get*", []])
def test_what_no_statement_allows_is_denied(action: str | list[str]) -> None:
    assert _policy(_statement("Allow", action)).decide("alb:ListListeners") is Decision.IMPLICIT_DENY


def test_a_deny_outranks_an_allow_whichever_comes_first() -> None:
    both = [_statement("Deny", "alb:List*"), _statement("Allow", "*")]
    for statements in (both, both[::-1]):
        policy = _policy(*statements)
        assert policy.decide("alb:ListListeners") is Decision.EXPLICIT_DENY
        assert policy.decide("alb:GetListenerAttribute") is Decision.ALLOW


@pytest.mark.parametrize(
    "statement",
    [
        _statement("Allow", "*", Condition={}),
        {"Effect": "Allow", "NotAction": "*", "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "Resource": "acs:alb:*:*:loadbalancer/alb-1"},
        _statement("allow", "*"),
    ],
)
def test_what_the_lab_cannot_evaluate_is_refused_and_not_passed_over(statement: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "ram-policy.json"
    file.write_text(json.dumps({"Version": "1", "Statement": [statement]}))
    with pytest.raises(PolicyError, match=rf"{file}: the lab evaluates Effect"):
        Policy.read(file)


@pytest.mark.parametrize("document", [[], {"Version": "2", "Statement": []}, {"Statement": []}])
def test_what_is_no_policy_is_refused(document: Any) -> None:
    with pytest.raises(PolicyError, match="Version"):
        Policy.of(document)


@pytest.mark.parametrize(
    ("name", "reads", "quota", "writes"),
    [
        (PrincipalName.ADMIN, True, True, True),
        (PrincipalName.UP, True, True, True),
        (PrincipalName.PREVIEW, True, False, False),
        (PrincipalName.OPERATIONS, True, True, False),
    ],
)
def test_each_principal_may_do_what_its_file_says(
    name: PrincipalName, *, reads: bool, quota: bool, writes: bool
) -> None:
    policy = principals()[name].policy
    actions = ("alb:ListListeners", "yundun-cert:GetCertWarehouseQuota", "yundun-cert:UploadPCACert")
    assert [policy.decide(action) is Decision.ALLOW for action in actions] == [reads, quota, writes]


def test_every_principal_has_keys_of_its_own() -> None:
    keys = [principal.credentials for principal in principals().values()]
    assert len({key.access_key_id for key in keys}) == len({key.access_key_secret for key in keys}) == 4
