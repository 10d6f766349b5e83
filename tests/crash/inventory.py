"""What a state holds for clients, and whether anything of it is lost or wrong."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alb_mtls.certificate_resources import IssuedCertificatesOutputs
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.inventory import IssuedCertificate
from alb_mtls.pki.keys import key_matches, load_private_key
from alb_mtls.pki.verification import problems_of
from alb_mtls.properties import from_props
from ops.state_records import ClientRecord
from tests.crash.program import CLIENTS
from tests.crash.settings import Settings
from tests.harness.state import State
from tests.helpers.certificates import ClientCredential


@dataclass(frozen=True, kw_only=True)
class Held:
    """The inventory of a state, and the keys of its clients."""

    certificates: tuple[IssuedCertificate, ...] = ()
    keys: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def in_force(self) -> dict[str, IssuedCertificate]:
        """What each client holds."""
        return {one.client: one for one in self.certificates if one.status == "issued"}

    def record(self, client: str) -> ClientRecord | None:
        """Return the files of a client, or None when it has none."""
        one = self.in_force.get(client)
        if one is None:
            return None
        return ClientRecord(
            name=client,
            certificate_pem=one.certificate_pem,
            chain_pem=one.chain_pem,
            private_key_pem=self.keys[client],
            renewal=None,
        )


def held_in(state: State) -> Held:
    """Return what a state holds."""
    resource = state.current(CLIENTS)
    if resource is None:
        return Held()
    outputs = from_props(IssuedCertificatesOutputs, resource.outputs)
    return Held(certificates=outputs.certificates, keys=outputs.private_keys)


def broken_in(before: Held, now: Held, settings: Settings, root: ClientCredential) -> Iterator[str]:
    """Yield what is not as it must be in the inventory after an `up`.

    Args:
        before: what the state held when the operation began.
        now: what it holds.
        settings: of the `up`.
        root: that the listeners trust.
    """
    if set(now.in_force) != set(settings.clients):
        yield f"certificates are in force for {sorted(now.in_force)}, and the clients are {sorted(settings.clients)}"
    kept, moment = {one.fingerprint for one in now.certificates}, datetime.now(UTC)
    for one in before.certificates:
        if one.fingerprint not in kept and datetime.fromisoformat(one.not_after) > moment:
            yield f"the certificate {one.serial_number} of {one.client} is accepted, and lost from the inventory"
    for client, one in now.in_force.items():
        own, *others = load_chain(one.chain_pem)
        if one.generation != settings.newest:
            yield f"{client} has a certificate of generation {one.generation}, and {settings.newest} is the newest"
        if load_chain(one.certificate_pem) != [own]:
            yield f"{client}: its chain begins with another certificate than its own"
        if client not in now.keys or not key_matches(own, load_private_key(now.keys[client])):
            yield f"{client}: its key is not that of its certificate"
        for problem in problems_of(own, others, root.certificate, moment):
            yield f"{client}: a listener that trusts generation {settings.trusted} would reject it: {problem}"
