"""The simulated account."""

from lab.cloud.alb import AlbService
from lab.cloud.behaviour import Behaviour, Credentials, Timings
from lab.cloud.cas import CasService
from lab.cloud.signature import SignatureVerifier
from lab.cloud.throttle import Throttle


class Cloud:
    """Everything of one account: services, credentials, timings and assumptions. State is in memory only."""

    def __init__(self, *, credentials: Credentials, timings: Timings, behaviour: Behaviour) -> None:
        """Start with nothing in the account."""
        self.timings = timings
        self.behaviour = behaviour
        self.signatures = SignatureVerifier(credentials)
        self.throttle = Throttle(timings)
        self.cas = CasService(timings=timings, behaviour=behaviour, bound_to=self._bound_to)
        self.alb = AlbService(find_authority=self.cas.find_authority)

    def forget(self) -> None:
        """Have no certificates and repositories, and no calls that count for throttling; listeners stay."""
        self.cas.forget()
        self.throttle.forget()

    def _bound_to(self, identifier: str) -> list[str]:
        # Each service calls the other one: this breaks the circle of their creation.
        return self.alb.bound_to(identifier)
