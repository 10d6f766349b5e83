"""The management application; FastAPI, so that OpenAPI documents it: `/openapi.json`, and `/docs` to read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from lab.interception import Interceptor
from lab.management.account_routes import AccountSwitch, account_router
from lab.management.controller_routes import ControllerSwitch, controller_router
from lab.management.docs_page import docs_page
from lab.management.fault_routes import fault_router, hold_router
from lab.management.journal_routes import journal_router
from lab.management.settings_routes import grouped_settings_router, settings_router
from lab.management.settle_routes import Settling, settle_router

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_DESCRIPTION = """\
Which calls the lab got (`/journal`), which calls fail on purpose (`/faults`, `/holds`), how the lab behaves
(`/timings`, `/behaviour`, `/controller`). `/account` deletes its certificates, `/settle` waits until
it has nothing left to do. None of it exists in the cloud.
"""


def management_app(
    *,
    interceptor: Interceptor,
    timings: "DataclassInstance",
    behaviour: "Mapping[str, DataclassInstance]",
    controller: ControllerSwitch,
    account: AccountSwitch,
    settling: Settling,
) -> FastAPI:
    """Build the application.

    All handlers are coroutines: what they change belongs to the event loop, and FastAPI runs plain functions
    in threads.
    """
    # FastAPI's own documentation pages load their scripts from another host; the lab stays on loopback.
    app = FastAPI(title="alb-mtls lab", description=_DESCRIPTION, docs_url=None, redoc_url=None)
    app.include_router(journal_router(interceptor.journal))
    app.include_router(fault_router(interceptor))
    app.include_router(hold_router(interceptor.holds))
    app.include_router(settings_router("/timings", timings))
    app.include_router(grouped_settings_router("/behaviour", behaviour))
    app.include_router(controller_router(controller))
    app.include_router(account_router(account))
    app.include_router(settle_router(settling))

    @app.get("/healthz", tags=["health"])
    async def healthz() -> dict[str, str]:
        """Answer as soon as the management port is up."""
        return {"status": "ok"}

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        openapi: dict[str, Any] = app.openapi()
        return HTMLResponse(docs_page(openapi))

    return app
