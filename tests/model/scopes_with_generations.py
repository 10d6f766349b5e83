"""Scopes in which the root CA changes from one generation to the next."""

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import ROOT_SUBJECT, make_root
from tests.model.commands import DESTROY
from tests.model.edits import EMERGENCY
from tests.model.registrations import Command, Stack
from tests.model.system import Scope
from tests.model.values import replace
from tests.model.world import Controller, deployment_id, first_world

FIRST = Command(kind="up", generations=(1,))
SECOND = Command(kind="up", generations=(1, 2))
SWAPPED = replace(SECOND, trusted=2)
DROPPED = replace(SWAPPED, generations=(2,))
# Whoever holds generation 1 alone is rejected from then on.
HARD = replace(SWAPPED, abandoned=(1,))


def off(command: Command) -> Command:
    """Return the same command with `enabled: false`."""
    return replace(command, enabled=False)


def scopes_with_generations() -> dict[str, Scope]:
    """Return them by name."""
    stack = _stack()
    two = replace(stack, listeners=2)
    scope = Scope(world=first_world(), stacks=(stack,), commands=(), length=2, mishaps=2)
    prepared = replace(scope, done=(FIRST, SECOND))
    swapped = replace(scope, done=(FIRST, SECOND, SWAPPED))
    takes_no_cross = replace(scope.world, controller=Controller(takes_no_cross=True))
    return {
        "a second generation": replace(scope, done=(FIRST,), commands=(SECOND, FIRST, DESTROY)),
        "a swap": replace(prepared, commands=(SWAPPED, SECOND, DESTROY)),
        "the older generation is dropped": replace(swapped, commands=(DROPPED, SWAPPED, DESTROY)),
        "back to the older generation": replace(swapped, commands=(SECOND, SWAPPED, DESTROY)),
        "steps of a rollover are left out": replace(
            scope,
            done=(FIRST,),
            commands=(FIRST, SECOND, SWAPPED, DROPPED, off(SWAPPED), off(DROPPED)),
            length=3,
            mishaps=1,
        ),
        # Of one that is off, the switch asks itself: handshakes, which are not modelled.
        "a listener that takes no cross certificate": replace(
            scope, world=takes_no_cross, done=(FIRST,), commands=(SECOND, SWAPPED, HARD, DROPPED)
        ),
        "a swap of two listeners": replace(
            prepared,
            world=first_world(listeners=2),
            stacks=(two,),
            commands=(SWAPPED, SECOND, off(SWAPPED), DESTROY),
            mishaps=1,
        ),
        "a swap while the listener is off": replace(
            prepared, done=(FIRST, SECOND, off(SECOND)), commands=(off(SWAPPED), SWAPPED, DESTROY)
        ),
        "a hard swap": replace(scope, done=(FIRST,), commands=(HARD, SECOND, DESTROY)),
        "an emergency during a swap": replace(prepared, commands=(SWAPPED, DESTROY), edits=(EMERGENCY,)),
    }


def _stack() -> Stack:
    roots = [make_root(subject=replace(ROOT_SUBJECT, common_name=name)) for name in ("root", "root G2")]
    return Stack(
        owner="alb-mtls/dev",
        deployment=deployment_id(0),
        repository="alb-mtls-dev",
        pems=tuple(certificate_pem(one.certificate) for one in roots),
        keys=tuple(private_key_pem(one.key) for one in roots),
    )
