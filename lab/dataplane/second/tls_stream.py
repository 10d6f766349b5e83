"""pyOpenSSL between an asyncio stream and plain bytes."""

from typing import TYPE_CHECKING, TypeVar

from OpenSSL import SSL

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

T = TypeVar("T")

_CHUNK = 65536


class TlsEndedError(Exception):
    """The client is gone, or the handshake failed; the alert was sent."""


class TlsStream:
    """Reads and writes plain bytes."""

    def __init__(self, tls: SSL.Connection, reader: "asyncio.StreamReader", writer: "asyncio.StreamWriter") -> None:
        """Take a TLS connection without a socket, and the client's bytes."""
        self._tls = tls
        self._reader = reader
        self._writer = writer

    async def handshake(self) -> None:
        """Shake hands.

        Raises:
            TlsEndedError: it failed.
        """
        await self._do(self._tls.do_handshake)

    async def read(self) -> bytes:
        """Return what the client sent, empty when it sends no more."""
        try:
            return await self._do(lambda: self._tls.recv(_CHUNK))
        except TlsEndedError:
            return b""

    async def write(self, data: bytes) -> None:
        """Send.

        Raises:
            TlsEndedError: the client is gone.
        """
        await self._do(lambda: self._tls.sendall(data) if data else 0)

    async def close(self) -> None:
        """Say that nothing more comes."""
        await self._do(self._tls.shutdown)

    async def _do(self, step: "Callable[[], T]") -> T:
        while True:
            try:
                result = step()
            except SSL.WantReadError:
                await self._flush()
            except SSL.Error as error:
                await self._flush()
                raise TlsEndedError from error
            else:
                await self._flush()
                return result
            data = await self._reader.read(_CHUNK)
            if not data:
                raise TlsEndedError
            self._tls.bio_write(data)

    async def _flush(self) -> None:
        try:
            while True:
                self._writer.write(self._tls.bio_read(_CHUNK))
        except SSL.WantReadError:
            await self._writer.drain()
