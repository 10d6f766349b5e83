"""Read and clear the journal."""

from typing import Annotated

from fastapi import APIRouter, Query, status

from lab.interception import Entry, Journal


def journal_router(journal: Journal) -> APIRouter:
    """Build the routes of a journal."""
    router = APIRouter(prefix="/journal", tags=["journal"])

    @router.get("")
    async def read(
        service: Annotated[str, Query(description="Shell-style pattern: `cas`, `alb`, `kubernetes`, `*`.")] = "*",
        api: Annotated[str, Query(description="Shell-style pattern: `UploadPCACert`, `patch *`.")] = "*",
        since: Annotated[int, Query(ge=0, description="Only calls with a higher `sequence`.")] = 0,
    ) -> list[Entry]:
        """Return calls in the order in which they came in, also those that are not over (`ended` is null)."""
        return list(journal.entries(service=service, api=api, since=since))

    @router.delete("", status_code=status.HTTP_204_NO_CONTENT)
    async def clear() -> None:
        """Forget all calls and count each API from 1 again; the lines in the file stay."""
        journal.clear()

    return router
