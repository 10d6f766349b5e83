"""Whether the listeners of a stack are held by another deployment, as far as the id in the state decides. Pure.

The program, which looks at the listeners, does not know the state, and the anchor, which holds the id, does not look:
so what was found is an input of the anchor, and a preview stops before anything is uploaded.
"""

from collections.abc import Iterable, Iterator

from alb_mtls.cluster.claim_errors import AnotherCa, ClaimedByAnother
from alb_mtls.errors import OperationFailed
from alb_mtls.resources import ListenerFound


def held_by_others(found: Iterable[ListenerFound], deployment: str | None) -> Iterator[Exception]:
    """Yield what keeps a deployment from having its listeners, or from changing its clients before it has swapped them.

    Args:
        found: on them.
        deployment: id of this one; None before its first `up`, when nothing in the cluster can be its own.
    """
    for one in found:
        if one.deployment is not None:
            if one.deployment not in {deployment, one.take_over}:
                yield ClaimedByAnother(one.listener, owner=one.owner or "", deployment=one.deployment)
            elif one.rejected_meanwhile is not None:
                yield OperationFailed(one.rejected_meanwhile)
        elif one.ca_identifiers and deployment is None:
            yield AnotherCa(one.listener, identifiers=one.ca_identifiers)
