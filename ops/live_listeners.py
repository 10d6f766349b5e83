"""Asking the ALB of any AlbConfig about its listeners: what an AlbConfig says, a controller may ignore."""

from functools import cache
from typing import Any

from alb_mtls.aliyun.alb import same_identifier
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.bypass import OnAlb
from alb_mtls.cluster.listener import ListenerState
from alb_mtls.cluster.listener_key import ListenerKey
from ops.access import Access
from ops.state import ListenerRecord


def load_balancer_id(albconfig: dict[str, Any]) -> str | None:
    """Return the id of the ALB behind an AlbConfig; None while the controller has not made one."""
    status = albconfig.get("status")
    load_balancer = status.get("loadBalancer") if isinstance(status, dict) else None
    found = load_balancer.get("id") if isinstance(load_balancer, dict) else None
    return str(found) if found else None


def live_listeners(access: Access, record: ListenerRecord, unknown: list[str]) -> OnAlb:
    """Return what tells of any listener whether its ALB asks for certificates, and of which CAs.

    Args:
        access: to the cloud.
        record: the listener whose ways around are looked for; its ALB API is asked, and its CA is told as it knows it.
        unknown: takes one sentence for each listener that could not be asked.
    """
    alb = access.alb(record.alb_endpoint, record.alb_region)

    @cache
    def asked(alb_id: str, key: ListenerKey) -> ListenerState | None:
        try:
            live = alb.listener(alb_id, port=key.port, protocol=key.protocol)
        except CloudError as error:
            unknown.append(f"{key.label}: {error}")
            return None
        if live is None:
            return None
        return ListenerState(
            ca_enabled=live.ca_enabled,
            identifiers=[_known(record, one) for one in live.ca_identifiers],
            present=frozenset(),
        )

    def told(albconfig: dict[str, Any], key: ListenerKey) -> ListenerState | None:
        alb_id = load_balancer_id(albconfig)
        return None if alb_id is None else asked(alb_id, key)

    return told


def _known(record: ListenerRecord, identifier: str) -> str:
    """Return an identifier as the record has it; the ALB may tell another form of the same."""
    ours = record.identifier
    return ours if ours is not None and same_identifier(identifier, ours) else identifier
