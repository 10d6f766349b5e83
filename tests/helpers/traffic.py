"""Requests on fresh connections while something is done to a listener, and what becomes of each."""

import http.client
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import HOST

ACCEPTED = "old"
"""What the backend says."""

_SECONDS = 10
# How a listener rejects: with TLS 1.3 after the handshake, and the alert can be lost (docs/facts/x509-and-tls.md,
# Rejections).
_REJECTIONS = (ssl.SSLError, ConnectionResetError, ConnectionAbortedError, BrokenPipeError)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A listener and the CA of its server certificate."""

    host: str
    port: int
    server_ca: Path

    @classmethod
    def of(cls, lab: LabHandle, albconfig: str = "alb") -> Self:
        """Return the HTTPS listener of an AlbConfig."""
        host, port = lab.address(albconfig, "443/HTTPS").split(":")
        return cls(host=host, port=int(port), server_ca=lab.paths.server_ca)

    def context(self, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
        """Return what a client connects with; its certificate file holds whatever it sends."""
        context = ssl.create_default_context(cafile=str(self.server_ca))
        if certificate is not None:
            context.load_cert_chain(certificate, key)
        return context

    def ask(self, context: ssl.SSLContext) -> str:
        """Send one request on a fresh connection; return the body, or a text that says what happened instead."""
        connection = _Connection(self.host, self.port, context=context, timeout=_SECONDS)
        try:
            connection.request("GET", "/", headers={"Host": HOST})
            return connection.getresponse().read().decode().strip()
        except _REJECTIONS as error:
            return f"rejected: {type(error).__name__}: {error}"
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {type(error).__name__}: {error}"
        finally:
            connection.close()


class _Connection(http.client.HTTPSConnection):
    """Connects to an address, but asks for the host of the Ingress."""

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined] # http.client keeps it under this name
        self.sock = context.wrap_socket(self.sock, server_hostname=HOST)


@dataclass(kw_only=True)
class Traffic:
    """Clients that ask on and on, each with the files that it holds at the moment.

    Attributes:
        pause_seconds: of a client between two requests.
        phase: what is done meanwhile; requests are counted by it.
        sent: by phase.
        failures: phase, client and answer of each request that was not accepted.
        asked: how many requests each client has sent.
    """

    target: Target
    pause_seconds: float = 0.0
    phase: str = ""
    sent: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str, str]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    _held: dict[str, ssl.SSLContext] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def requests(self) -> int:
        """How many were sent in all."""
        return self.sent.total()

    def hold(self, client: str, certificate: Path, key: Path) -> None:
        """Let a client use these files from its next request on."""
        context = self.target.context(certificate, key)
        with self._lock:
            self._held[client] = context

    @contextmanager
    def flowing(self) -> Iterator[None]:
        """Let all clients that hold something ask until the block ends."""
        threads = [threading.Thread(target=self._ask_on, args=(client,)) for client in self._held]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def wait_for(self, requests: int, *, seconds: float) -> None:
        """Wait until so many have been sent in this phase.

        Raises:
            TimeoutError: they were not, in that time.
        """
        end = time.monotonic() + seconds
        while self.sent[self.phase] < requests:
            if time.monotonic() > end:
                message = f"{self.phase}: {self.sent[self.phase]} requests of {requests} after {seconds:g} s"
                raise TimeoutError(message)
            time.sleep(0.05)

    def _ask_on(self, client: str) -> None:
        while not self._over.wait(self.pause_seconds):
            with self._lock:
                context, phase = self._held[client], self.phase
            answer = self.target.ask(context)
            with self._lock:
                self.sent[phase] += 1
                self.asked[client] += 1
                if answer != ACCEPTED:
                    self.failures.append((phase, client, answer))
