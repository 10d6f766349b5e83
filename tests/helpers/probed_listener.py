"""A listener without a network for whole provider operations: it answers every probe of the proofs they make."""

from datetime import UTC, datetime
from functools import partial

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.handshake.baseline import baseline
from alb_mtls.handshake.former_sessions import with_sessions_of
from alb_mtls.handshake.proof import prove_as_before, prove_enforced, prove_open
from alb_mtls.pki.signatures import is_issued_by
from tests.helpers.certificates import ClientCredential
from tests.helpers.fake_clock import FakeClock
from tests.helpers.handshakes import REJECTED, REQUESTED_AND_ACCEPTED, Answering, Request, ScriptedListener


def accepting_clients_of(root: ClientCredential) -> Answering:
    """Accept who has a valid client certificate of a CA, and nobody else."""
    return lambda request: REQUESTED_AND_ACCEPTED if is_client_of(root, request) else REJECTED


def is_client_of(root: ClientCredential, request: Request) -> bool:
    """Say whether a request comes with a valid client certificate of a CA."""
    leaf = None if request.credential is None else request.credential.chain[0]
    if leaf is None or not is_issued_by(leaf, root.certificate):
        return False
    usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    lives = leaf.not_valid_before_utc <= datetime.now(UTC) < leaf.not_valid_after_utc
    return lives and ExtendedKeyUsageOID.CLIENT_AUTH in usage


def answering(monkeypatch: pytest.MonkeyPatch, rule: Answering) -> ScriptedListener:
    """Let a listener answer whatever `alb_mtls.listeners.proof_run` asks, without waiting."""
    listener = ScriptedListener(rule)
    module = "alb_mtls.listeners.proof_run"
    for name, real in (
        ("baseline", partial(baseline, deadline_seconds=0)),
        ("with_sessions_of", with_sessions_of),
        ("prove_enforced", prove_enforced),
        ("prove_open", prove_open),
        ("prove_as_before", prove_as_before),
    ):
        monkeypatch.setattr(f"{module}.{name}", partial(real, send=listener))
    monkeypatch.setattr("alb_mtls.handshake.target.addresses_of", lambda *_: ["192.0.2.1:443"])
    clock = FakeClock()
    monkeypatch.setattr("alb_mtls.retrying.time", clock)
    monkeypatch.setattr("alb_mtls.handshake.pace.time", clock)
    return listener
