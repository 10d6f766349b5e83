"""The same as test_broken_twins.py for generations of the root CA: each rule, taken away, breaks a promise."""

from typing import Any
from unittest.mock import patch

import pytest

from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.listener import Fields
from alb_mtls.cluster.patch import steps_back, switched_fields
from alb_mtls.listeners.desired import alb_follows
from alb_mtls.pki.inventory import continued
from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes
from tests.model.scopes_with_generations import DROPPED, FIRST, SECOND, SWAPPED, off
from tests.model.system import Scope
from tests.model.values import replace


def without(target: str, replacement: Any) -> Program:
    """Return the program with one function replaced."""
    return Program(broken=lambda: patch(target, replacement))


def scope_of(name: str, **changes: Any) -> Scope:
    """Return a scope with other commands, or another stack."""
    return replace(scopes()[name], **changes)


def claims_that_need_one_upload(name: str) -> Scope:
    """Return a scope whose claims depend on the upload of the trusted generation only."""
    [stack] = scopes()[name].stacks
    return scope_of(name, stacks=(replace(stack, claims_need_all=False),))


def delete_without_asking(cas: CasClient, ca_identifier: str, **_: Any) -> bool:
    """Delete without a look at anything."""
    cas.delete_certificate(ca_identifier)
    return True


def off_first(element: dict[str, Any], *, ca_enabled: bool, identifiers: list[str]) -> Fields:
    """Stop requesting certificates before another CA is bound."""
    requests = ca_enabled and element.get("caEnabled") is not True
    return switched_fields(element, ca_enabled=requests, identifiers=identifiers)


def back_through_off(there: Fields, before: Fields) -> list[Fields]:
    """Stop requesting certificates before the CA goes back."""
    return [{**there, "/caEnabled": False}, *steps_back(there, before)]


def whatever_is_still_bound(shown: Any, **goal: Any) -> bool:
    """Do not wait until the ALB has let go of the CA that was replaced."""
    return alb_follows(shown, **{**goal, "lets_go_of": ()})


def without_cross(*arguments: Any, **_: Any) -> Any:
    """Hand out leaves alone."""
    return continued(*arguments, sent_pem=None)


TWINS = {
    "a claim depends on the upload of the trusted generation only": (
        without("components.providers.cas_deletion.delete_ca", delete_without_asking),
        claims_that_need_one_upload("a swap"),
        "never_deletes_a_bound_ca",
    ),
    "a swap switches the listener off before": (
        without("alb_mtls.listeners.switch.switched_fields", off_first),
        scope_of("a swap"),
        "a_swap_never_goes_through_off",
    ),
    "the roll-back of a swap goes through off": (
        without("alb_mtls.listeners.roll_back.steps_back", back_through_off),
        scope_of("a swap"),
        "a_swap_never_goes_through_off",
    ),
    "clients are handed leaves alone": (
        without("components.providers.issued_certificates.continued", without_cross),
        scope_of("a second generation"),
        "no_client_is_rejected",
    ),
    "a swap of a listener that is off does not wait until the older CA is let go": (
        without("alb_mtls.listeners.alb_wait.alb_follows", whatever_is_still_bound),
        scope_of("a swap while the listener is off", commands=(off(SWAPPED), off(DROPPED))),
        "an_undisturbed_command_succeeds",
    ),
    "second generation and swap are one step": (
        without("alb_mtls.listeners.generation_steps.refused_step", lambda *_: None),
        scope_of("steps of a rollover are left out", commands=(SWAPPED,)),
        "no_client_is_rejected",
    ),
    "swap and drop are one step": (
        without("tests.model.preflight.rejected_meanwhile", lambda *_, **__: None),
        scope_of("a swap", commands=(DROPPED,)),
        "nobody_is_handed_what_a_listener_rejects",
    ),
    "the way back and its drop are one step": (
        without("tests.model.preflight.rejected_meanwhile", lambda *_, **__: None),
        scope_of("back to the older generation", commands=(FIRST,)),
        "no_client_is_rejected",
    ),
    "clients are handed a cross certificate before the listener is asked about it": (
        without("components.providers.cross_certificate._ask_listeners", lambda *_: None),
        scope_of("a listener that takes no cross certificate", commands=(SECOND,)),
        "nobody_is_handed_what_a_listener_rejects",
    ),
}


@pytest.mark.parametrize("twin", list(TWINS))
def test_a_program_without_one_of_its_rules_breaks_a_promise_to_clients(twin: str) -> None:
    program, scope, promise = TWINS[twin]
    assert explore(scope, program, {promise: PROMISES[promise]}).broken.keys() == {promise}
