"""The simulated account."""

from lab.behaviour import CloudBehaviour, Timings
from lab.cloud.alb import AlbService
from lab.cloud.cas import CasService
from lab.cloud.principals import principals
from lab.cloud.ram import Decision
from lab.cloud.signature import Credentials, SignatureVerifier
from lab.cloud.throttle import Throttle
from lab.principal_name import PrincipalName


class Cloud:
    """Everything of one account: services, principals, timings and assumptions. State is in memory only."""

    def __init__(self, *, timings: Timings | None = None) -> None:
        """Start with nothing in the account, and with keys of its own."""
        self._principals = principals()
        self.timings = timings or Timings()
        self.behaviour = CloudBehaviour()
        self.signatures = SignatureVerifier(self.credentials.values())
        self.throttle = Throttle(self.timings)
        self.cas = CasService(timings=self.timings, behaviour=self.behaviour, bound_to=self._bound_to)
        self.alb = AlbService(find_authority=self.cas.find_authority, behaviour=self.behaviour)

    @property
    def credentials(self) -> dict[PrincipalName, Credentials]:
        """The access key of each principal."""
        return {name: principal.credentials for name, principal in self._principals.items()}

    def decide(self, access_key_id: str, action: str) -> Decision:
        """Return what the policy of a key's principal says about an action, such as `alb:ListListeners`."""
        if not self.behaviour.policies_enforced:
            return Decision.ALLOW
        [policy] = [one.policy for one in self._principals.values() if one.credentials.access_key_id == access_key_id]
        return policy.decide(action)

    def forget(self) -> None:
        """Have no certificates and repositories, and no calls that count for throttling; listeners stay."""
        self.cas.forget()
        self.throttle.forget()

    def _bound_to(self, identifier: str) -> list[str]:
        # Each service calls the other one: this breaks the circle of their creation.
        return self.alb.bound_to(identifier, switched_off=not self.behaviour.lets_go_of_ca)
