"""What the webhook answers: it judges nothing by itself, but accepts, denies or keeps silent, as its switch says."""

import asyncio
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.behaviour import Webhook
from lab.controller.cluster import FIELD_MANAGER
from lab.serving import connection_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from lab.behaviour import ControllerBehaviour

PATH = "/validate-albconfig"

# Beyond the longest timeoutSeconds that kube-apiserver takes; it hangs up first.
_SLOW_SECONDS = 35.0


def webhook_app(behaviour: "ControllerBehaviour") -> Starlette:
    """Build the server; serve it with TLS, for kube-apiserver calls no other."""

    async def validate(request: "Request") -> Response:
        review = await request.json()
        connection = connection_of(request.scope)
        if behaviour.webhook is Webhook.SLOW:
            with suppress(TimeoutError):
                await asyncio.wait_for(connection.lost.wait(), _SLOW_SECONDS)
        if behaviour.webhook in (Webhook.SLOW, Webhook.DOWN):
            await connection.drop()
            return Response()
        return JSONResponse(
            {
                "apiVersion": review["apiVersion"],
                "kind": review["kind"],
                "response": {"uid": review["request"]["uid"], **_verdict(behaviour, review["request"])},
            }
        )

    return Starlette(routes=[Route(PATH, validate, methods=["POST"])])


def _verdict(behaviour: "ControllerBehaviour", asked: dict[str, Any]) -> dict[str, Any]:
    # The controller must not deny what it writes itself: its label would never be written again.
    is_own = (asked.get("options") or {}).get("fieldManager") == FIELD_MANAGER
    if is_own or behaviour.webhook is not Webhook.DENIES or not _concerns(behaviour, asked):
        return {"allowed": True}
    return {"allowed": False, "status": {"code": behaviour.webhook_code, "message": behaviour.webhook_text}}


def _concerns(behaviour: "ControllerBehaviour", asked: dict[str, Any]) -> bool:
    albconfig = asked["object"]
    metadata = {name: one for name, one in albconfig["metadata"].items() if name != "managedFields"}
    judged = {**albconfig, "metadata": metadata, "dryRun": bool(asked.get("dryRun"))}
    return re.search(behaviour.webhook_denies, json.dumps(judged)) is not None
