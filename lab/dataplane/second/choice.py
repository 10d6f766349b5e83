"""Which listeners the second server serves, and how, by the switches of the data plane."""

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from lab.dataplane.second.contexts import Terms
from lab.dataplane.second.fleet import Lag
from lab.dataplane.second.server import Served

if TYPE_CHECKING:
    from lab.behaviour import DataPlaneBehaviour
    from lab.cloud.alb import Listener
    from lab.dataplane.caddy_config import ListenerConfig


def is_of_second_server(place: "tuple[str, str]", behaviour: "DataPlaneBehaviour") -> bool:
    """Return whether the second server serves a listener, by the name of its AlbConfig and its label."""
    albconfig, label = place
    return label.endswith("/HTTPS") and any(
        fnmatchcase(f"{albconfig}/{label}", pattern) for pattern in behaviour.second_server
    )


def served_listener(listener: "Listener", config: "ListenerConfig", behaviour: "DataPlaneBehaviour") -> Served:
    """Return what the second server is to serve for a listener."""
    return Served(
        listener_id=listener.listener_id,
        terms=Terms(
            config=config,
            load_balancer_id=listener.load_balancer_id,
            security_policy_id=listener.security_policy_id,
            refusal=behaviour.refusal,
            resumption=behaviour.session_resumption,
            verify_depth=behaviour.verify_depth,
            backend_works=behaviour.backend_works,
            fingerprint=behaviour.fingerprint,
        ),
        lag=Lag(
            machines=behaviour.machines,
            share=behaviour.lagging_share,
            seconds=behaviour.lag_seconds,
            never=behaviour.laggards_never_follow,
        ),
        connection_loss=behaviour.connection_loss,
    )
