"""Claims for tests."""

from typing import Any

from alb_mtls.cluster.claim import Claim


def claim_of(**changes: Any) -> Claim:
    """Return a claim of stack alb-mtls/dev, but for `changes`."""
    values: dict[str, Any] = {
        "owner": "alb-mtls/dev",
        "deployment": "deployment-1",
        "token": "t",
        "attempt": "one",
        "uid": "uid-of-alb",
        "previous": {},
        "written": {},
    }
    return Claim(**{**values, **changes})
