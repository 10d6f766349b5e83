"""Probing in rounds until a listener behaves, or until the deadline."""

from datetime import UTC, datetime

from alb_mtls.handshake.baseline import Baseline, Probe
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.diagnosis import ProofContext, cause
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.rounds import Rounds, only_our_clients, without_certificate
from alb_mtls.retrying import repeat, steady

ONLY_REJECTIONS = (
    "the proof shows rejections only: there is no client certificate to try; give one with proof.client "
    "(certificateFile and keyFile)"
)

# A load balancer is many machines: one round may have reached those that had the change already.
_CLEAN_ROUNDS = 2
_PAUSE_SECONDS = 0.5


def prove_enforced(
    before: Baseline,
    probes: ProbeClients | None,
    *,
    deadline_seconds: float,
    context: ProofContext,
    send: Probe = probe,
) -> Proof:
    """Show that only clients with a certificate of our CA are accepted.

    Every round sends requests on every route: with a certificate (accepted, with the status class of before), without
    one, of another CA, of another CA that copies the name of ours, with one that has ended, and by resuming a session
    that was opened without (all rejected). A rejection counts only beside the positive control of the same round. A
    version of TLS or HTTP that was not supported before is tried again in every round, and is proven like the others
    once it is supported.

    Args:
        before: the results of before the switch.
        probes: the clients. Without a valid one only rejections can be shown, and the proof says so.
        deadline_seconds: no further round starts after this.
        context: what the ALB API says, and whose clients are meant.
        send: sends one request.

    Raises:
        ProofFailed: the cause that the last round showed, with its remedy.
    """
    lacking = "" if probes is not None and probes.valid is not None else ONLY_REJECTIONS
    return _prove(Rounds(only_our_clients(before, probes), before, send), context, deadline_seconds, lacking=lacking)


def prove_open(before: Baseline, *, deadline_seconds: float, context: ProofContext, send: Probe = probe) -> Proof:
    """Show that clients without a certificate are accepted, after a switch off.

    Args:
        before: the results of before; where clients were accepted, they must get the same class of status.
        deadline_seconds: no further round starts after this.
        context: what the ALB API says.
        send: sends one request.

    Raises:
        ProofFailed: the cause that the last round showed, with its remedy.
    """
    rounds = Rounds(without_certificate(lambda _way: True), before, send)
    return _prove(rounds, context, deadline_seconds, lacking="")


def prove_as_before(before: Baseline, *, deadline_seconds: float, context: ProofContext, send: Probe = probe) -> Proof:
    """Show that a listener which was put back accepts clients without a certificate, or rejects them, as it did.

    Args:
        before: the results of before; addresses that differed then must differ again.
        deadline_seconds: no further round starts after this.
        context: what the ALB API says.
        send: sends one request.

    Raises:
        ProofFailed: it does not.
    """
    rounds = Rounds(without_certificate(before.accepts), before, send)
    return _prove(rounds, context, deadline_seconds, lacking=ONLY_REJECTIONS if before.rejected_all else "")


def _prove(rounds: Rounds, context: ProofContext, deadline_seconds: float, *, lacking: str) -> Proof:
    number, clean = 0, 0

    def once() -> Proof:
        nonlocal number, clean
        checks = rounds.once()
        number += 1
        failure = cause(checks, context)
        clean = 0 if failure is not None else clean + 1
        proven = clean == _CLEAN_ROUNDS
        if proven:
            note = "; ".join(filter(None, (lacking, rounds.note)))
        else:
            note = failure or "the listener behaved only in the last round; run the command again"
        proof = Proof(proven=proven and not lacking, at=datetime.now(UTC), rounds=number, checks=checks, note=note)
        if not proven:
            raise ProofFailed(note, proof)
        return proof

    return repeat(once, ProofFailed, pause=steady(_PAUSE_SECONDS), deadline_seconds=lambda _: deadline_seconds)
