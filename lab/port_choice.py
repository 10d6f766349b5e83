"""Which ports a lab takes that is about to start, and why no others."""

from lab.control_plane import new_listeners
from lab.ports import DEFAULT_PORTS_GUARD, PortPlan, is_free
from lab.process import PortTakenError
from lab.settings import PortMode


def choose_ports(mode: PortMode) -> tuple[PortPlan, str | None]:
    """Return the plan, and why it is not that of the default ports although it could have been.

    Raises:
        PortTakenError: a default port is taken, and no other may be in its place.
        NoFreePortError: no block of ports is free.
    """
    if mode is PortMode.EPHEMERAL:
        return PortPlan(mode), None
    plan = PortPlan(PortMode.DEFAULT)
    try:
        _require_free(plan)
    except PortTakenError as taken:
        plan.release()
        if mode is PortMode.DEFAULT:
            raise
        why = f"port {taken.port} on 127.0.0.1 is in use by {taken.holder}: this lab has free ports instead"
        return PortPlan(PortMode.EPHEMERAL), why
    return plan, None


def _require_free(plan: PortPlan) -> None:
    # Before anything is started: a listener's taken port would otherwise show as a timeout half a minute later.
    needed = plan.components() | {
        f"listener {label} of {albconfig}": plan.listener(albconfig, label) for albconfig, label in new_listeners()
    }
    for part, port in needed.items():
        if not is_free(port):
            raise PortTakenError(part, port)
    # Last, since it says less: another lab has begun to start, and does not listen yet.
    if not plan.has_defaults:
        raise PortTakenError(name="lab", port=DEFAULT_PORTS_GUARD)
