"""What a proof shows: that only our clients are accepted, that all are, or that it is as it was before."""

from collections.abc import Callable, Sequence

from alb_mtls.handshake.baseline import Baseline, Probe
from alb_mtls.handshake.checks import Client, Expected, ProbeRoute, Proof
from alb_mtls.handshake.diagnosis import ProofContext
from alb_mtls.handshake.plans import Job, only_our_clients, without_certificate
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.probe_clients import ProbeClients
from alb_mtls.handshake.proving import Asked, Measure, Proving
from alb_mtls.handshake.rounds import Rounds
from alb_mtls.handshake.target import Target

ONLY_REJECTIONS = (
    "the proof shows rejections only: there is no client certificate to try; give one with proof.client "
    "(certificateFile and keyFile)"
)


# There need be no proof.client, no listener or host beside the one that is proven, and no other generation.
_NEED_NOT_BE = (
    Client.GIVEN,
    Client.RESUMED_ELSEWHERE,
    Client.WITH_CROSS,
    Client.STILL_WITH_CROSS,
    Client.OLD_GENERATION,
    Client.OLD_GENERATION_WITH_ALL,
    Client.RESUMED_OLD_GENERATION,
)


def prove_enforced(
    before: Baseline,
    probes: ProbeClients | None,
    *,
    deadline_seconds: float,
    context: ProofContext,
    is_swap: bool = False,
    measure: Measure | None = None,
    send: Probe = probe,
) -> Proof:
    """Show that only clients with a certificate of our CA are accepted.

    A round sends requests on every route: with a certificate (accepted, with the status class of before), without one,
    of another CA, of another CA that copies the name of ours, with one that has ended, and by resuming a session that
    was opened without (all rejected). A rejection counts only beside the positive control of the same round. A version
    of TLS or HTTP that was not supported before is tried again in every round, and is proven like the others once it is
    supported.

    After the first round in which all is as it must be, the client whose answer the switch turns is asked on fresh
    connections at every address (`stretch.Stretch`): one without a certificate, and where such were rejected before,
    one with a certificate too. Where one CA takes the place of another, clients without a certificate are rejected
    before and after and show nothing: there it is the client of the former CA, or without its key one of the new CA
    that sends no cross certificate, which the former CA would vouch for. Then comes another round.

    Args:
        before: the results of before the switch.
        probes: the clients. Without a valid one only rejections can be shown, and the proof says so.
        deadline_seconds: no wrong answer may come after this.
        context: what the ALB API says, and whose clients are meant.
        is_swap: whether one CA takes the place of another whose clients `probes` knows, if it has their key.
        measure: how much is to be shown.
        send: sends one request.

    Raises:
        ProofFailed: the cause that was shown last, with its remedy.
    """
    valid = None if probes is None else probes.valid

    def without(route: ProbeRoute) -> Job:
        return Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=Expected.REJECTED)

    def ours(route: ProbeRoute) -> Job:
        return Job(route=route, client=Client.WITH_CERTIFICATE, expected=Expected.ACCEPTED, credential=valid)

    former = None if probes is None or not is_swap else probes.former

    def formers(route: ProbeRoute) -> Job:
        return Job(route=route, client=Client.OLD_GENERATION, expected=Expected.REJECTED, credential=former)

    def asked(target: Target) -> Sequence[Asked]:
        if before.accepted_at(target):
            return (without,)
        if former is not None:
            return (formers,)
        if valid is None:
            return (without,)
        return (ours,) if is_swap else (without, ours)

    measure = measure or Measure()
    return Proving(
        rounds=Rounds(
            only_our_clients(before, probes), before, send, measure.pace, elsewhere=before.surroundings.elsewhere
        ),
        asked=asked,
        control=None if valid is None else ours,
        deadline_seconds=deadline_seconds,
        context=context,
        measure=measure,
        lacking=ONLY_REJECTIONS if valid is None else "",
        clients=[client for client in Client if client not in _NEED_NOT_BE],
        not_made=() if probes is None else probes.not_made,
    ).run()


def prove_open(
    before: Baseline,
    *,
    deadline_seconds: float,
    context: ProofContext,
    measure: Measure | None = None,
    send: Probe = probe,
) -> Proof:
    """Show that clients without a certificate are accepted, after a switch off.

    Args:
        before: the results of before; where clients were accepted, they must get the same class of status.
        deadline_seconds: no wrong answer may come after this.
        context: what the ALB API says.
        measure: how much is to be shown.
        send: sends one request.

    Raises:
        ProofFailed: the cause that was shown last, with its remedy.
    """
    return _prove_without_certificate(
        before,
        lambda _route: True,
        deadline_seconds=deadline_seconds,
        context=context,
        measure=measure,
        send=send,
    )


def prove_as_before(
    before: Baseline,
    *,
    deadline_seconds: float,
    context: ProofContext,
    measure: Measure | None = None,
    send: Probe = probe,
) -> Proof:
    """Show that a listener which was put back accepts clients without a certificate, or rejects them, as it did.

    Args:
        before: the results of before; addresses that differed then must differ again.
        deadline_seconds: no wrong answer may come after this.
        context: what the ALB API says.
        measure: how much is to be shown.
        send: sends one request.

    Raises:
        ProofFailed: it does not.
    """
    return _prove_without_certificate(
        before,
        before.accepts,
        deadline_seconds=deadline_seconds,
        context=context,
        measure=measure,
        send=send,
        lacking=ONLY_REJECTIONS if before.rejected_all else "",
    )


def _prove_without_certificate(
    before: Baseline,
    accepts: Callable[[ProbeRoute], bool],
    *,
    deadline_seconds: float,
    context: ProofContext,
    measure: Measure | None,
    send: Probe,
    lacking: str = "",
) -> Proof:
    def asked(route: ProbeRoute) -> Job:
        expected = Expected.ACCEPTED if accepts(route) else Expected.REJECTED
        return Job(route=route, client=Client.WITHOUT_CERTIFICATE, expected=expected)

    measure = measure or Measure()
    return Proving(
        rounds=Rounds(without_certificate(accepts), before, send, measure.pace),
        asked=lambda _target: (asked,),
        deadline_seconds=deadline_seconds,
        context=context,
        measure=measure,
        lacking=lacking,
    ).run()
