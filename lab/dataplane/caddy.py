"""One Caddy process: how to start it, and its admin API."""

import json
import secrets
from typing import TYPE_CHECKING, Any

import httpx

from lab.dataplane.caddy_config import idle_config
from lab.plain_http import NO_TLS
from lab.process import ProgramSpec

if TYPE_CHECKING:
    from pathlib import Path

_LOAD_SECONDS = 20.0


class CaddyError(RuntimeError):
    """Caddy did not take a configuration."""


class ConfigurationRejectedError(CaddyError):
    """Caddy read a configuration and found a mistake in it."""


class CaddyInstance:
    """A Caddy that is started by the lab's base and configured only over its admin API.

    Everything it listens on, UDP apart, is an abstract Unix socket with a random part in its name: such sockets
    need no port, no file and no room in a path, and are gone with the process.
    """

    def __init__(self, name: str, *, folder: "Path") -> None:
        """Prepare an instance."""
        self.name = name
        self.folder = folder
        self._token = secrets.token_hex(8)
        self.admin = self.network_address("admin")

    def socket_name(self, what: str) -> str:
        """Name of an abstract Unix socket of this instance."""
        return f"alb-mtls-{self._token}-{self.name}-{what}"

    def network_address(self, what: str) -> str:
        """Return the same socket as Caddy's configuration names it."""
        return f"unix/@{self.socket_name(what)}"

    def program(self, *, binary: "Path", log: "Path") -> ProgramSpec:
        """Return how to start it; writes its first configuration, which serves nothing."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        first = self.folder / "first.json"
        first.write_text(json.dumps(idle_config(admin=self.admin, folder=self.folder / "storage")))
        return ProgramSpec(
            name=self.name,
            argv=[str(binary), "run", "--config", str(first)],
            log=log,
            ports=(),
            ready=self.is_ready,
            environment={
                "HOME": str(self.folder),
                "XDG_CONFIG_HOME": str(self.folder / "config"),
                "XDG_DATA_HOME": str(self.folder / "data"),
            },
        )

    async def is_ready(self) -> bool:
        """Return whether the admin API answers."""
        try:
            async with self._client() as client:
                return (await client.get("/config/")).is_success
        except httpx.HTTPError:
            return False

    async def load(self, config: dict[str, Any]) -> None:
        """Replace the whole configuration; on return the new listeners take connections.

        Raises:
            ConfigurationRejectedError: Caddy goes on with the old one.
            CaddyError: Caddy does not answer.
        """
        try:
            async with self._client() as client:
                answer = await client.post("/load", json=config)
        except httpx.HTTPError as error:
            message = f"{self.name} did not answer on its admin socket: {type(error).__name__}"
            raise CaddyError(message) from error
        if not answer.is_success:
            message = f"{self.name} rejected its configuration: {answer.text.strip()}"
            raise ConfigurationRejectedError(message)

    async def rest(self) -> None:
        """Serve nothing: requests in flight are finished, idle connections are closed.

        Raises:
            CaddyError: Caddy does not answer.
        """
        await self.load(idle_config(admin=self.admin, folder=self.folder / "storage"))

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=f"\0{self.socket_name('admin')}", verify=NO_TLS),
            base_url="http://127.0.0.1",
            timeout=_LOAD_SECONDS,
            trust_env=False,
        )
