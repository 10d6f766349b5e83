"""Asking in rounds until a listener behaves, or until the deadline."""

from datetime import UTC, datetime

from alb_mtls.handshake.baseline import Ask, Baseline
from alb_mtls.handshake.checks import Proof
from alb_mtls.handshake.diagnosis import ProofContext, cause
from alb_mtls.handshake.errors import ProofFailed
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.rounds import Rounds, only_ours, without_a_certificate
from alb_mtls.retrying import repeat, steady

ONLY_REFUSALS = (
    "only refusals were shown: there was no client certificate to try; give one with proof.client "
    "(certificateFile and keyFile)"
)

# A load balancer is many machines: one round may have met those that had heard of the change already.
_CLEAN_ROUNDS = 2
_PAUSE_SECONDS = 0.5


def prove_enforced(
    before: Baseline, probes: ProbeClients | None, *, deadline_seconds: float, known: ProofContext, ask: Ask = probe
) -> Proof:
    """Show that only clients with a certificate of our CA get in.

    Every round asks on every way: with a certificate (let in, with the status class of before), without one, of a
    foreign CA, of a foreign CA that copies our name, with one that has ended, and by resuming a session that was
    opened without (all refused). A refusal counts only beside the positive control of the same round. A version of TLS
    or HTTP that was not spoken before is asked again in every round, and is proven like the others once it is spoken.

    Args:
        before: what was seen before the switch.
        probes: clients to ask with. Without a valid one only refusals can be shown, and the proof says so.
        deadline_seconds: no further round starts after this.
        known: what the ALB API says, and whose clients are meant.
        ask: sends one request.

    Raises:
        ProofFailed: the cause that the last round showed, with its remedy.
    """
    lacking = "" if probes is not None and probes.valid is not None else ONLY_REFUSALS
    return _prove(Rounds(only_ours(before, probes), before, ask), known, deadline_seconds, lacking=lacking)


def prove_open(before: Baseline, *, deadline_seconds: float, known: ProofContext, ask: Ask = probe) -> Proof:
    """Show that clients without a certificate get in, after a switch off.

    Args:
        before: what was seen before; where clients were let in, they must get the same class of status.
        deadline_seconds: no further round starts after this.
        known: what the ALB API says.
        ask: sends one request.

    Raises:
        ProofFailed: the cause that the last round showed, with its remedy.
    """
    rounds = Rounds(without_a_certificate(lambda _way: True), before, ask)
    return _prove(rounds, known, deadline_seconds, lacking="")


def prove_as_before(before: Baseline, *, deadline_seconds: float, known: ProofContext, ask: Ask = probe) -> Proof:
    """Show that a listener which was put back lets clients without a certificate in, or refuses them, as it did.

    Args:
        before: what was seen before; addresses that differed then must differ again.
        deadline_seconds: no further round starts after this.
        known: what the ALB API says.
        ask: sends one request.

    Raises:
        ProofFailed: it does not.
    """
    rounds = Rounds(without_a_certificate(before.lets_in), before, ask)
    return _prove(rounds, known, deadline_seconds, lacking=ONLY_REFUSALS if before.asked_already else "")


def _prove(rounds: Rounds, known: ProofContext, deadline_seconds: float, *, lacking: str) -> Proof:
    number, clean = 0, 0

    def once() -> Proof:
        nonlocal number, clean
        checks = rounds.once()
        number += 1
        failure = cause(checks, known)
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
