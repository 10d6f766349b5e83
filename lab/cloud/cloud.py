"""The simulated account."""

from lab.behaviour import CloudBehaviour, Timings
from lab.cloud.alb import AlbService
from lab.cloud.cas import CasService
from lab.cloud.signature import Credentials, SignatureVerifier
from lab.cloud.throttle import Throttle


class Cloud:
    """Everything of one account: services, credentials, timings and assumptions. State is in memory only."""

    def __init__(self, *, credentials: Credentials | None = None, timings: Timings | None = None) -> None:
        """Start with nothing in the account; a key of its own is made unless one is given."""
        self.credentials = credentials or Credentials.random()
        self.timings = timings or Timings()
        self.behaviour = CloudBehaviour()
        self.signatures = SignatureVerifier(self.credentials)
        self.throttle = Throttle(self.timings)
        self.cas = CasService(timings=self.timings, behaviour=self.behaviour, bound_to=self._bound_to)
        self.alb = AlbService(find_authority=self.cas.find_authority, behaviour=self.behaviour)

    def forget(self) -> None:
        """Have no certificates and repositories, and no calls that count for throttling; listeners stay."""
        self.cas.forget()
        self.throttle.forget()

    def _bound_to(self, identifier: str) -> list[str]:
        # Each service calls the other one: this breaks the circle of their creation.
        return self.alb.bound_to(identifier, switched_off=not self.behaviour.lets_go_of_ca)
