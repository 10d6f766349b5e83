"""What a listener should become, and what keeps it from becoming that."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alb_mtls.aliyun.alb_models import Listener, same_identifier
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.errors import AnotherCa, ClaimedByAnother
from alb_mtls.cluster.listener import find_listener, state_of
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.errors import OperationFailed


@dataclass(frozen=True, kw_only=True)
class DesiredListener:
    """What a listener should become, and in whose name.

    Attributes:
        token: of the ListenerClaim of this stack; the claim in the cluster carries it.
        previous: what the listener held before this stack came, if the state knows it; counts only when the claim
            itself was removed by hand.
        uid: of the AlbConfig of which `previous` was read.
        seconds: how long the ALB may take.
    """

    listener: ListenerKey
    owner: str
    token: str
    enabled: bool
    identifier: str
    take_over: bool
    previous: dict[str, Any] | None
    uid: str | None
    seconds: float

    def previous_of(self, albconfig: dict[str, Any]) -> dict[str, Any] | None:
        """Return `previous` when it is of this very object: one that was made anew has a past of its own."""
        return self.previous if albconfig["metadata"]["uid"] == self.uid else None


def refuse_if_owned_by_others(albconfig: dict[str, Any], wanted: DesiredListener, held: Claim | None) -> None:
    """Refuse a listener that another stack claims, or that has another CA and was not given up by `takeOver`.

    Raises:
        ClaimedByAnother: names the owner.
        AnotherCa: names the CA that is there.
    """
    if held is not None and held.owner != wanted.owner:
        raise ClaimedByAnother(wanted.listener, owner=held.owner)
    if held is not None or wanted.take_over or wanted.previous_of(albconfig) is not None:
        return
    state = state_of(find_listener(albconfig, wanted.listener).element)
    foreign = [i for i in state.identifiers if not same_identifier(i, wanted.identifier)]
    if foreign:
        raise AnotherCa(wanted.listener, identifiers=foreign)


def basic_edition(label: str, alb_id: str) -> str:
    """Return the sentence that refuses an ALB of edition Basic (docs/facts/alibaba-cloud.md, Editions and keys)."""
    return (
        f"{label}: ALB {alb_id} is of edition Basic, which cannot authenticate clients; "
        "upgrade it to Standard or StandardWithWaf"
    )


def without_host(label: str) -> str:
    """Return the sentence that refuses a listener which nobody knows a host to ask for."""
    return f"{label} has no host to be asked for: no Ingress rule on it names one; set proof.host, or proof.mode: api"


def is_as_wanted(seen: Listener, *, enabled: bool, identifier: str) -> bool:
    """Say whether the ALB does what the AlbConfig says; what a switched-off listener keeps bound is not asked."""
    if seen.status != "Running" or seen.ca_enabled != enabled:
        return False
    return not enabled or same_identifiers(seen.ca_identifiers, [identifier])


def same_identifiers(some: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether two lists of CAs mean the same, as the ALB may give an identifier back in another form."""
    return len(some) == len(others) and all(same_identifier(a, b) for a, b in zip(some, others, strict=True))


def load_balancer_id(albconfig: dict[str, Any]) -> str:
    """Return the id of the ALB behind an AlbConfig.

    Raises:
        OperationFailed: the controller has not made one yet.
    """
    found: Any = albconfig
    for member in ("status", "loadBalancer", "id"):
        found = found.get(member) if isinstance(found, dict) else None
    if not isinstance(found, str) or not found:
        name = albconfig["metadata"]["name"]
        sentence = (
            f"AlbConfig {name} has no ALB yet (status.loadBalancer.id is empty); "
            f"look at its events: kubectl describe albconfig {name}"
        )
        raise OperationFailed(sentence)
    return found
