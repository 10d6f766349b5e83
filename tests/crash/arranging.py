"""Whether a run can lead from what an earlier cell has left to what the next one begins with."""

from tests.crash.settings import Settings
from tests.harness.state import State


def can_lead(state: State, settings: Settings | None) -> bool:
    """Say whether one run leads from a state to these settings; None is nothing at all."""
    if settings is None:
        # Of a listener of Git's, a destroy waits for two commits.
        return not any(one.inputs.get("write") == "none" for one in state.resources)
    uploaded = {one.name for one in state.resources if one.name.startswith("uploaded-ca-")}
    trusted = {one.outputs["generation"] for one in state.resources if one.name.endswith("-switch")}
    desired = {f"uploaded-ca-{one}" for one in settings.generations}
    # From other generations no `up` may lead back to these.
    return not state.resources or (uploaded == desired and trusted <= {settings.trusted})
