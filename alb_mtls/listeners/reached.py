"""Where a listener is reached, and how much its proof must show."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.handshake.pace import Pace
from alb_mtls.handshake.proving import Measure
from alb_mtls.handshake.target import Target, known_addresses, targets_of
from alb_mtls.listener_resources import ProofSettings

_ANSWER_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Reached:
    """Where a listener is reached, and for which host.

    Attributes:
        address: DNS name of its ALB; None where nobody knows it.
        host: of an Ingress rule; counts where the settings of the proof have none.
        connect_to: of the listener's configuration; counts where the settings have none.
    """

    address: str | None
    host: str | None = None
    connect_to: Sequence[str] = ()


def proof_targets(settings: ProofSettings, listener: ListenerKey, reached: Reached) -> list[Target]:
    """Return every address of a listener, as its proof probes it; none where nobody knows where it is reached.

    Args:
        settings: of its proof.
        listener: gives the port.
        reached: `connect_to` takes the place of the ALB's own address.

    Raises:
        HandshakeError: as of `targets_of`.
    """
    return targets_of(
        settings.connect_to or reached.connect_to or ((reached.address,) if reached.address else ()),
        port=listener.port,
        host=settings.host or reached.host or "",
        path=settings.path,
        server_ca=settings.server_ca,
    )


def measure_of(
    settings: ProofSettings, listener: ListenerKey, reached: Reached, *, pace: Pace | None = None
) -> Measure:
    """Return how much the proof of a listener must show; its arguments are those of `proof_targets`."""
    return Measure(
        connections=settings.connections,
        resolve=partial(proof_targets, settings, listener, reached),
        known=known_addresses(reached.address, listener.port),
        pace=pace or Pace(),
    )


def seconds_to_answer(settings: ProofSettings) -> float:
    """Return how long a listener may take to answer before anything is changed: no longer than a proof may take."""
    return min(_ANSWER_SECONDS, float(settings.deadline_seconds))
