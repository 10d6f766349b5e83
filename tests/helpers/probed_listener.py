"""A listener without a network for whole provider operations: it answers every probe of the proofs they make."""

from datetime import UTC, datetime
from functools import partial

import pytest

from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.observation import Observation
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.pki.signatures import is_issued_by
from tests.helpers.certificates import ClientCredential
from tests.helpers.fake_clock import FakeClock
from tests.helpers.handshakes import REJECTED, REQUESTED_AND_ACCEPTED, Answering, Request, ScriptedListener


def accepting_clients_of(root: ClientCredential) -> Answering:
    """Accept whoever holds a certificate of a CA that has not ended, and nobody else."""

    def rule(request: Request) -> Observation:
        leaf = None if request.credential is None else request.credential.chain[0]
        if leaf is None or not is_issued_by(leaf, root.certificate) or leaf.not_valid_after_utc < datetime.now(UTC):
            return REJECTED
        return REQUESTED_AND_ACCEPTED

    return rule


def answering(monkeypatch: pytest.MonkeyPatch, rule: Answering) -> ScriptedListener:
    """Let a listener answer whatever `alb_mtls.listeners.proof_run` asks, without waiting."""
    listener = ScriptedListener(rule)
    module = "alb_mtls.listeners.proof_run"
    for name, real in (
        ("baseline", partial(baseline, deadline_seconds=0)),
        ("prove_enforced", prove_enforced),
        ("prove_open", prove_open),
        ("prove_as_before", prove_as_before),
    ):
        monkeypatch.setattr(f"{module}.{name}", partial(real, send=listener))
    monkeypatch.setattr("alb_mtls.handshake.target.addresses_of", lambda *_: ["192.0.2.1:443"])
    monkeypatch.setattr("alb_mtls.retrying.time", FakeClock())
    return listener
