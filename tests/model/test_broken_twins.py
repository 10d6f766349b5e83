"""The model sees what it is made to see: a program without one of its guards breaks the promise that this one keeps."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from pulumi.dynamic import CreateResult

from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.patch import Patch
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.restore import _Restoring
from alb_mtls.listeners.roll_back import _RollBack
from alb_mtls.listeners.verdict import Verdict
from components.providers import listener_looks, process
from components.providers.listener_claim import ListenerClaimProvider
from tests.helpers.albconfigs import LISTENER
from tests.helpers.claims import claim_of
from tests.helpers.patches import claim_patch
from tests.model.explore import explore
from tests.model.promises import PROMISES
from tests.model.replay import Program
from tests.model.scopes import scopes


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
            of_us = {name: props[name] for name in ("owner", "deployment")}
            return claim_patch(albconfig, claim_of(**of_us, token=made.id, attempt="none"))

        guarded_patch(process.session().kube(None), LISTENER.alb_config, build, deadline_seconds=60)
        return made


def but_for_attempts_of_claims(value: Any, **fields: Any) -> Any:
    """Do what `dataclasses.replace` does, but leave a claim with the attempt that it has."""
    return replace(value, **{name: one for name, one in fields.items() if name != "attempt"})


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


@contextmanager
def neither_waiting_nor_asking() -> Iterator[None]:
    """Let a restore not wait for the ALB, and a deletion not ask what uses a CA."""
    with (
        patch.object(_Restoring, "wait", lambda *_, **__: None),
        replaced(components__providers__cas_deletion__delete_ca=delete_without_asking),
    ):
        yield


DRIFT = listener_looks.drift_of


def but_for_attempts(inputs: Any, last: Any) -> str | None:
    """Find drift, but not that another run began to write."""
    found = DRIFT(inputs, last)
    return None if found is None or "it is set again" in found else found


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
        Program(broken=lambda: replaced(alb_mtls__listeners__attempt__on_roll_back=lambda *_, **__: Verdict.PUT_BACK)),
        "switching off and on",
        "a_lost_attempt_writes_nothing",
    ),
    "an upload does not look first": (
        Program(broken=lambda: patch.object(CasClient, "find_certificates", lambda *_: [])),
        "a first up and its recovery",
        "ends_as_desired_after_up",
    ),
    "a restore does not wait, and a deletion does not ask": (
        Program(broken=neither_waiting_nor_asking),
        "a first up and its recovery",
        "never_deletes_a_bound_ca",
    ),
    "another owner's claim is not refused": (
        Program(broken=lambda: replaced(alb_mtls__listeners__switch__on_up=lambda *_, **__: Verdict.WRITE)),
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
        Program(broken=lambda: patch.object(_RollBack, "_wait", lambda *_, **__: "")),
        "a listener taken over",
        "a_rolled_back_up_changes_nothing",
    ),
    "a roll-back brings the attempt of a killed run back": (
        Program(broken=lambda: replaced(alb_mtls__listeners__roll_back__replace=but_for_attempts_of_claims)),
        "switching off and on",
        "a_rolled_back_up_changes_nothing",
    ),
    "a preview does not see that a run did not end": (
        Program(broken=lambda: replaced(components__providers__listener_switch__drift_of=but_for_attempts)),
        "another CA and back",
        "an_undisturbed_command_succeeds",
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
        "leaves_nothing_after_destroy",
    ),
}


@pytest.mark.parametrize("twin", list(TWINS))
def test_a_program_without_one_of_its_guards_breaks_a_promise(twin: str) -> None:
    program, scope, promise = TWINS[twin]
    assert explore(scopes()[scope], program, {promise: PROMISES[promise]}).broken.keys() == {promise}
