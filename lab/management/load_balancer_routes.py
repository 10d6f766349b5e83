"""Load balancers as the console makes and changes them, beside the controller; its listeners the official SDK edits."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, status
from pydantic import BaseModel, ConfigDict, Field

from lab.cloud import CloudFault
from lab.cloud.alb.records import Change, Listener, LoadBalancer, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.cloud import Cloud


class NewLoadBalancer(BaseModel):
    """A load balancer to make."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    edition: Annotated[
        str, Field(min_length=1, description="Any text; the cloud knows more editions than the lab.")
    ] = "Standard"


class LoadBalancerChange(BaseModel):
    """A change of a load balancer."""

    model_config = ConfigDict(extra="forbid")

    edition: Annotated[str, Field(min_length=1)]


class NewListener(BaseModel):
    """A listener to make, with the lab's server certificate where it needs one."""

    model_config = ConfigDict(extra="forbid")

    port: Annotated[int, Field(ge=1, le=65535)]
    protocol: Protocol
    description: str = "made in the console"


def load_balancer_router(cloud: "Cloud") -> APIRouter:
    """Build the routes of the console."""
    router = APIRouter(prefix="/load-balancers", tags=["load balancers"])
    editions: dict[str, str] = {}
    made: set[str] = set()

    @router.get("")
    async def read() -> list[LoadBalancer]:
        """Return all load balancers."""
        return cloud.alb.load_balancers()

    @router.get("/changes")
    async def changes() -> list[Change]:
        """Return the last thousand changes of listeners, whoever made them: when each began, and was served.

        Beside the patch in the journal this says how long controller, ALB and data plane took.
        """
        return cloud.alb.changes()

    @router.post("", status_code=status.HTTP_201_CREATED)
    async def create(new: NewLoadBalancer) -> LoadBalancer:
        """Make a load balancer, which an AlbConfig can reuse by `spec.config.id`."""
        created = cloud.alb.create_load_balancer(name=new.name, edition=new.edition)
        made.add(created.load_balancer_id)
        return created

    @router.patch("/{load_balancer_id}")
    async def change(load_balancer_id: str, changes: LoadBalancerChange) -> LoadBalancer:
        """Give a load balancer another edition, of which no controller hears."""
        with _as_http():
            before = cloud.alb.load_balancer(load_balancer_id)
            editions.setdefault(load_balancer_id, before.edition)
            return cloud.alb.change_load_balancer(load_balancer_id, edition=changes.edition)

    @router.post("/{load_balancer_id}/listeners", status_code=status.HTTP_201_CREATED)
    async def add(load_balancer_id: str, new: NewListener) -> Listener:
        """Make a listener that no controller made; it is Running at once."""
        certificates = [] if new.protocol == "HTTP" else list(cloud.alb.server_certificates)[:1]
        with _as_http():
            created = cloud.alb.create_listener(
                load_balancer_id,
                port=new.port,
                protocol=new.protocol,
                certificate_ids=certificates,
                description=new.description,
            )
        cloud.alb.settle(created.listener_id, created.revision)
        return cloud.alb.listener(created.listener_id)

    @router.delete("", status_code=status.HTTP_204_NO_CONTENT)
    async def restore() -> None:
        """Delete the load balancers that were made here, and give the others the edition back that they had."""
        there = {each.load_balancer_id for each in cloud.alb.load_balancers()}
        for identifier in made & there:
            cloud.alb.delete_load_balancer(identifier)
        for identifier in editions.keys() & (there - made):
            cloud.alb.change_load_balancer(identifier, edition=editions[identifier])
        made.clear()
        editions.clear()

    return router


@contextmanager
def _as_http() -> "Iterator[None]":
    try:
        yield
    except CloudFault as fault:
        raise HTTPException(fault.http_status, f"{fault.code}: {fault.message}") from fault
