"""Preflights of tests that stop."""

from typing import Any

import pulumi
import pytest

from alb_mtls.configuration.model import Settings
from components.preflight.run import run_preflight
from tests.helpers.fake_session import running
from tests.helpers.stack_file import Change, put

PURCHASED: tuple[Change, ...] = (
    put("rootCa", {"source": "purchased", "identifier": "1ed65580"}),
    put("clients", []),
)


def stopped_by(settings: Settings, **scene: Any) -> str:
    """Return what a preflight stops with."""
    with running(**scene), pytest.raises(pulumi.RunError) as refused:
        run_preflight(settings, None)
    assert refused.value.__cause__ is None
    return str(refused.value)
