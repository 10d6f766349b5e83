"""Stacks whose looks `python -m ops metrics` counts, and what it prints read back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from alb_mtls.cluster.errors import ClusterError
from alb_mtls.cluster.findings import Finding, FindingCode
from alb_mtls.listener_resources import ProofShown
from ops.current_listeners import CurrentListener
from ops.metrics import Look, exposition
from ops.status import Status
from tests.helpers.certificates import make_client, make_root
from tests.helpers.current import current, deployed

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROOT = make_root(now=NOW, days=3650)
ALICE, DEVICE = make_client(ROOT, now=NOW, days=365), make_client(ROOT, now=NOW, days=90)
STACK = {"project": "alb-mtls", "stack": "test"}
LISTENER = {**STACK, "listener": "alb/443"}
HTTP = Finding(code=FindingCode.HTTP_FORWARDS, subject="listener 80/HTTP of AlbConfig alb", evidence="e", remedy="r")

Samples = dict[str, list[tuple[dict[str, str], float]]]
Numbers = Callable[..., Samples]


def metered(**changes: Any) -> CurrentListener:
    """Return an enforced listener whose last proof is half an hour old."""
    before = deployed(ROOT, generation=1)
    assert before.switch is not None
    shown = ProofShown(connections=300, bound=0.0133, addresses_asked=("a:443",), addresses_known=("a:443", "b:443"))
    proven_at = (NOW - timedelta(minutes=30)).isoformat()
    left = replace(before, switch=replace(before.switch, proven_at=proven_at, proof_shown=shown))
    return current(ROOT, listener=left, **changes)


def not_reached() -> CurrentListener:
    """Return one of which nothing is known."""
    found = metered()
    failure = ClusterError("the cluster at https://127.0.0.1:9 cannot be reached")
    nothing: dict[str, Any] = {"albconfig": None, "on_alb": None, "load_balancer": None, "ca": None, "hosts": None}
    return replace(found, snapshot=replace(found.snapshot, **nothing, ca_searched=False, failures=(failure,)))


def parsed(text: str) -> Samples:
    """Return the labels and the value of each sample, by metric."""
    return {
        family.name: [(dict(one.labels), one.value) for one in family.samples]
        for family in text_string_to_metric_families(text)
    }


def text_of(found: Status | None) -> str:
    """Return what is printed of a look; None for one that failed."""
    return exposition(Look(project="alb-mtls", stack="test", began=NOW, seconds=1.5, status=found))
