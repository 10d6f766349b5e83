"""Scopes in which headers about the client are switched on and off, and others set keys of them."""

from tests.model.commands import DESTROY, UP
from tests.model.edits import PRUNED
from tests.model.edits_of_headers import ALIAS, HEADER_EDITED, HEADERS_AS_GO
from tests.model.registrations import Stack
from tests.model.system import Scope
from tests.model.values import replace
from tests.model.world import first_world

WITH_HEADERS = replace(UP, headers=(("subjectDn", ""), ("issuerDn", "x-issuer")))
FEWER_HEADERS = replace(UP, headers=(("issuerDn", "x-issuer"),))


def scopes_with_headers(dev: Stack) -> dict[str, Scope]:
    """Return them by name."""
    before = {"XForwardedForProtoEnabled": True, ALIAS: "before"}
    scope = Scope(world=first_world(), stacks=(dev,), commands=(), length=2, mishaps=1)
    deployed = replace(scope, done=(WITH_HEADERS,), commands=(WITH_HEADERS, DESTROY))
    return {
        "identity headers": replace(scope, commands=(WITH_HEADERS, DESTROY), mishaps=2),
        "identity headers beside those of others": replace(
            scope, world=first_world(xForwardedForConfig=before), commands=(WITH_HEADERS, DESTROY), mishaps=2
        ),
        "identity headers that leave the configuration": replace(
            scope, done=(UP, WITH_HEADERS), commands=(FEWER_HEADERS, UP, DESTROY)
        ),
        "identity headers that somebody edits": replace(deployed, edits=(HEADER_EDITED,), mishaps=2),
        "identity headers and a Go round trip": replace(deployed, edits=(HEADERS_AS_GO,)),
        "identity headers and a pruned claim": replace(deployed, edits=(PRUNED,)),
    }
