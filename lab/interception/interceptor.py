"""Every call of every API passes here: journal, faults, holds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

from lab.interception.exchange import BrokenStreamError, Reply, Request, StreamedReply
from lab.interception.faults import ERROR_REPLIES, Fault, FaultKind, FaultTable, HoldStage
from lab.interception.holds import Hold, HoldEnd, Holds
from lab.interception.journal import Entry, Journal
from lab.serving import Connection, connection_of
from lab.waiting import first_of

if TYPE_CHECKING:
    from starlette.types import Scope, Send

AnyReply = Reply | StreamedReply


class _Unanswered(Exception):  # noqa: N818  # not an error: a fault or the client has ended the call
    """The call ends without a reply."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Interceptor:
    """What the lab does to calls, the same for cloud and Kubernetes."""

    def __init__(self, *, journal: Journal | None = None, holds: Holds | None = None) -> None:
        """Start with no faults."""
        self.journal = journal or Journal()
        self.holds = holds or Holds()
        self.faults = FaultTable()

    def reset(self) -> None:
        """Take all faults out of force and let every held call go on."""
        self.faults.clear()
        self.holds.release_all()

    async def handle(
        self,
        request: Request,
        scope: "Scope",
        send: "Send",
        perform: Callable[[], Awaitable[AnyReply]],
        error_reply: Callable[[FaultKind], Reply],
    ) -> None:
        """Journal a call, let it meet its faults, and write its reply.

        Faults before the effect, then `perform`, then faults after it, then the reply, then holds after it.
        A client that goes away while its call is delayed or held before the effect has made no call.

        Args:
            request: the call.
            scope: of the ASGI request, served by `lab.serving.serve`.
            send: of the ASGI request.
            perform: carries the call out; is awaited at most once.
            error_reply: builds the service's own error for a kind in `ERROR_REPLIES`.
        """
        connection = connection_of(scope)
        entry = self.journal.open(request)
        try:
            await self._pass_gate(entry, connection)
            faults = self.faults.meeting(request)
            await self._before(faults, entry, connection)
            reply: AnyReply | None = _faulty_reply(faults, entry, error_reply)
            if reply is None:
                entry.performed = True
                reply = await perform()
            await self._after(reply, faults, entry, connection, send)
        except _Unanswered as end:
            entry.outcome = end.outcome
            if not connection.is_lost():
                await connection.drop()
        except BaseException:
            entry.outcome = "failed"
            raise
        finally:
            self.journal.close(entry)

    async def _pass_gate(self, entry: Entry, connection: Connection) -> None:
        # A hold after a reply stops the world, so that a test can kill the caller at exactly that point.
        while blocking := self.holds.blocking(HoldStage.AFTER_REPLY):
            entry.faults.append(f"waited for hold {blocking[0].id}")
            await first_of(blocking[0].released.wait(), connection.lost.wait())
            _end_if_gone(connection)

    async def _before(self, faults: list[Fault], entry: Entry, connection: Connection) -> None:
        for fault in faults:
            if fault.kind is FaultKind.LATENCY:
                entry.faults.append(str(fault))
                await first_of(connection.lost.wait(), seconds=fault.seconds)
                _end_if_gone(connection)
        await self._hold(HoldStage.BEFORE, faults, entry, connection)
        _close(FaultKind.CLOSE_BEFORE, faults, entry)

    async def _after(
        self, reply: AnyReply, faults: list[Fault], entry: Entry, connection: Connection, send: "Send"
    ) -> None:
        try:
            if entry.performed:
                self.journal.set_effect(entry, reply.effect)
                await self._hold(HoldStage.AFTER_EFFECT, faults, entry, connection)
                _close(FaultKind.CLOSE_AFTER, faults, entry)
            await self._send(reply, faults, entry, connection, send)
        finally:
            if isinstance(reply, StreamedReply):
                await reply.close()

    async def _hold(self, stage: HoldStage, faults: list[Fault], entry: Entry, connection: Connection) -> None:
        for fault in faults:
            if fault.kind is FaultKind.HOLD and fault.stage is stage:
                hold = self.holds.prepare(fault=fault.id, stage=stage, entry=entry)
                if await self._stand(fault, hold, connection) is HoldEnd.CLIENT_GONE:
                    raise _Unanswered(HoldEnd.CLIENT_GONE)

    async def _stand(self, fault: Fault, hold: Hold, connection: Connection | None) -> HoldEnd:
        hold.entry.faults.append(str(fault))
        end = await self.holds.stand(hold, connection)
        hold.entry.faults[-1] = f"{fault} {end}"
        return end

    async def _send(
        self, reply: AnyReply, faults: list[Fault], entry: Entry, connection: Connection, send: "Send"
    ) -> None:
        holds = [
            # In force before the last byte is out: the caller's next call may come before `send` returns.
            (fault, self.holds.prepare(fault=fault.id, stage=HoldStage.AFTER_REPLY, entry=entry))
            for fault in faults
            if fault.kind is FaultKind.HOLD and fault.stage is HoldStage.AFTER_REPLY
        ]
        try:
            entry.status, entry.code = reply.status, reply.code
            await _write(reply, connection, send)
            entry.outcome = "answered"
            for fault, hold in holds:
                await connection.flushed()
                await self._stand(fault, hold, None)
        finally:
            for _, hold in holds:
                self.holds.discard(hold)


def _faulty_reply(faults: list[Fault], entry: Entry, error_reply: Callable[[FaultKind], Reply]) -> Reply | None:
    for fault in faults:
        if fault.kind in ERROR_REPLIES:
            entry.faults.append(str(fault))
            return error_reply(fault.kind)
    return None


def _close(kind: FaultKind, faults: list[Fault], entry: Entry) -> None:
    for fault in faults:
        if fault.kind is kind:
            entry.faults.append(str(fault))
            outcome = "closed"
            raise _Unanswered(outcome)


def _end_if_gone(connection: Connection) -> None:
    if connection.is_lost():
        raise _Unanswered(HoldEnd.CLIENT_GONE)


async def _write(reply: AnyReply, connection: Connection, send: "Send") -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if isinstance(reply, Reply):
        headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await _pass_on(reply.chunks, connection, send)
    await send({"type": "http.response.body", "body": b""})


async def _pass_on(chunks: AsyncIterator[bytes], connection: Connection, send: "Send") -> None:
    lost = asyncio.create_task(connection.lost.wait())
    try:
        while True:
            following = asyncio.create_task(_next(chunks))
            await asyncio.wait({following, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                await asyncio.wait({following})
                raise _Unanswered(HoldEnd.CLIENT_GONE)
            chunk = following.result()
            if chunk is None:
                return
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except BrokenStreamError as error:
        outcome = "broken"
        raise _Unanswered(outcome) from error
    finally:
        lost.cancel()


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)
