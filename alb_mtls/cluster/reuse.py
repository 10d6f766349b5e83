"""Which ALB an AlbConfig means, and what of it the controller takes for the AlbConfig's own. Pure.

docs/facts/alibaba-cloud.md, Reuse by spec.config.id.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Final

from alb_mtls.cluster.errors import NoLoadBalancer
from alb_mtls.cluster.listener import AlbConfig, config_of, load_balancer_id, name_of

OWN_DESCRIPTION: Final = "ingress-auto-listener"
"""How the controller begins the description of a listener that it makes, when the AlbConfig has none for it."""

_OVERRIDES = ("forceOverride", "listenerForceOverride")


def reused_by(albconfig: AlbConfig) -> str | None:
    """Return the id of the ALB that an AlbConfig reuses; None when the controller makes one for it."""
    found = config_of(albconfig).get("id")
    return found if isinstance(found, str) and found else None


def named_by(albconfig: AlbConfig) -> set[str]:
    """Return the ids of the ALBs that an AlbConfig means: of its status, and one that it wants to reuse."""
    found = {reused_by(albconfig)}
    with suppress(NoLoadBalancer):
        found.add(load_balancer_id(albconfig))
    return {one for one in found if one is not None}


def sharing(albconfig: AlbConfig, albconfigs: Collection[AlbConfig]) -> list[str]:
    """Return the names of other AlbConfigs that mean the same ALB."""
    ours, name = named_by(albconfig), name_of(albconfig)
    return sorted(name_of(one) for one in albconfigs if name_of(one) != name and named_by(one) & ours)


def overrides_listeners(albconfig: AlbConfig) -> bool:
    """Say whether every listener of the ALB is the AlbConfig's, whoever made it."""
    config = config_of(albconfig)
    return reused_by(albconfig) is None or any(config.get(name) is True for name in _OVERRIDES)


def overrides_load_balancer(albconfig: AlbConfig) -> bool:
    """Say whether attributes of the ALB, such as its edition, are the AlbConfig's to say."""
    return reused_by(albconfig) is None or config_of(albconfig).get("forceOverride") is True
