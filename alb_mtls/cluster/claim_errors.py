"""Whose a listener is, and what somebody else did to it: why this program must not write there."""

import shlex
from collections.abc import Iterable
from typing import Final

from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.listener_key import ListenerKey

SURVEY_OWNER: Final = "ops survey"
"""Owner in the claim of `python -m ops survey`, which is no stack."""

# Of what another claim says of itself: whoever may edit the AlbConfig may write anything there.
_LONGEST_NAME = 200


class MalformedClaim(ClusterError):
    """The annotation that holds a claim is not one of ours."""

    def __init__(self, listener: ListenerKey) -> None:
        """Name the annotation."""
        name, key = listener.alb_config, listener.claim_annotation
        super().__init__(
            f"annotation {key} of AlbConfig {name} is not a claim as this program writes it; correct it, or "
            f"remove it: kubectl annotate albconfig {name} {key}-; the stack that holds the listener writes it again "
            "by its state, at its next `pulumi up`"
        )


class NewerClaim(ClusterError):
    """A newer version of this program wrote the claim."""

    def __init__(self, listener: ListenerKey, *, holds: str, known: str) -> None:
        """Name the annotation, what it holds and what this program knows."""
        super().__init__(
            f"annotation {listener.claim_annotation} of AlbConfig {listener.alb_config} is a claim {holds}, and this "
            f"program knows {known}; a newer version of this program wrote it: use that one"
        )


class ClaimedByAnother(ClusterError):
    """Another deployment holds the listener: of another stack, or of this one's name with a state of its own.

    Attributes:
        owner: its project and stack, for people.
        deployment: its id, which decides.
    """

    def __init__(self, listener: ListenerKey, *, owner: str, deployment: str) -> None:
        """Name the deployment, and the three ways out."""
        self.owner, self.deployment = owner, deployment
        owner, deployment = owner[:_LONGEST_NAME], deployment[:_LONGEST_NAME]
        if owner == SURVEY_OWNER:
            # What stands there meanwhile is nothing that a stack should ever put back: no takeOver is offered.
            super().__init__(
                f"{listener.label} is held by a survey (python -m ops survey); run this again when it has ended. If "
                "none is under way, give the listener back first: python -m ops survey --listener "
                f"{listener.output_key} --put-back"
            )
            return
        super().__init__(
            f"{listener.label} is claimed by stack {owner} (deployment {deployment}), and not by this deployment. If "
            "that is the state of this stack, which was lost or lies in another backend, restore it "
            "(docs/how-to/lost-state.md). "
            "If it keeps the listener, take the listener out of this configuration. If "
            f"this deployment takes it, add to the listener in the configuration: takeOver: {deployment}"
        )


class HeldByAnother(ClusterError):
    """Another deployment holds the listener that this one is to give back: it was taken over."""

    def __init__(self, listener: ListenerKey, *, owner: str, deployment: str) -> None:
        """Name the deployment, and how this one leaves the listener to it."""
        owner, deployment = owner[:_LONGEST_NAME], deployment[:_LONGEST_NAME]
        super().__init__(
            f"{listener.label} is claimed by stack {owner} (deployment {deployment}), and not by this deployment, so "
            "it was not given back. When that stack keeps the listener, take the claim out of the state of this one: "
            f"pulumi state delete --target-dependents URN, with the URN of {listener.resource_name}-claim as `pulumi "
            "stack --show-urns` prints it; then run the command again. When that stack has given it back, run the "
            "command again"
        )


class TakenBack(ClusterError):
    """The deployment that an earlier `up` took the listener from has it again."""

    def __init__(self, listener: ListenerKey, *, owner: str, deployment: str) -> None:
        """Name the deployment, and how to take the listener once more."""
        owner, deployment = owner[:_LONGEST_NAME], deployment[:_LONGEST_NAME]
        super().__init__(
            f"{listener.label} is claimed by stack {owner} (deployment {deployment}) again. takeOver names it, but it "
            "did so in the last `pulumi up` too, and a value that was left standing takes nothing a second time. "
            "Agree on who keeps the listener. If this deployment takes it once more: "
            f"pulumi up --replace '**::{listener.resource_name}-switch'"
        )


