"""The ALB API, read only: the controller in the cluster owns the listeners, we see what became of them.

API 2020-06-16 (docs/facts/alibaba-cloud.md, ALB API). Changes made here by hand would be rejected or overwritten by the
controller.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from alb_mtls.aliyun.alb_models import (
    BoundListener,
    Listener,
    ListenerSummary,
    LoadBalancer,
    listener,
    listener_summary,
    load_balancer,
    same_identifier,
)
from alb_mtls.aliyun.answers import Members
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.errors import DeadlinePassed, NotFound
from alb_mtls.aliyun.paging import ALB_PAGE_SIZE, Page, token_page, token_pages
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.aliyun.sdk import ALB, SdkClient

__all__ = ["AlbClient", "BoundListener", "Listener", "ListenerSummary", "LoadBalancer", "same_identifier"]

_LISTENERS: Final = "Listeners"


class AlbClient:
    """Load balancers and listeners of one region; thread-safe.

    Every method raises `CloudError`, and the subclasses that its docstring names.
    """

    def __init__(self, *, endpoint: Endpoint, credential: Any, policy: RetryPolicy | None = None) -> None:
        """Keep the parameters; nothing is called yet."""
        self._policy = policy or RetryPolicy()
        self._sdk = SdkClient(service=ALB, endpoint=endpoint, credential=credential, policy=self._policy)

    def load_balancer(self, load_balancer_id: str) -> LoadBalancer:
        """Return a load balancer.

        Raises:
            NotFound: The region or the account has none of that id.
        """
        return self._sdk.call(
            "GetLoadBalancerAttribute",
            {"LoadBalancerId": load_balancer_id},
            target=f"load balancer {load_balancer_id}",
            read=load_balancer,
        )

    def listeners(self, load_balancer_id: str) -> list[ListenerSummary]:
        """Return all listeners of a load balancer, by port and protocol."""
        found = self._list(f"load balancer {load_balancer_id}", {"LoadBalancerIds": [load_balancer_id]})
        return sorted(found, key=lambda one: (one.port, one.protocol))

    def listener(self, load_balancer_id: str, *, port: int, protocol: str) -> Listener | None:
        """Return the listener of `port` and `protocol`, which identify it together, or None."""
        listed = self._find(load_balancer_id, port=port, protocol=protocol)
        return None if listed is None else self._attribute(listed)

    def details(self, summary: ListenerSummary) -> Listener | None:
        """Return a listed listener with its client authentication, or None when it was removed since."""
        return self._attribute(summary)

    def wait_for(
        self,
        load_balancer_id: str,
        *,
        port: int,
        protocol: str,
        until: Callable[[Listener], bool],
        describe: str,
        deadline_seconds: float,
        meanwhile: Callable[[], object] = lambda: None,
    ) -> Listener:
        """Return the listener as soon as `until` accepts it.

        Listed once, it is read by its id as long as there is one of that id: one call a look.

        Args:
            load_balancer_id: Whose listener it is.
            port: Its port.
            protocol: `HTTP`, `HTTPS` or `QUIC`.
            until: Decides; a listener that is missing is waited for.
            describe: What is waited for, to complete "did not ...", such as `request certificates of CA
                1ed6…`.
            deadline_seconds: How long.
            meanwhile: Called after each look in vain; what it raises ends the waiting.

        Raises:
            DeadlinePassed: It did not come about; the text has the last state.
        """
        latest: Listener | None = None
        listed: ListenerSummary | None = None

        def accepted() -> Listener | None:
            nonlocal latest, listed
            latest = None if listed is None else self._attribute(listed)
            if latest is None:
                listed = self._find(load_balancer_id, port=port, protocol=protocol)
                latest = None if listed is None else self._attribute(listed)
            if latest is not None and until(latest):
                return latest
            meanwhile()
            return None

        found = self._policy.poll(
            accepted,
            seconds=deadline_seconds,
            what=f"the ALB to {describe} (listener {port}/{protocol.upper()} of {load_balancer_id})",
            state=lambda: "the ALB has no such listener" if latest is None else latest.summary,
        )
        if found is not None:
            return found
        name = f"listener {port}/{protocol.upper()} of load balancer {load_balancer_id}"
        last = "the ALB has no such listener" if latest is None else f"its last state was: {latest.summary}"
        message = f"{name} did not {describe} within {deadline_seconds:.0f} s: {last}"
        raise DeadlinePassed(message, api="GetListenerAttribute", target=name)

    def bound_listeners(self, identifier: str) -> list[BoundListener]:
        """Return every listener of the region that refers to the CA `identifier`, switched on or not, or may do so.

        Reads each HTTPS listener of the region, because no API looks listeners up by CA; other protocols take
        none.
        """
        summaries = self._list("all load balancers", {"ListenerProtocol": "HTTPS"})
        found = (self._attribute(one) for one in summaries)
        return [
            BoundListener(
                load_balancer_id=one.load_balancer_id,
                listener_id=one.listener_id,
                port=one.port,
                protocol=one.protocol,
                ca_enabled=one.ca_enabled,
                hides_ca=one.hides_ca,
            )
            for one in found
            if one is not None and (one.hides_ca or one.has_ca(identifier))
        ]

    def _find(self, load_balancer_id: str, *, port: int, protocol: str) -> ListenerSummary | None:
        of_it = (
            one for one in self.listeners(load_balancer_id) if (one.port, one.protocol) == (port, protocol.upper())
        )
        return next(of_it, None)

    def _attribute(self, summary: ListenerSummary) -> Listener | None:
        target = f"listener {summary.label} of load balancer {summary.load_balancer_id}"
        try:
            return self._sdk.call(
                "GetListenerAttribute", {"ListenerId": summary.listener_id}, target=target, read=listener
            )
        except NotFound:
            # Removed since it was listed.
            return None

    def _list(self, target: str, filters: Mapping[str, Any]) -> list[ListenerSummary]:
        def page(answer: Members) -> Page[ListenerSummary]:
            return token_page(answer, listener_summary, items=_LISTENERS)

        def fetch(token: str | None) -> Page[ListenerSummary]:
            request = {"MaxResults": ALB_PAGE_SIZE, "NextToken": token, **filters}
            return self._sdk.call("ListListeners", request, target=target, read=page)

        return list({one.listener_id: one for one in token_pages(fetch, items=_LISTENERS)}.values())
