"""Which code a failed proof has; what handshakes show is decided in tests/lab/handshake and tests/stack."""

from typing import Any

import pytest

from components.handshake.client_identity import Probes, probe_identities
from components.handshake.observation import Observation, Verdict
from components.handshake.target import Target
from ops import verify
from ops.verify import Watch
from tests.helpers.certificates import NOW, make_root

ROOT = make_root()
TARGET = Target(address="127.0.0.1:1", port=443, host="demo.example")
IN = Observation(verdict=Verdict.LET_IN, status=200)
REFUSED = Observation(verdict=Verdict.REFUSED_BY_ALERT, alert=48)


def _watched(monkeypatch: pytest.MonkeyPatch, *, ours: Observation, others: Observation) -> Watch:
    probes: Probes = probe_identities(ROOT.certificate, ROOT.key, NOW)

    def answer(_target: Target, *, identity: Any, **_options: Any) -> Observation:
        return ours if identity is probes.valid else others

    monkeypatch.setattr(verify, "probe", answer)
    watch = Watch(probes)
    for identity in (probes.valid, None, probes.foreign):
        watch.ask(TARGET, identity=identity, tls="1.3", http="1.1", deadline_seconds=1)
    return watch


def test_a_listener_that_refuses_ours_as_well_has_another_ca(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _watched(monkeypatch, ours=REFUSED, others=REFUSED).only_ours_refused


@pytest.mark.parametrize("ours", [IN, REFUSED])
def test_a_listener_that_lets_a_stranger_in_enforces_nothing(
    monkeypatch: pytest.MonkeyPatch, ours: Observation
) -> None:
    assert not _watched(monkeypatch, ours=ours, others=IN).only_ours_refused


def test_what_was_seen_in_an_earlier_round_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = _watched(monkeypatch, ours=REFUSED, others=IN)
    monkeypatch.setattr(verify, "probe", lambda *_a, **_k: REFUSED)
    watch.ask(TARGET, identity=None, tls="1.3", http="1.1", deadline_seconds=1)
    assert not watch.only_ours_refused