class AnotherCa(ClusterError):
    """The listener holds a CA that this stack did not put there.

    Attributes:
        identifiers: of what is there.
    """

    def __init__(self, listener: ListenerKey, *, identifiers: Iterable[str]) -> None:
        """Name the CA that is there."""
        self.identifiers = tuple(identifiers)
        super().__init__(
            f"{listener.label} already has the CA {', '.join(self.identifiers)}, which this stack did not put there; "
            f"to replace it, add to the listener in the configuration: takeOver: {self.identifiers[0]} (destroy puts "
            "the CA back)"
        )


class AnotherCaBound(ClusterError):
    """Somebody bound another CA to a listener that this deployment holds.

    Attributes:
        identifiers: of what is there.
        remedy: what to do.
    """

    def __init__(self, listener: ListenerKey, *, identifiers: Iterable[str], ours: str, by: str, remedy: str) -> None:
        """Name both CAs, who did it, and what to do."""
        self.identifiers, self.remedy = tuple(identifiers), remedy
        super().__init__(
            f"{listener.label} already has the CA {', '.join(self.identifiers)}; what this stack put there was {ours}. "
            f"Last, {by} wrote the listeners. Nothing was changed; {remedy}"
        )


class ListenerEdited(ClusterError):
    """Somebody else changed the two fields of a listener, and this program must not undo that.

    Attributes:
        by: who wrote the listeners last, and when.
        remedy: what to do.
    """

    def __init__(self, listener: ListenerKey, *, stands: str, expected: str | None, by: str, remedy: str) -> None:
        """Say what stands there, what was expected where that is known, who did it, and what to do."""
        self.by, self.remedy = by, remedy
        where = "" if expected is None else f", and not: {expected}"
        super().__init__(f"{listener.label} was edited, last by {by}: {stands}{where}. That is left as it is; {remedy}")


class HeldByOwnDeployment(ClusterError):
    """This deployment holds the listener already, by a claim that is not the one in the state."""

    def __init__(self, listener: ListenerKey, *, deployment: str) -> None:
        """Name the way out."""
        super().__init__(
            f"{listener.label} is held by this deployment already, under a claim that the state does not have, or that "
            "this run replaces. Replacing it would give the listener back and open it: run it without --replace and "
            "--target-replace of the claim. When the claim was deleted from the state, and the state is the right one, "
            f"add to the listener in the configuration: takeOver: {deployment}"
        )


class NotKnownBefore(ClusterError):
    """What a listener was before this deployment came is written nowhere."""

    def __init__(self, listener: ListenerKey, *, ca_identifier: str) -> None:
        """Name the way out."""
        super().__init__(
            f"{listener.label} still refers to CA {ca_identifier}, but neither a claim on it (annotation "
            f"{listener.claim_annotation}) nor the state says what it was before; nothing was changed. Run `pulumi up` "
            "first, with the listener in the configuration, which writes the claim again; then run this again"
        )


class ClaimLost(ClusterError):
    """The claim is no longer the one that this attempt wrote; it must not write anything more."""

    def __init__(self, listener: ListenerKey) -> None:
        """Name the listener."""
        super().__init__(
            f"the claim on {listener.label} is no longer the one that this run wrote: another run has taken over, or "
            "somebody edited the annotation; nothing more was written. When no other run is under way, run the "
            "command again"
        )


class ListenerHeld(ClusterError):
    """A person keeps this program away from the listener (alb_mtls/cluster/hold.py).

    Attributes:
        reason: as the person gave it.
    """

    def __init__(self, listener: ListenerKey, reason: str, *, owner: str | None = None) -> None:
        """Name the listener, the reason and the way out.

        Args:
            listener: that is held.
            reason: see the attribute.
            owner: project and stack of the run: another stack may be selected, whose cluster has a listener of the same
                name. None where no stack is known.
        """
        stack = "" if owner is None else f" --stack {shlex.quote(owner.rpartition('/')[2])}"
        super().__init__(
            f"{listener.label} is held: {reason}; this program writes nothing to it until the hold is removed: "
            f"python -m ops resume {listener.output_key}{stack}"
        )
        self.reason = reason


class Recreated(ClusterError):
    """The AlbConfig was deleted and created again while a run was under way.

    Attributes:
        expected: uid of the object that the run began with.
        found: uid of the one under its name now.
    """

    def __init__(self, *, alb_config: str, expected: str, found: str) -> None:
        """Name both objects by their uids."""
        super().__init__(
            f"AlbConfig {alb_config} was deleted and created again while this run was under way (its uid was "
            f"{expected} and is {found} now); nothing was written to the new one, run the command again"
        )
        self.expected = expected
        self.found = found
