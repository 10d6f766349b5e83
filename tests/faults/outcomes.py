"""Trying a cell: a fault that passes has to be healed, one that lasts has to be reported and leave nothing halfway."""

import re
from collections.abc import Mapping

from tests.faults.cells import GENERATIONS, Call, Cell, Standing, hurry, run
from tests.faults.sentences import faults_of
from tests.faults.table import OPERATIONS, Tried
from tests.harness.program import WithoutEngine
from tests.helpers.lab import LabHandle

_CLAIM_STAYS = re.compile(r"the claim (of this stack )?stays|but for the claim|not yet as it was before")

Called = Mapping[str, set[Call]]


def healed(lab: LabHandle, stack: WithoutEngine, cell: Cell, called: Called) -> list[Tried]:
    """Run each operation, with the fault in each that calls the API; each has to heal it."""
    before = Standing.of(lab)
    outcomes: list[Tried] = []
    for operation in OPERATIONS:
        if cell.call not in called[operation]:
            _undisturbed(stack, operation, cell, outcomes)
            continue
        outcome = _tried(cell, operation)
        outcomes.append(outcome)
        with cell.in_force(lab) as met:
            error = run(stack, operation)
        if error is not None:
            outcome.verdict = "not healed"
            outcome.add(f"not healed: {error}")
            _put_back(lab, stack, before, outcome)
            break
        outcome.verdict = _healed_after(cell, met[0])
        if met[0] == 0:
            outcome.add("was never met")
        if not _is_right(stack, operation, Standing.of(lab), before):
            outcome.add("healed, but cluster and cloud are not as they should be")
    return outcomes


def reported(lab: LabHandle, stack: WithoutEngine, cell: Cell, called: Called) -> list[Tried]:
    """Run each operation with the fault in every call of the API; each has to end well or to say why not."""
    before = Standing.of(lab)
    secret = lab.status["credentials"]["accessKeySecret"]
    outcomes: list[Tried] = []
    for operation in OPERATIONS:
        if cell.call not in called[operation]:
            _undisturbed(stack, operation, cell, outcomes)
            continue
        outcome = _tried(cell, operation)
        outcomes.append(outcome)
        standing = Standing.of(lab)
        with cell.in_force(lab) as met:
            error = run(stack, operation)
        now = Standing.of(lab)
        if met[0] == 0:
            outcome.add("was never met")
        if error is None:
            outcome.verdict = "done all the same"
            if not _is_right(stack, operation, now, before):
                outcome.add("succeeded, but cluster and cloud are not as they should be")
            continue
        outcome.verdict = str(error)
        for sentence in faults_of(error, cell, secret):
            outcome.add(sentence)
        outcome.left = _left(standing, before, now, operation) or _left_with_claim(
            standing.in_effect(), before.in_effect(), now.in_effect(), operation, str(error)
        )
        if not outcome.left:
            outcome.left = "halfway"
            outcome.add("failed, and the listener is not as it was")
        if operation != "refresh":
            _put_back(lab, stack, before, outcome)
        for again in _up_to(operation):
            _undisturbed(stack, again, cell, outcomes)
    return outcomes


def _is_right(stack: WithoutEngine, operation: str, now: Standing, before: Standing) -> bool:
    return now == before if operation == "destroy" else now.is_as_desired(operation, stack.trusted())


def _up_to(operation: str) -> list[str]:
    """Return the operations that lead to where one was to end, after a destroy; none when it is one itself."""
    every = list(GENERATIONS)
    return every[: every.index(operation) + 1] if operation in every else []


def _tried(cell: Cell, operation: str) -> Tried:
    service, api = cell.call
    return Tried(kind=cell.kind.name, lasting=cell.kind.lasting, service=service, api=api, operation=operation)


def _left(standing: Standing, before: Standing, now: Standing, operation: str) -> str:
    if now.same_listener(standing):
        return "as it was"
    return "given back" if operation == "destroy" and now.same_listener(before) else ""


def _left_with_claim(standing: Standing, before: Standing, now: Standing, operation: str, sentence: str) -> str:
    """Return the same where the ALB did not say whether it has followed: the claim stays then, as the sentence says."""
    left = _left(standing, before, now, operation) if _CLAIM_STAYS.search(sentence) else ""
    return f"{left}, in effect; the claim stays" if left else ""


def _healed_after(cell: Cell, met: int) -> str:
    if not cell.kind.retried:
        return "healed, later"
    return f"healed after {met} {'retry' if met == 1 else 'retries'}"


def _undisturbed(stack: WithoutEngine, operation: str, cell: Cell, outcomes: list[Tried]) -> None:
    error = run(stack, operation)
    if error is not None:
        failed = _tried(cell, operation)
        failed.verdict = f"failed without the fault: {error}"
        failed.add(failed.verdict)
        outcomes.append(failed)


def _put_back(lab: LabHandle, stack: WithoutEngine, before: Standing, outcome: Tried) -> None:
    """Destroy without the fault, which has to give everything back."""
    error = run(stack, "destroy")
    if error is not None:
        outcome.add(f"once the fault is gone, destroy fails: {error}")
    elif Standing.of(lab) != before:
        outcome.add("once the fault is gone, destroy does not give cluster and cloud back")
    if outcome.wrong and (error is not None or Standing.of(lab) != before):
        # The next cell is not to blame.
        stack.forget()
        lab.reset()
        hurry(lab)
