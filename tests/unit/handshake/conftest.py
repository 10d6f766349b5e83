"""Proofs without waiting."""

import pytest


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let every pause between two rounds pass at once, and count them."""
    taken: list[float] = []
    monkeypatch.setattr("alb_mtls.retrying.time.sleep", taken.append)
    return taken
