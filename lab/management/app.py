"""The management application; FastAPI, so that OpenAPI documents it: `/openapi.json`, and `/docs` to read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from lab.interception import Interceptor
from lab.management.docs_page import docs_page
from lab.management.load_balancer_routes import load_balancer_router
from lab.management.routes import controller_router, fault_router, hold_router, journal_router, lab_router
from lab.management.settings_routes import grouped_settings_router, settings_router

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from lab.cloud import Cloud
    from lab.controller import Controller
    from lab.quiescence import Quiescence

_DESCRIPTION = """\
Which calls the lab got (`/journal`), which calls fail on purpose (`/faults`, `/holds`), how the lab behaves
(`/timings`, `/behaviour`, `/controller`). `/load-balancers` does what the ALB console does, `/account` deletes its
certificates, `/settle` waits until it has nothing left to do. None of it exists in the cloud.
"""


def management_app(
    *,
    interceptor: Interceptor,
    cloud: "Cloud",
    controller: "Controller",
    behaviour: "Mapping[str, DataclassInstance]",
    quiescence: "Quiescence",
) -> FastAPI:
    """Build the application; `behaviour` has the switches of each part of the lab, by the name of the part.

    All handlers are coroutines: what they change belongs to the event loop, and FastAPI runs plain functions
    in threads.
    """
    # FastAPI's own documentation pages load their scripts from another host; the lab stays on loopback.
    app = FastAPI(title="alb-mtls lab", description=_DESCRIPTION, docs_url=None, redoc_url=None)
    for router in (
        journal_router(interceptor.journal),
        fault_router(interceptor),
        hold_router(interceptor.holds),
        settings_router("/timings", cloud.timings),
        grouped_settings_router("/behaviour", behaviour),
        controller_router(controller),
        load_balancer_router(cloud),
        lab_router(cloud, quiescence),
    ):
        app.include_router(router)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        openapi: dict[str, Any] = app.openapi()
        return HTMLResponse(docs_page(openapi))

    return app
