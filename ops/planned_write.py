"""What a writing command is about to change on an AlbConfig: shown to a person first, then one guarded patch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from alb_mtls.cluster.guarded_patch import AlbConfigs, guarded_patch
from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.cluster.patch import Patch

_DEADLINE_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class PlannedWrite:
    """A change of an AlbConfig that a person has to agree to.

    Attributes:
        listener: that it is about.
        uid: of the AlbConfig as it was shown.
        changes: for people, one line each; empty when there is nothing to do.
        result: for people: what is so afterwards, or why there is nothing to do.
        build: the patch, for the AlbConfig as read again.
    """

    listener: ListenerKey
    uid: str
    changes: tuple[str, ...]
    result: str
    build: Callable[[AlbConfig], Patch]

    def apply(self, kube: AlbConfigs) -> None:
        """Write it.

        Raises:
            ClusterError: nothing was written, or whether it was is not known.
            OpsError: the AlbConfig is no longer as it was shown.
        """
        guarded_patch(
            kube, self.listener.alb_config, self.build, deadline_seconds=_DEADLINE_SECONDS, expect_uid=self.uid
        )

    def to_json(self) -> dict[str, Any]:
        """Return the outcome for scripts."""
        return {"listener": self.listener.output_key, "changed": bool(self.changes), "result": self.result}
