"""Where a rollover of the root CA stands, as the state has it: in one line for people, and for scripts. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alb_mtls.configuration.rollover_certificates import is_accepted_by
from alb_mtls.listing import listing
from ops.state import StackState


@dataclass(frozen=True, kw_only=True)
class Rollover:
    """Where a rollover stands.

    Attributes:
        signs: generation that signs all clients.
        trusted: by listener (output key), the generation that the last `up` was to make it trust.
        behind: clients that were handed a certificate of an older generation that has not ended, or bring one.
        line: for people.
    """

    signs: int
    trusted: dict[str, int]
    behind: tuple[str, ...]
    line: str

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {"signs": self.signs, "trusted": self.trusted, "behind": list(self.behind), "standing": self.line}


def rollover_of(state: StackState, now: datetime) -> Rollover | None:
    """Return where the rollover of a stack stands; None outside of one.

    Args:
        state: what the last `up` left.
        now: aware.
    """
    found = [(one.key, one.desired) for one in state.listeners if one.desired is not None]
    trusted = {key.output_key: one.generation for key, one in found if one.generation is not None}
    numbers = {*trusted.values(), *(one.generation for one in state.root_cas)}
    numbers |= {other.generation for _, one in found for other in one.other_generations}
    if len(numbers) == 1 or not trusted:
        return None
    signs = max(numbers)
    older = max(numbers - {signs})
    handed = (
        one.client
        for one in state.former
        if one.status == "superseded"
        and one.generation is not None
        and one.generation < signs
        and datetime.fromisoformat(one.not_after) > now
    )
    behind = tuple(dict.fromkeys((*handed, *_bringing_another(state, signs, now))))
    given_up = any(older in one.abandoned for _, one in found)
    if any(one.generation is not None and one.generation < signs for one in state.clients):
        # An `up` failed between the new root and the clients, also one that was to be a hard swap.
        line = f"rollover: generation {signs} is there, but has not signed all clients yet; run `pulumi up`"
    else:
        line = _line(signs, older, trusted, behind, given_up=given_up)
    return Rollover(signs=signs, trusted=trusted, behind=behind, line=line)


def _bringing_another(state: StackState, signs: int, now: datetime) -> Iterator[str]:
    """Yield the clients that bring a certificate which a server that trusts generation `signs` rejects."""
    ca_pem = next((one.certificate_pem for one in state.root_cas if one.generation == signs), None)
    for client in state.clients:
        if ca_pem is not None and client.validity is None and not is_accepted_by(ca_pem, client.certificate_pem, now):
            yield client.name


def _line(signs: int, older: int, trusted: dict[str, int], behind: tuple[str, ...], *, given_up: bool) -> str:
    by = {number: [name for name, one in trusted.items() if one == number] for number in sorted(set(trusted.values()))}
    if len(by) > 1:
        listed = " and ".join(f"generation {number} by {', '.join(some)}" for number, some in by.items())
        return f"rollover, step 2 of 3 has not ended: listeners trust {listed}; run `pulumi up`"
    if signs in by and given_up:
        return (
            f"hard swap: the listeners trust generation {signs} and reject generation {older}, which is given up; "
            f"next: clients that have no files of {signs} yet fetch theirs, and remove {older} from rootCa.generations"
        )
    if signs in by:
        return (
            f"rollover, step 2 of 3: the listeners trust generation {signs}; next: remove {older} from "
            f"rootCa.generations, or go back with rootCa.trusted: {older}"
        )
    fetch = (
        f"{_count(behind)} may still hold generation {older} ({listing(behind)})" if behind else "no client is behind"
    )
    return (
        f"rollover, step 1 of 3: generation {signs} signs all clients, the listeners trust generation {older}; "
        f"{fetch}; next: rootCa.trusted: {signs}, once all clients have fetched their files"
    )


def _count(some: tuple[str, ...]) -> str:
    return f"{len(some)} client{'' if len(some) == 1 else 's'}"
