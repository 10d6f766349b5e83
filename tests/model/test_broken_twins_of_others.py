"""The same as test_broken_twins.py for what others do: each rule, taken away from the real code, breaks a promise."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.errors import PatchRejected
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.listener import Meaning, meaning_of
from alb_mtls.cluster.patch import Patch, listener_patch, release_patch
from alb_mtls.listeners import roll_back
from alb_mtls.listeners.desired import alb_follows, same_identifiers
from alb_mtls.listeners.situation import Situation
from alb_mtls.listeners.verdict import Verdict, on_roll_back
from tests.helpers.albconfigs import LISTENER
from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes

LISTENERS = "alb_mtls.listeners."


def without(**parts: Any) -> Program:
    """Return the program with other functions in modules of `alb_mtls.listeners`, given with `__` for the dot."""

    @contextmanager
    def broken() -> Iterator[None]:
        with ExitStack() as stack:
            for target, replacement in parts.items():
                stack.enter_context(patch(LISTENERS + target.replace("__", "."), replacement))
            yield

    return Program(broken=broken)


def always(answer: Verdict) -> Any:
    """Return a judge that never looks."""
    return lambda *_, **__: answer


def although_the_engine_is_gone(there: Situation, **known: Any) -> Verdict:
    """Put back what it wrote without a claim, be it after the recovery of a later run."""
    return on_roll_back(there, **{**known, "engine_lives": True})


def meaning_by_spelling(fields: dict[str, Any]) -> Meaning:
    """Tell fields apart that only are spelled in another way."""
    found = meaning_of(fields)
    return Meaning(enabled=found.enabled, identifiers=found.identifiers, malformed=json.dumps(fields, sort_keys=True))


def patch_although_held(albconfig: dict[str, Any], ref: Any, *, claim: Claim, fields: dict[str, Any]) -> Patch:
    """Do not test that nobody holds the listener."""
    real = listener_patch(albconfig, ref, claim=claim, fields=fields)
    return Patch(tuple(one for one in real.guards if "hold" not in one["path"]), real.changes)


def patch_that_takes_the_claim_along(
    albconfig: dict[str, Any], ref: Any, *, claim: Claim, fields: dict[str, Any]
) -> Patch:
    """Remove the claim together with the last field that goes back, so that spec and annotations are as before."""
    real = listener_patch(albconfig, ref, claim=claim, fields=fields)
    if fields != claim.previous:
        return real
    of_fields = tuple(one for one in real.changes if "annotations" not in one["path"])
    return Patch(real.guards, (*of_fields, *release_patch(albconfig, LISTENER, ref).changes))


def follows_to_the_letter(shown: Any, *, enabled: bool, ca_identifiers: Any, lets_go_of: Any = ()) -> bool:
    """Want to see the CA of a listener that is off as well."""
    del lets_go_of
    return alb_follows(shown, enabled=enabled, ca_identifiers=ca_identifiers) and same_identifiers(
        shown.ca_identifiers, ca_identifiers
    )


def only_the_last(_there: Any, before: dict[str, Any]) -> list[dict[str, Any]]:
    """Go back at once, without saying off and empty in so many words."""
    return [before]


def with_the_edit_as_written(claim: Claim, *, edit: dict[str, Any] | None = None, **changes: Any) -> Claim:
    """Let the claim that comes back say that this stack had written what somebody else had set."""
    return replace(claim, **changes) if edit is None else replace(claim, **{**changes, "written": edit})


def although_denied(*arguments: Any, **named: Any) -> Any:
    """Take a patch that a webhook denied for done."""
    try:
        return guarded_patch(*arguments, **named)
    except PatchRejected:
        return {}


class NoClaimOfOthers(roll_back._RollBack):  # noqa: SLF001 - a part of the real code is what a twin replaces
    """Do not put the claim of another deployment back."""

    @property
    def _keeps_claim(self) -> bool:
        before = self.attempt.claim_before
        return before is not None and before.deployment == self.attempt.claim.deployment


TWINS = {
    "a failed take-over removes the claim of the other deployment": (
        without(roll_back___RollBack=NoClaimOfOthers),
        "a deployment takes over a listener that somebody set back",
        "a_failed_take_over_leaves_the_claim",
    ),
    "an up does not compare with what was observed": (
        without(switch__edited_since=lambda *_: False),
        "an emergency at every step",
        "never_undoes_an_edit",
    ),
    "a roll-back puts back whatever stands there": (
        without(attempt__on_roll_back=always(Verdict.PUT_BACK)),
        "edits by hand",
        "never_undoes_an_edit",
    ),
    "an up goes on after an attempt that somebody came into": (
        without(switch__on_up=always(Verdict.WRITE), switch__edited_since=lambda *_: False),
        "an emergency while a first up runs",
        "never_undoes_an_edit",
    ),
    "a destroy restores whatever stands there": (
        without(restore__on_destroy=always(Verdict.RESTORE)),
        "another team binds its CA",
        "never_opens_what_others_set",
    ),
    "a roll-back takes the edit that it puts back for what this stack wrote": (
        without(roll_back__replace=with_the_edit_as_written),
        "an emergency on a listener that was taken over",
        "never_undoes_an_emergency_by_a_restore",
    ),
    "an up takes a CA that another team bound for drift": (
        without(switch__on_up=always(Verdict.WRITE)),
        "another team binds its CA",
        "never_undoes_an_edit",
    ),
    "fields are compared by spelling": (
        without(verdict__meaning_of=meaning_by_spelling, situation__meaning_of=meaning_by_spelling),
        "a Go round trip",
        "an_undisturbed_command_succeeds",
    ),
    "a patch does not test that nobody holds the listener": (
        without(
            switch__listener_patch=patch_although_held,
            restore__listener_patch=patch_although_held,
            roll_back__listener_patch=patch_although_held,
        ),
        "a hold at every step",
        "nothing_is_written_while_held",
    ),
    "an attempt whose claim is gone does not ask for its engine": (
        without(attempt__on_roll_back=although_the_engine_is_gone),
        "the claim is pruned while a first up runs",
        "a_lost_attempt_writes_nothing",
    ),
    "the state keeps what is found now, and not what was found first": (
        without(first_look__before_us=lambda there, **_: there.fields),
        "the claim is pruned",
        "never_loses_previous",
    ),
    "the claim goes together with the fields": (
        without(restore__listener_patch=patch_that_takes_the_claim_along, restore__steps_back=only_the_last),
        "a hash label, and an Ingress that always fails",
        "an_undisturbed_command_succeeds",
    ),
    "a restore writes absent only": (
        without(restore__steps_back=only_the_last),
        "absent is unchanged",
        "an_undisturbed_command_succeeds",
    ),
    "a CA is waited for on a listener that is off": (
        without(alb_wait__alb_follows=follows_to_the_letter),
        "an ALB that lets go of the CA of a listener that is off",
        "an_undisturbed_command_succeeds",
    ),
    "an up does not look at the ALB while the AlbConfig is as it left it": (
        without(drift__alb_follows=lambda *_, **__: True),
        "a hash label, and the ALB alone is changed",
        "the_alb_is_not_left_behind",
    ),
    "an up that repairs the ALB alone writes nothing that the controller notices": (
        without(switch__secrets=SimpleNamespace(token_hex=lambda _: "always the same")),
        "a hash label, and the ALB alone is changed",
        "an_undisturbed_command_succeeds",
    ),
    "a destroy takes a denied patch for done": (
        without(restore__guarded_patch=although_denied),
        "a webhook denies patches of a listener that was deployed",
        "leaves_nothing_after_destroy",
    ),
    "a new claim does not look whether its deployment has one": (
        without(standing_claim__read_claim=lambda *_: None),
        "the claim is replaced later",
        "an_undisturbed_command_succeeds",
    ),
    "a switch does not look at the hosts": (
        without(switch__refusal_of=lambda *_: None),
        "a host that is not listed",
        "never_enforces_on_a_host_that_is_not_listed",
    ),
    "a claim that came with a copy of the AlbConfig counts": (
        without(situation__read_claim=lambda *_: None),
        "the AlbConfig is made anew",
        "never_loses_previous",
    ),
}


@pytest.mark.parametrize("twin", list(TWINS))
def test_a_program_without_one_of_its_rules_breaks_a_promise_to_others(twin: str) -> None:
    program, scope, promise = TWINS[twin]
    assert explore(scopes(whole=True)[scope], program, {promise: PROMISES[promise]}).broken.keys() == {promise}
