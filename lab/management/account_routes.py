"""Take the account back to where it began."""

from typing import Protocol

from fastapi import APIRouter, status


class AccountSwitch(Protocol):
    """What management changes about the account."""

    def forget(self) -> None:
        """Have no certificates and repositories, and no calls that count for throttling."""


def account_router(account: AccountSwitch) -> APIRouter:
    """Build the routes of the account."""
    router = APIRouter(prefix="/account", tags=["account"])

    @router.delete("", status_code=status.HTTP_204_NO_CONTENT)
    async def forget() -> None:
        """Lose all repositories and certificates of both sites, and forget the calls that count for throttling."""
        account.forget()

    return router
