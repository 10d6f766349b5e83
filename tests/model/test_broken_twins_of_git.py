"""The same as test_broken_twins.py where Git owns the AlbConfig: each rule, taken away, breaks a promise."""

from typing import Any
from unittest.mock import patch

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.patch import Patch, listener_patch
from alb_mtls.listeners.attempt import Ground
from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes

_FOLLOW, _LEAVE = "alb_mtls.listeners.follow_git.", "alb_mtls.listeners.leaving_git."


def give_back(ground: Ground, uid: str) -> None:
    """Hand a listener over as a destroy gives it back: Git is to bring everything."""

    def build(albconfig: dict[str, Any]) -> Patch | None:
        ref, _ = ground.situation(albconfig)
        claim = read_claim(albconfig, ref.key)
        return None if claim is None else listener_patch(albconfig, ref, claim=claim, fields=claim.previous)

    ground.patch(build, uid)


def nothing_differs(*_: Any, **__: Any) -> None:
    """Hold what an earlier `up` has found for what stands."""


def ask_nobody(*_: Any, **__: Any) -> None:
    """Forget a listener without a look at what Git names."""


@pytest.mark.parametrize(
    ("target", "twin", "scope", "promise"),
    [
        (f"{_FOLLOW}_release", give_back, "a listener is handed over to Git", "what_git_owns_is_only_released"),
        ("alb_mtls.listeners.git_owned.drift", nothing_differs, "Git owns the AlbConfig", "ends_as_desired_after_up"),
        (
            f"{_LEAVE}refuse_while_named",
            ask_nobody,
            "Git owns the AlbConfig",
            "a_ca_that_git_names_stays_in_the_state",
        ),
    ],
)
def test_each_rule_taken_away_breaks_its_promise(target: str, twin: Any, scope: str, promise: str) -> None:
    for program, holds in ((Program(broken=lambda: patch(target, twin)), False), (Program(), True)):
        found = explore(scopes()[scope], program, {promise: PROMISES[promise]})
        assert (promise not in found.broken) is holds
