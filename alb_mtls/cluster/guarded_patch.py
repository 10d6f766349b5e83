"""Changing an AlbConfig that others change too: read, decide, patch; again when it had changed."""

from collections.abc import Callable
from typing import Protocol

from alb_mtls.cluster.claim_errors import Recreated
from alb_mtls.cluster.errors import (
    AdmissionDenied,
    ClusterError,
    DeadlinePassed,
    PatchConflict,
    PatchRejected,
    ReplyLost,
    Unreachable,
    WebhookUnavailable,
)
from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.cluster.patch import Operation, Patch
from alb_mtls.retrying import growing, repeat

BuildPatch = Callable[[AlbConfig], Patch | None]


class AlbConfigs(Protocol):
    """Where AlbConfigs are read and patched; `client.KubeClient` in the program."""

    def albconfig(self, name: str) -> AlbConfig:
        """Return an AlbConfig."""

    def patch_albconfig(self, name: str, operations: list[Operation]) -> AlbConfig:
        """Apply a JSON patch."""


def guarded_patch(
    client: AlbConfigs,
    name: str,
    build: BuildPatch,
    *,
    deadline_seconds: float,
    expect_uid: str | None = None,
) -> AlbConfig:
    """Change an AlbConfig by a patch that tests what it was decided upon.

    After a refusal, and after a reply that was lost, the AlbConfig is read and decided upon again, so
    `build` must find its own effect when it is there. Its guards make repeating harmless.

    Args:
        client: the cluster.
        name: of the AlbConfig.
        build: gets the AlbConfig as read and returns the patch; one without changes, or None, when nothing is to be
            done.
        deadline_seconds: no further round starts after this.
        expect_uid: of the object that is meant; None means any.

    Returns:
        The AlbConfig as it is after the patch, or as read when there was nothing to do.

    Raises:
        Recreated: the object under this name is another one.
        PatchRejected: the patch was rejected although nothing had changed.
        AdmissionDenied: a webhook or a policy denies it.
        WebhookUnavailable: a webhook gave the API server no answer until the deadline.
        DeadlinePassed: others went on changing it, or replies went on being lost.
        ClusterError: whatever the client or `build` raised.
    """
    rounds = _Rounds(client, name, build, expect_uid)

    def give_up(last: ClusterError, attempts: int, _seconds: float) -> ClusterError:
        if isinstance(last, AdmissionDenied | WebhookUnavailable):
            # It says itself what to do, and it is nobody's edit.
            return last
        # Only a conflict speaks of somebody else.
        others = "find out who else writes it (managedFields), and " if isinstance(last, PatchConflict) else ""
        sentence = (
            f"AlbConfig {name} could not be patched within {deadline_seconds:.0f} s and {attempts} attempts, "
            f"last: {last}; {others}run the command again"
        )
        return DeadlinePassed(sentence)

    return repeat(
        rounds.once,
        ClusterError,
        what=f"the cluster to take the patch of AlbConfig {name}",
        may_repeat=rounds.may_go_on,
        pause=growing(0.05, longest=2.0),
        deadline_seconds=lambda _: deadline_seconds,
        give_up=give_up,
    )


class _Rounds:
    def __init__(self, client: AlbConfigs, name: str, build: BuildPatch, expect_uid: str | None) -> None:
        self._client = client
        self._name = name
        self._build = build
        self._expect_uid = expect_uid
        self._sent = False
        self._rejected: tuple[str, str] | None = None

    def once(self) -> AlbConfig:
        albconfig = self._client.albconfig(self._name)
        uid, version = albconfig["metadata"]["uid"], albconfig["metadata"]["resourceVersion"]
        if self._expect_uid not in (None, uid):
            raise Recreated(alb_config=self._name, expected=str(self._expect_uid), found=uid)
        patch = self._build(albconfig)
        if patch is None or not patch.changes:
            return albconfig
        if self._rejected is not None and self._rejected[0] == version:
            sentence = (
                f"the API server rejected the patch of AlbConfig {self._name}, although nobody had changed that: "
                f"{self._rejected[1]}; look for an admission webhook or policy that guards AlbConfigs"
            )
            raise PatchRejected(sentence)
        self._sent = True
        try:
            return self._client.patch_albconfig(self._name, patch.operations)
        except PatchConflict as error:
            self._rejected = (version, str(error))
            raise

    def may_go_on(self, error: ClusterError) -> bool:
        """Say whether to go on; once something was sent, even an unreachable server must be tried again."""
        if isinstance(error, AdmissionDenied):
            return error.may_pass
        may_pass = isinstance(error, PatchConflict | ReplyLost | WebhookUnavailable)
        return may_pass or (self._sent and isinstance(error, Unreachable))
