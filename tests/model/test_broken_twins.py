"""The model sees what it is made to see: a program without one of its guards breaks the promise that this one keeps."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from pulumi.dynamic import CreateResult

from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.claim import Claim, read_claim
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.listener import find_listener
from alb_mtls.cluster.patch import Patch, claim_patch, roll_back_patch, switch_patch
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.switch import _Switching
from components.providers import listener_switch, process
from components.providers.listener_claim import ListenerClaimProvider
from tests.helpers.albconfigs import LISTENER
from tests.helpers.claims import claim_of
from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes

SWITCHING = "alb_mtls.listeners.switch"


@contextmanager
def replaced(**targets: Any) -> Iterator[None]:
    """Replace names of modules, given with `__` for dots."""
    with ExitStack() as stack:
        for target, replacement in targets.items():
            stack.enter_context(patch(target.replace("__", "."), replacement))
        yield


class ClaimWrittenByItsCreate(ListenerClaimProvider):
    """Writes the annotation in `create`, which a killed CLI does not save."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Reserve the token and write the claim."""
        made = super().create(props)

        def build(albconfig: dict[str, Any]) -> Patch:
            ref = find_listener(albconfig, LISTENER)
            claim = claim_of(owner=props["owner"], token=made.id, attempt="none")
            held = read_claim(albconfig, LISTENER)
            return claim_patch(albconfig, ref, claim=claim, expected=held)

        guarded_patch(process.session().kube(None), LISTENER.alb_config, build, deadline_seconds=60)
        return made


def whatever_claim(real: Any) -> Any:
    """Return a patch that takes the claim it meets for its own."""

    def unguarded(albconfig: dict[str, Any], ref: Any, *, claim: Claim, **rest: Any) -> Any:
        return real(albconfig, ref, claim=read_claim(albconfig, LISTENER) or claim, **rest)

    return unguarded


def but_for_claims(value: Any, **fields: Any) -> Any:
    """Do what `dataclasses.replace` does, but leave a claim with the attempt that it has."""
    return value if isinstance(value, Claim) else replace(value, **fields)


def delete_unless_bound(cas: CasClient, ca_identifier: str, *, alb: Any, **_: Any) -> bool:
    """Delete without a look at the claims of the same deployment."""
    if alb.bound_listeners(ca_identifier):
        raise OperationFailed(ca_identifier)
    cas.delete_certificate(ca_identifier)
    return True


def delete_without_asking(cas: CasClient, ca_identifier: str, **_: Any) -> bool:
    """Delete without a look at anything."""
    cas.delete_certificate(ca_identifier)
    return True


DRIFT = listener_switch._drift  # noqa: SLF001 - a twin is made of the real one


def but_for_attempts(inputs: Any, attempt: str) -> str | None:
    """Find drift, but not that another run began to write."""
    found = DRIFT(inputs, attempt)
    return None if found is None or "did not end as planned" in found else found


TWINS = {
    "a provider that outlives its engine goes on": (
        Program(watches_engine=False),
        "a first up and its recovery",
        "ends_as_desired_after_up",
    ),
    "the claim is written by its own create": (
        Program(providers={"claim": ClaimWrittenByItsCreate()}),
        "a first up and its recovery",
        "leaves_nothing_after_destroy",
    ),
    "an attempt does not look at its claim": (
        Program(
            broken=lambda: replaced(
                alb_mtls__listeners__switch__switch_patch=whatever_claim(switch_patch),
                alb_mtls__listeners__switch__roll_back_patch=whatever_claim(roll_back_patch),
            )
        ),
        "switching off and on",
        "a_lost_attempt_writes_nothing",
    ),
    "an upload does not look first": (
        Program(broken=lambda: patch.object(CasClient, "find_certificates", lambda *_: [])),
        "a first up and its recovery",
        "ends_as_desired_after_up",
    ),
    "a restore does not wait, and a deletion does not ask": (
        Program(
            broken=lambda: replaced(
                alb_mtls__listeners__restore___wait_until_restored=lambda *_: None,
                components__providers__cas_deletion__delete_ca=delete_without_asking,
            )
        ),
        "a first up and its recovery",
        "never_deletes_a_bound_ca",
    ),
    "a repeated destroy does not wait for what the killed one gave back": (
        Program(broken=lambda: replaced(alb_mtls__listeners__restore___let_the_alb_follow=lambda *_: None)),
        "a first up and its recovery",
        "an_undisturbed_command_succeeds",
    ),
    "another owner's claim is not refused": (
        Program(broken=lambda: replaced(alb_mtls__listeners__switch__refuse_if_owned_by_others=lambda *_, **__: None)),
        "two deployments race for a listener",
        "never_touches_what_is_anothers",
    ),
    "what the listener was is read again by every attempt": (
        Program(
            broken=lambda: replaced(
                alb_mtls__listeners__switch__Claim=lambda **fields: Claim(
                    **{**fields, "previous": {"/caEnabled": True}}
                )
            )
        ),
        "switching off and on",
        "never_loses_previous",
    ),
    "a roll-back does not wait for the ALB": (
        Program(broken=lambda: patch.object(_Switching, "_wait_until_put_back", lambda *_: None)),
        "a listener taken over",
        "a_rolled_back_up_changes_nothing",
    ),
    "a roll-back brings the attempt of a killed run back": (
        Program(broken=lambda: replaced(alb_mtls__listeners__switch__replace=but_for_claims)),
        "a first up and its recovery",
        "a_rolled_back_up_changes_nothing",
    ),
    "a preview does not see that a run did not end": (
        Program(broken=lambda: replaced(components__providers__listener_switch___drift=but_for_attempts)),
        "switching off and on",
        "ends_as_desired_after_up",
    ),
    "the CA before last is deleted although it is in use again": (
        Program(broken=lambda: replaced(components__providers__cas_deletion__delete_ca=delete_unless_bound)),
        "another CA and back",
        "an_undisturbed_command_succeeds",
    ),
    "another address of CAS is taken for another site": (
        Program(broken=lambda: replaced(components__providers__cas_deletion__delete_ca=delete_unless_bound)),
        "another address of CAS",
        "an_undisturbed_command_succeeds",
    ),
    "a destroy gives nothing back": (
        Program(broken=lambda: replaced(alb_mtls__listeners__restore__restore=lambda *_, **__: None)),
        "a first up and its recovery",
        "an_undisturbed_command_succeeds",
    ),
}


@pytest.mark.parametrize("twin", list(TWINS))
def test_a_program_without_one_of_its_guards_breaks_a_promise(twin: str) -> None:
    program, scope, promise = TWINS[twin]
    assert explore(scopes()[scope], program, {promise: PROMISES[promise]}).broken.keys() == {promise}
