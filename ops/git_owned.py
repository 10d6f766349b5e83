"""What commands say of a listener whose AlbConfig Git owns (`write: none`): what is to be committed. Pure."""

from typing import Any

from alb_mtls.cluster.errors import ClusterError
from alb_mtls.listener_resources import GIT
from alb_mtls.listeners.fragment import fragment
from alb_mtls.listeners.git_owned import is_as
from alb_mtls.listeners.situation import situation_at
from ops.current_listeners import CurrentListener
from ops.state_records import DeployedListener


def remedy_of(deployed: DeployedListener) -> str:
    """Return how a listener becomes as desired that no `up` writes to."""
    return (
        "no `pulumi up` writes to it (write: none): commit what `python -m ops fragment "
        f"{deployed.key.output_key}` prints, and run `pulumi up`, which proves it, once it is synced"
    )


def awaited(one: CurrentListener) -> str | None:
    """Return `GIT` while the AlbConfig has not what it is to have: as it is now, else as the last `up` found it."""
    desired, switch, albconfig = one.deployed.desired, one.deployed.switch, one.snapshot.albconfig
    if not one.deployed.is_of_git or desired is None:
        return None
    if albconfig is None:
        return None if switch is None else switch.awaiting
    try:
        return None if is_as(situation_at(desired, switch, albconfig)[1], desired) else GIT
    except ClusterError:
        return GIT


def of_git(one: CurrentListener) -> dict[str, Any]:
    """Return what `--json` has of it, for a listener that is patched too."""
    desired, albconfig = one.deployed.desired, one.snapshot.albconfig
    text = None
    if one.deployed.is_of_git and desired is not None and albconfig is not None:
        text = fragment(
            albconfig,
            one.key,
            identifier=desired.ca_identifier,
            enabled=desired.enabled,
            headers=desired.identity_headers,
        )
    return {"write": one.deployed.write, "fragment": text, "awaiting": awaited(one)}
