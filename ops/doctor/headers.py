"""What `doctor` finds of identity headers: whether they stand as they were claimed, and the ALB shows them."""

from collections.abc import Iterator

from alb_mtls.cluster.identity_headers import header_fields_of, headers_in, same_key, switched_on
from alb_mtls.cluster.listener import find_listener
from alb_mtls.listeners.header_keys import describe, headers_not_shown, shown_by
from alb_mtls.listeners.snapshot import ListenerSnapshot
from ops.doctor.diagnosis import Line, fine, problem

_REPAIR = "`pulumi preview` shows what differs; `pulumi up` repairs and proves it"


def header_lines(snapshot: ListenerSnapshot) -> Iterator[Line]:
    """Yield what was found of the headers that the claim on a listener names; nothing where it names none."""
    claim = snapshot.readable_claim()
    keys = () if claim is None else headers_in(claim.written)
    if claim is None or not keys or snapshot.albconfig is None:
        return
    label, goal = snapshot.key.label, {one: claim.written[one] for one in keys}
    stands = header_fields_of(find_listener(snapshot.albconfig, snapshot.key).element)
    wrong = [one for one in keys if not same_key(stands.get(one), goal[one])]
    missing = () if snapshot.on_alb is None else headers_not_shown(snapshot.on_alb, goal)
    if wrong:
        found = f"{label}: of xForwardedForConfig, {describe(wrong, stands)}; written was {describe(wrong, goal)}"
        yield problem("AlbConfig", found, _REPAIR)
    if missing:
        yield problem(
            "ALB", f"{label}: identity headers on the ALB: {describe(missing, shown_by(snapshot.on_alb))}", _REPAIR
        )
    if not wrong and not missing:
        yield fine("AlbConfig", f"{label} sends the identity headers {', '.join(switched_on(goal).values())}")
