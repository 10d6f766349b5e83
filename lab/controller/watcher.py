"""Watches the cluster with kopf.

kopf runs in a thread and an event loop of its own: at its end an operator cancels every task of its loop, the
servers of the lab among them. Only `on.event` handlers are used and nothing is posted, since with its other
handlers kopf writes an annotation and a finalizer onto what it watches, which the real controller does not.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import kopf

if TYPE_CHECKING:
    from lab.control_plane.access import Access

KINDS = {
    "albconfigs": ("alibabacloud.com", "v1", "albconfigs"),
    "ingress_classes": ("networking.k8s.io", "v1", "ingressclasses"),
    "ingresses": ("networking.k8s.io", "v1", "ingresses"),
    "services": ("", "v1", "services"),
}

OnEvent = Callable[[str, str | None, Mapping[str, Any]], None]

_STOP_SECONDS = 3.0

_log = logging.getLogger(__name__)


class WatchEndedError(RuntimeError):
    """The watch of the cluster has ended by itself."""


class Watcher:
    """Passes every event on into the event loop that made it.

    Attributes:
        ended: holds the error once the watch has ended by itself.
    """

    def __init__(self, access: "Access", on_event: OnEvent) -> None:
        """Prepare; nothing is watched yet.

        Args:
            access: to the cluster.
            on_event: is called with the kind (a key of `KINDS`), the type of the event, None for an object that
                was there before, and the object.
        """
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[WatchEndedError] = self._loop.create_future()
        self._access = access
        self._on_event = on_event
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kopf", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    async def stop(self) -> None:
        """End; a watch that does not end in time is left to the end of the process."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join, _STOP_SECONDS)

    def _run(self) -> None:
        for name in ("kopf", "kopf.objects"):
            logging.getLogger(name).setLevel(logging.ERROR)
        reason = "kopf returned"
        try:
            asyncio.run(
                kopf.operator(
                    registry=self._registry(),
                    settings=_settings(),
                    standalone=True,
                    clusterwide=True,
                    stop_flag=self._stop,
                )
            )
        except BaseException as error:  # noqa: BLE001  # nothing above a thread would report it
            _log.exception("kopf failed")
            reason = f"{type(error).__name__}: {error}"
        # The loop is closed when the thread was left to the end of the process.
        if not self._stop.is_set():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._report_end, reason)

    def _report_end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(WatchEndedError(f"the cluster is no longer watched ({reason})"))

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        access = self._access

        @kopf.on.login(registry=registry)
        def login(**_: Any) -> kopf.ConnectionInfo:
            return kopf.ConnectionInfo(
                server=access.server, ca_path=str(access.ca), scheme="Bearer", token=access.token
            )

        for kind, (group, version, plural) in KINDS.items():
            kopf.on.event(group, version, plural, registry=registry, id=kind)(self._handler(kind))
        return registry

    def _handler(self, kind: str) -> Callable[..., None]:
        def pass_on(event: Mapping[str, Any], **_: Any) -> None:
            self._loop.call_soon_threadsafe(self._on_event, kind, event["type"], dict(event["object"]))

        return pass_on


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.process.ultimate_exiting_timeout = None
    return settings
