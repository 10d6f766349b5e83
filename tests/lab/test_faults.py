"""What a client sees of each fault, over real sockets, and whether its call had an effect."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from lab.interception import FaultKind, Interceptor
from lab.interception.faults import ERROR_REPLIES
from tests.helpers.intercepted import Service, eventually, kill, running_service

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    async with running_service(Interceptor()) as running:
        yield running


async def test_without_a_fault_a_call_is_performed_and_answered(service: Service) -> None:
    response = await service.call("Create", "one")
    assert (response.status_code, response.text) == (200, "done")
    assert service.effects == ["one"]


@pytest.mark.parametrize("kind", sorted(ERROR_REPLIES))
async def test_a_rejection_is_worded_by_the_service_and_has_no_effect(service: Service, kind: FaultKind) -> None:
    service.fault(kind)
    response = await service.call("Create", "one")
    assert (response.status_code, response.text) == (429, kind)
    assert service.effects == []


@pytest.mark.parametrize(("kind", "effects"), [(FaultKind.CLOSE_BEFORE, []), (FaultKind.CLOSE_AFTER, ["one"])])
async def test_a_closed_connection_carries_no_byte_of_a_reply(
    service: Service, kind: FaultKind, effects: list[str]
) -> None:
    service.fault(kind)
    reader, writer = await asyncio.open_connection("127.0.0.1", service.server.port)
    writer.write(b"GET /Create?one HTTP/1.1\r\nHost: lab\r\n\r\n")
    assert await reader.read() == b""
    assert service.effects == effects
    assert service.outcomes() == ["closed"]
    writer.close()
    await writer.wait_closed()


async def test_a_server_goes_on_after_a_closed_connection(service: Service) -> None:
    service.fault(FaultKind.CLOSE_AFTER)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await service.call("Create", "one")
    assert (await service.call("Create", "two")).status_code == 200


async def test_latency_delays_a_call_and_changes_nothing_else(service: Service) -> None:
    service.fault(FaultKind.LATENCY, seconds=0.2)
    started = time.monotonic()
    assert (await service.call("Create", "one")).status_code == 200
    assert time.monotonic() - started >= 0.2
    assert service.effects == ["one"]


async def test_a_client_that_goes_away_during_latency_has_made_no_call(service: Service) -> None:
    service.fault(FaultKind.LATENCY, seconds=600)
    client = service.start_killable_call("Create", "one")
    await eventually(lambda: service.outcomes() == ["pending"])
    kill(client)
    await eventually(lambda: service.outcomes() == ["client gone"])
    assert service.effects == []


async def test_a_fault_begins_with_the_call_it_names_counted_from_then_and_ends_after_its_count(
    service: Service,
) -> None:
    await service.call("Create", "before")
    service.fault(FaultKind.THROTTLE, api="Create", first=2, times=2)
    answers = [(await service.call("Create", str(number))).status_code for number in range(1, 6)]
    assert answers == [200, 429, 429, 200, 200]
    assert service.effects == ["before", "1", "4", "5"]


async def test_a_fault_without_count_meets_every_call(service: Service) -> None:
    service.fault(FaultKind.THROTTLE, times=None)
    assert {(await service.call("Create")).status_code for _ in range(4)} == {429}


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"api": "Create*"}, 429),
        ({"api": "create*"}, 200),
        ({"api": "Delete*"}, 200),
        ({"service": "cas"}, 429),
        ({"service": "kubernetes"}, 200),
    ],
)
async def test_a_fault_meets_only_the_calls_that_its_patterns_name(
    service: Service, rule: dict[str, str], status: int
) -> None:
    service.fault(FaultKind.THROTTLE, **rule)
    assert (await service.call("CreateWarehouse")).status_code == status


async def test_the_first_rejection_wins_and_each_fault_counts_the_call(service: Service) -> None:
    service.fault(FaultKind.ACCESS_DENIED)
    service.fault(FaultKind.THROTTLE)
    assert (await service.call("Create")).text == "access-denied"
    assert [fault.applied for fault in service.interceptor.faults] == [1, 1]


async def test_a_certificate_in_the_query_is_not_too_long(service: Service) -> None:
    assert (await service.call("Create", "x" * 60_000)).status_code == 200


async def test_a_stopped_server_takes_no_connection_and_cuts_those_it_has(service: Service) -> None:
    service.fault(FaultKind.HOLD)
    call = asyncio.create_task(service.call("Create", "one"))
    await service.held()
    await service.server.stop()
    with pytest.raises(httpx.RemoteProtocolError):
        await call
    with pytest.raises(httpx.ConnectError):
        await service.call("Create", "two")
    assert service.effects == []
