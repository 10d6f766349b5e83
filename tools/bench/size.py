"""How much is measured: all of it, or a little to try the bench."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is measured.

    Attributes:
        previews: rounds of previews.
        ups: rounds of an `up` of one client, and of what ends it.
        labs: rounds of a lab's start and end.
        ingresses: of the stack with ten listeners.
        clients: how many are added to a stack, each in its turn.
        clients_repeated: up to here each is timed three times, and the first `up` with its proof too.
        fleet: how many requests a fleet has, each in its turn.
        fleet_of_rsa: the same, signed by an RSA 4096 root CA.
        fleet_repeated: up to here each is timed three times.
        rsa_clients: whose RSA 4096 keys are made.
    """

    previews: int
    ups: int
    labs: int
    ingresses: int
    clients: tuple[int, ...]
    clients_repeated: int
    fleet: tuple[int, ...]
    fleet_of_rsa: int
    fleet_repeated: int
    rsa_clients: int


WHOLE = Size(
    previews=15,
    ups=5,
    labs=5,
    ingresses=100,
    clients=(100, 400, 2000),
    clients_repeated=400,
    fleet=(250, 1000, 2000, 10_000),
    fleet_of_rsa=1000,
    fleet_repeated=1000,
    rsa_clients=40,
)
QUICK = Size(
    previews=2,
    ups=1,
    labs=1,
    ingresses=20,
    clients=(4, 8),
    clients_repeated=4,
    fleet=(4, 8),
    fleet_of_rsa=4,
    fleet_repeated=4,
    rsa_clients=2,
)
