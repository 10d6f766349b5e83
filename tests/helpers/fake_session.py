"""A cluster and a cloud that only answer, for tests of what the program finds out before it registers anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import pulumi

from alb_mtls.session import Session
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster


@dataclass(kw_only=True)
class Logged:
    """What was logged in a run."""

    infos: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@contextmanager
def running(
    *, preview: bool = False, kube: Cluster | None = None, alb: Alb | None = None, cas: Cas | None = None
) -> Iterator[Logged]:
    """Run what is in the block as in a preview or an up, with these clients; None leaves the session's own.

    No listener is asked: how listeners are reached has tests of its own.
    """
    logged = Logged()
    with (
        patch.object(pulumi.runtime, "is_dry_run", lambda: preview),
        patch.object(pulumi.log, "info", logged.infos.append),
        patch.object(pulumi.log, "warn", logged.warnings.append),
        patch.object(Session, "kube", lambda *_: kube or Cluster()),
        patch.object(Session, "alb", Session.alb if alb is None else lambda *_: alb),
        patch.object(Session, "cas", Session.cas if cas is None else lambda *_: cas),
        patch("alb_mtls.preflight.preflight.unreachable_listeners", lambda *_, **__: []),
    ):
        yield logged
