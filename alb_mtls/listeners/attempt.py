"""One attempt to set a listener: what it began with, and where it writes.

Each write of an attempt is tied to its id in the claim by a JSON patch test. A provider process that outlives a killed
CLI therefore cannot undo the recovery: its next write is rejected (docs/reference/state-and-claim.md, Claim).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from alb_mtls.aliyun.alb import AlbClient
from alb_mtls.aliyun.cas import CasClient
from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.guarded_patch import BuildPatch, guarded_patch
from alb_mtls.cluster.identity_headers import HeaderFields
from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.listener import AlbConfig, Element, Fields, ListenerRef, meaning_of
from alb_mtls.listener_resources import ListenerSwitchInputs, ListenerSwitchOutputs
from alb_mtls.listeners.desired import same_identifiers
from alb_mtls.listeners.situation import Situation, ours_of, situation_at
from alb_mtls.listeners.verdict import Verdict, on_roll_back

# Long enough for a controller that keeps writing; a patch itself takes milliseconds.
PATCH_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What an attempt began with.

    Attributes:
        claim: that it wrote, together with the fields.
        claim_before: that stood there; None when there was none.
        before: the two fields that stood there.
        element_before: the whole listener, as it was.
        headers: what it wrote into keys of identity headers; `REMOVED` is a value.
        editor: who had written them, and when, when that was not the program; None when nobody knows.
    """

    claim: Claim
    claim_before: Claim | None
    before: Fields
    editor: str | None = None
    element_before: Element = field(default_factory=dict)
    headers: HeaderFields = field(default_factory=dict)

    @property
    def bound_before(self) -> str | None:
        """The CA of which the listener requested certificates; None when it requested none, or of several."""
        before = meaning_of(self.before)
        return before.identifiers[0] if before.enabled and len(before.identifiers) == 1 else None

    @property
    def is_swap(self) -> bool:
        """Whether that is another CA than this attempt writes."""
        return not same_identifiers(meaning_of(self.before).identifiers, meaning_of(self.claim.written).identifiers)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where an attempt writes.

    Attributes:
        inputs: the listener and what it should become.
        last: what the last `up` made of it, if the state knows.
        cas: shows whether a CA that was taken over is still there; None when no site is configured.
        engine_lives: says whether the engine that began this run is there.
    """

    inputs: ListenerSwitchInputs
    last: ListenerSwitchOutputs | None
    kube: KubeClient
    alb: AlbClient
    cas: CasClient | None
    engine_lives: Callable[[], bool]

    @property
    def ours(self) -> tuple[str, ...]:
        """Identifiers of the CAs that this deployment binds, or has bound."""
        return ours_of(self.inputs, self.last)

    def situation(self, albconfig: AlbConfig) -> tuple[ListenerRef, Situation]:
        """Return the listener and what stands there."""
        return situation_at(self.inputs, self.last, albconfig)

    def on_roll_back(self, there: Situation, attempt: Attempt, *, written: Fields) -> Verdict:
        """Say whether an attempt may put back what it found, when these fields are what it left there."""
        # Only where the claim is gone the engine matters, and to ask for it costs a connection.
        lives = there.claim is None and self.engine_lives()
        return on_roll_back(there, attempt=attempt.claim.attempt, written=written, engine_lives=lives)

    def patch(self, build: BuildPatch, uid: str) -> AlbConfig:
        """Patch the AlbConfig of this uid, and no other one that has come in its place."""
        name = self.inputs.listener.alb_config
        return guarded_patch(self.kube, name, build, deadline_seconds=PATCH_SECONDS, expect_uid=uid)
