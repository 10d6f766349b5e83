"""Scopes in which others write too: people, GitOps, another deployment, and a controller that drops events."""

from tests.model.commands import ANOTHER_CA, DESTROY, LISTED, NOT_LISTED, OFF, UP
from tests.model.edits import (
    ALB_GIVEN_ANOTHER_CA,
    ALB_SWITCHED,
    ANOTHER_TEAM,
    EMERGENCY,
    FIRST_FILE,
    FROM_BACKUP,
    GO_ROUND_TRIP,
    HELD,
    HELD_OPEN,
    MADE_ANEW,
    PRUNED,
    RESUMED,
    THEIR_CA,
)
from tests.model.registrations import Command, Stack
from tests.model.system import Scope
from tests.model.values import replace
from tests.model.world import Certificate, Controller, Repository, World, deployment_id, first_world

_DRIFTS = (ALB_SWITCHED, ALB_GIVEN_ANOTHER_CA)


def scopes_with_others(dev: Stack, pems: tuple[str, ...]) -> dict[str, Scope]:
    """Return them by name.

    Args:
        dev: a stack.
        pems: of its two CAs, and one of somebody else.
    """
    return {**_edited(dev, pems[2]), **_of_two_deployments(dev, pems), **_of_one_deployment(dev), **_labelled(dev)}


def _edited(dev: Stack, their_pem: str) -> dict[str, Scope]:
    world = _world_with_their_ca(their_pem)
    recovered = Scope(world=world, stacks=(dev,), commands=(UP, DESTROY), length=2, mishaps=2)
    deployed = replace(recovered, deployed=True)
    swapped = replace(deployed, commands=(UP, ANOTHER_CA, DESTROY))
    return {
        "an emergency while a first up runs": replace(recovered, edits=(EMERGENCY,)),
        "an emergency at every step": replace(swapped, mishaps=1, edits=(EMERGENCY,)),
        "another team binds its CA": replace(deployed, edits=(ANOTHER_TEAM,)),
        "another team binds its CA while a first up runs": replace(recovered, edits=(ANOTHER_TEAM,)),
        "the claim is pruned while a first up runs": replace(recovered, edits=(PRUNED,)),
        "the claim is pruned": replace(swapped, edits=(PRUNED,)),
        "a pruned claim and an emergency": replace(deployed, edits=(PRUNED, EMERGENCY)),
        "a Go round trip": replace(swapped, edits=(GO_ROUND_TRIP,)),
        "the first file is applied again": replace(swapped, edits=(FIRST_FILE,)),
        "the AlbConfig is made anew": replace(deployed, edits=(MADE_ANEW, FROM_BACKUP)),
        "a hold at every step": replace(swapped, edits=(HELD, RESUMED)),
        "a hold that opens, while a first up runs": replace(recovered, edits=(HELD_OPEN, RESUMED)),
    }


def _of_two_deployments(dev: Stack, pems: tuple[str, ...]) -> dict[str, Scope]:
    # A laptop, a wrong backend URL, a lost state: the name is the same.
    second = Stack(
        owner=dev.owner, deployment=deployment_id(1), repository="alb-mtls-dev-second", pems=(pems[1], pems[2])
    )
    scope = Scope(world=first_world(), stacks=(dev, second), commands=(UP, DESTROY), length=1, mishaps=1, deployed=True)
    taking = replace(second, take_over=dev.deployment)
    return {
        "two deployments race for a listener": replace(scope, commands=(UP,), deployed=False),
        "a listener changes hands": scope,
        "a deployment takes over from another": replace(scope, stacks=(dev, taking)),
        "a deployment takes over a listener that somebody set back": replace(
            scope, stacks=(dev, taking), edited=FIRST_FILE
        ),
    }


def _of_one_deployment(dev: Stack) -> dict[str, Scope]:
    scope = Scope(world=first_world(), stacks=(dev,), commands=(), length=2, mishaps=2)
    renamed = Command(kind="up", owner="alb-mtls/renamed")
    replaced = Command(kind="up", replaces_claim=True)
    forgotten = Command(kind="up", forgets_claim=True)
    taken = Command(kind="up", take_over=dev.deployment)
    return {
        "a stack is renamed": replace(scope, commands=(UP, renamed, DESTROY)),
        "the claim is replaced": replace(scope, commands=(UP, replaced, DESTROY)),
        "the claim is replaced later": replace(scope, commands=(replaced, ANOTHER_CA, DESTROY), deployed=True),
        "a host that is not listed": replace(scope, commands=(NOT_LISTED, LISTED, DESTROY), mishaps=1),
        "the claim is deleted from the state": replace(
            scope, commands=(UP, forgotten, taken, DESTROY), deployed=True, mishaps=1
        ),
    }


def _labelled(dev: Stack) -> dict[str, Scope]:
    world = first_world()
    late = world.labelled().with_broken_ingress()
    scope = Scope(world=world.labelled(), stacks=(dev,), commands=(UP, DESTROY), length=2, mishaps=2, breaks=True)
    lets_go = replace(world, controller=Controller(lets_go=True))
    unchanged = replace(world, controller=Controller(absent_is_unchanged=True)).labelled()
    drifting = replace(scope, commands=(UP, OFF, ANOTHER_CA, DESTROY), deployed=True, breaks=False, drifts=_DRIFTS)
    return {
        "a hash label, and the ALB alone is changed": drifting,
        "a hash label, and the ALB alone is changed where the listener is off": replace(
            drifting, commands=(OFF, UP, DESTROY)
        ),
        "a webhook denies patches": replace(
            scope, world=replace(world, controller=Controller(denies=True)), breaks=False
        ),
        "a webhook denies patches of a listener that was deployed": replace(
            scope,
            world=replace(world, controller=Controller(denies=True)),
            commands=(UP, ANOTHER_CA, OFF, DESTROY),
            deployed=True,
            breaks=False,
        ),
        "a hash label, and an Ingress that always fails": replace(scope, world=late, mishaps=1),
        "a hash label, and an Ingress that begins to fail": replace(scope, commands=(UP, OFF, DESTROY), deployed=True),
        "a hash label, and a first up that meets a failing Ingress": scope,
        "an ALB that lets go of the CA of a listener that is off": replace(
            scope, world=lets_go, commands=(UP, OFF, DESTROY), breaks=False
        ),
        "absent is unchanged": replace(scope, world=unchanged, commands=(UP, OFF, DESTROY), breaks=False),
    }


def _world_with_their_ca(pem: str) -> World:
    return replace(
        first_world(),
        repositories=(Repository(number=1, name="theirs"),),
        certificates=(Certificate(identifier=THEIR_CA, repository=1, pem=pem),),
    )
