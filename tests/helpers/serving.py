"""Lets a loopback HTTP server answer while a block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Thread
from typing import TypeVar

# How often it looks whether to end; half a second by default, which every test would wait.
_LOOKS_SECONDS = 0.01

Server = TypeVar("Server", bound=ThreadingHTTPServer)


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serve until the block ends; then close the server."""
    with server:
        thread = Thread(target=server.serve_forever, args=(_LOOKS_SECONDS,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
