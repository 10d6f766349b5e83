"""What a listener should become, and what keeps it from becoming that."""

from collections.abc import Iterable, Sequence

from alb_mtls.aliyun.alb_models import Listener, same_identifier
from alb_mtls.cluster.listener import AlbConfig, ListenerRef
from alb_mtls.cluster.listener_problems import listener_problems
from alb_mtls.errors import OperationFailed
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.redaction import one_line


def refuse_unfit(albconfig: AlbConfig, ref: ListenerRef) -> None:
    """Refuse a listener on which client authentication cannot be switched.

    Raises:
        OperationFailed: names everything that must be put right.
    """
    problems = listener_problems(albconfig, ref)
    if problems:
        sentence = f"{ref.key.label}: {'; '.join(problems)}"
        raise OperationFailed(sentence)


def without_host(label: str) -> str:
    """Return the sentence that rejects a listener for whose proof no host is known."""
    return f"{label} has no host for the proof: no Ingress rule on it names one; set proof.host, or proof.mode: api"


def is_proven_alike(was: ProofSettings, becomes: ProofSettings) -> bool:
    """Say whether a restore is proven in the same way by both; the modes `api` and `off` make no handshake."""
    if (was.mode, was.deadline_seconds) != (becomes.mode, becomes.deadline_seconds):
        return False
    same_place = (was.path, was.server_ca, was.connect_to) == (becomes.path, becomes.server_ca, becomes.connect_to)
    same_length = was.connections == becomes.connections
    # No host at all is what a preview without the cluster knows.
    return was.mode != "required" or (same_place and same_length and becomes.host in {None, "", was.host})


def alb_follows(
    shown: Listener,
    *,
    enabled: bool,
    ca_identifiers: Sequence[str],
    lets_go_of: Iterable[str] = (),
    handshakes_follow: bool = False,
) -> bool:
    """Say whether the ALB does what the AlbConfig says.

    Which CA a listener that is off refers to does not count: some ALBs show none.

    Args:
        shown: the listener as the ALB API has it.
        enabled: whether client certificates are to be requested.
        ca_identifiers: of which CAs.
        lets_go_of: CAs that may be deleted next, so that it must not refer to them, be it on or off.
        handshakes_follow: a proof by handshakes comes next. It shows of which CA certificates are requested where the
            ALB API does not name the CA; without one, what cannot be known is not taken for done.
    """
    if any(is_among(one, lets_go_of) for one in shown.ca_identifiers):
        return False
    if shown.status != "Running" or shown.ca_enabled != enabled:
        return False
    if enabled and shown.hides_ca:
        return handshakes_follow
    return not enabled or same_identifiers(shown.ca_identifiers, ca_identifiers)


def is_among(identifier: str, identifiers: Iterable[str]) -> bool:
    """Say whether a CA is one of some, as the ALB may give an identifier back in another form."""
    return any(same_identifier(identifier, one) for one in identifiers)


def is_named(identifier: str, take_over: str) -> bool:
    """Say whether a person who may copy an identifier only as a message showed it means this one.

    Whoever writes an AlbConfig may put into it what no message shows and no configuration takes: line ends, control
    characters, blanks of every kind.
    """
    return same_identifier(identifier, take_over) or _as_typed(identifier) == _as_typed(take_over)


def _as_typed(identifier: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in one_line(identifier)).split())


def same_identifiers(some: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether two lists of CAs mean the same, as the ALB may give an identifier back in another form."""
    return len(some) == len(others) and all(same_identifier(a, b) for a, b in zip(some, others, strict=True))
