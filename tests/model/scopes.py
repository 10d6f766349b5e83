"""The scopes that are explored: small enough to visit every state, each with a kind of trouble of its own."""

from functools import cache

from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import make_root
from tests.model.commands import ANOTHER_CA, DESTROY, OFF, UP
from tests.model.edits import EMERGENCY, EMPTIED
from tests.model.registrations import ANOTHER_SITE_ADDRESS, Command, Stack
from tests.model.scopes_of_git import scopes_of_git
from tests.model.scopes_with_generations import scopes_with_generations
from tests.model.scopes_with_headers import scopes_with_headers
from tests.model.scopes_with_others import scopes_with_others
from tests.model.system import Scope
from tests.model.values import replace
from tests.model.world import Certificate, Repository, World, deployment_id, first_world

ANOTHER_ADDRESS = Command(kind="up", cas=ANOTHER_SITE_ADDRESS)


# With one mishap less these are explored in seconds.
_LARGE = {
    "a listener is handed over to Git",
    "a listener is handed over to Git and back",
    "a Go round trip",
    "a hard swap",
    "a second generation",
    "a swap",
    "a swap of two listeners",
    "a swap while the listener is off",
    "an emergency during a swap",
    "back to the older generation",
    "a deployment takes over a listener that somebody set back",
    "a deployment takes over from another",
    "a hash label, and a first up that meets a failing Ingress",
    "a hash label, and an Ingress that begins to fail",
    "a hash label, and the ALB alone is changed",
    "a hash label, and the ALB alone is changed where the listener is off",
    "a hold at every step",
    "a listener that takes no cross certificate",
    "a hold that opens, while a first up runs",
    "a stack is renamed",
    "a webhook denies patches",
    "a webhook denies patches of a listener that was deployed",
    "absent is unchanged",
    "an ALB that lets go of the CA of a listener that is off",
    "an emergency while a first up runs",
    "another team binds its CA while a first up runs",
    "identity headers",
    "identity headers beside those of others",
    "identity headers that somebody edits",
    "steps of a rollover are left out",
    "the claim is pruned",
    "the claim is replaced later",
    "the claim is pruned while a first up runs",
    "the first file is applied again",
}


@cache
def scopes(*, whole: bool = False) -> dict[str, Scope]:
    """Return the scopes by name.

    Args:
        whole: the large ones too as they are, instead of with one mishap less.
    """
    return {
        name: replace(scope, mishaps=scope.mishaps - (name in _LARGE and not whole))
        for name, scope in _scopes().items()
    }


@cache
def _scopes() -> dict[str, Scope]:
    pems = tuple(certificate_pem(make_root().certificate) for _ in range(3))
    dev = Stack(owner="alb-mtls/dev", deployment=deployment_id(0), repository="alb-mtls-dev", pems=pems[:2])
    untouched = first_world()
    return (
        scopes_with_others(dev, pems)
        | scopes_with_generations()
        | scopes_with_headers(dev)
        | scopes_of_git(dev)
        | {
            "a first up and its recovery": Scope(
                world=untouched, stacks=(dev,), commands=(UP, DESTROY), length=2, mishaps=2
            ),
            "switching off and on": Scope(
                world=untouched, stacks=(dev,), commands=(UP, OFF, DESTROY), length=2, mishaps=2, deployed=True
            ),
            "another CA and back": Scope(
                world=untouched, stacks=(dev,), commands=(UP, ANOTHER_CA, DESTROY), length=2, mishaps=2, deployed=True
            ),
            "another address of CAS": Scope(
                world=untouched,
                stacks=(dev,),
                commands=(UP, ANOTHER_ADDRESS, DESTROY),
                length=2,
                mishaps=2,
                deployed=True,
            ),
            "edits by hand": Scope(
                world=untouched,
                stacks=(dev,),
                commands=(UP, DESTROY),
                length=2,
                mishaps=2,
                deployed=True,
                edits=(EMERGENCY, EMPTIED),
            ),
            "a listener taken over": Scope(
                world=_world_of_somebody(pems[2]),
                stacks=(replace(dev, take_over="theirs"),),
                commands=(UP, OFF, DESTROY),
                length=2,
                mishaps=1,
            ),
            "an emergency on a listener that was taken over": Scope(
                world=_world_of_somebody(pems[2]),
                stacks=(replace(dev, take_over="theirs"),),
                commands=(UP, DESTROY),
                length=2,
                mishaps=2,
                deployed=True,
                edits=(EMERGENCY,),
            ),
        }
    )


def _world_of_somebody(pem: str) -> World:
    world = first_world(caEnabled=True, caCertificates=[{"CertificateId": "theirs"}])
    return replace(
        world,
        repositories=(Repository(number=1, name="theirs"),),
        certificates=(Certificate(identifier="theirs", repository=1, pem=pem),),
    )
