"""Proofs without waiting."""

import pytest

from tests.helpers.fake_clock import FakeClock


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let every pause pass at once, and count those between two looks at a listener."""
    taken: list[float] = []
    clock = FakeClock()
    monkeypatch.setattr("alb_mtls.retrying.time.sleep", taken.append)
    monkeypatch.setattr("alb_mtls.handshake.pace.time", clock)
    return clock.pauses
