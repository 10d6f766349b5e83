"""Where a hold stops a call, and what becomes of the call when its client is killed there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lab.certificates import make_control_plane_certificate
from lab.interception import FaultKind, Holds, HoldStage, Interceptor
from tests.helpers.intercepted import Service, eventually, kill, running_service

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server_identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    files = make_control_plane_certificate(folder)
    return files.certificate, files.key


@pytest.fixture(params=["http", "https"])
async def service(request: pytest.FixtureRequest, server_identity: tuple[Path, Path]) -> AsyncIterator[Service]:
    tls = server_identity if request.param == "https" else None
    async with running_service(Interceptor(), tls=tls) as running:
        yield running


@pytest.fixture
async def plain_service() -> AsyncIterator[Service]:
    async with running_service(Interceptor()) as running:
        yield running


def is_over(service: Service) -> bool:
    return "pending" not in service.outcomes()


@pytest.mark.parametrize(("stage", "effects"), [(HoldStage.BEFORE, []), (HoldStage.AFTER_EFFECT, ["one"])])
async def test_a_held_call_stands_at_its_stage_and_goes_on_when_released(
    plain_service: Service, stage: HoldStage, effects: list[str]
) -> None:
    plain_service.fault(FaultKind.HOLD, stage=stage)
    call = asyncio.create_task(plain_service.call("Create", "one"))
    hold = await plain_service.held()
    assert plain_service.effects == effects
    assert not call.done()
    plain_service.interceptor.holds.release(hold.id)
    assert (await call).text == "done"
    assert plain_service.effects == ["one"]
    [entry] = plain_service.interceptor.journal.entries()
    assert entry.faults == [f"hold:{stage} released"]


async def test_a_killed_client_held_before_the_effect_has_made_no_call(service: Service) -> None:
    service.fault(FaultKind.HOLD, stage=HoldStage.BEFORE)
    client = service.start_killable_call("Create", "one")
    hold = await service.held()
    kill(client)
    # Released in the same breath, before the event loop has read the end of the connection.
    service.interceptor.holds.release(hold.id)
    await eventually(lambda: is_over(service))
    assert service.effects == []
    assert service.outcomes() == ["client gone"]


async def test_a_killed_client_held_before_the_effect_ends_its_hold(service: Service) -> None:
    service.fault(FaultKind.HOLD, stage=HoldStage.BEFORE)
    client = service.start_killable_call("Create", "one")
    await service.held()
    kill(client)
    await eventually(lambda: is_over(service))
    assert service.interceptor.holds.standing() == []
    assert service.effects == []


async def test_a_killed_client_held_after_the_effect_leaves_the_effect(service: Service) -> None:
    service.fault(FaultKind.HOLD, stage=HoldStage.AFTER_EFFECT)
    client = service.start_killable_call("Create", "one")
    await service.held()
    kill(client)
    await eventually(lambda: is_over(service))
    assert service.effects == ["one"]
    [entry] = service.interceptor.journal.entries()
    assert (entry.outcome, entry.status, entry.performed) == ("client gone", None, True)


async def test_after_the_reply_the_caller_has_it_and_every_further_call_waits(plain_service: Service) -> None:
    plain_service.fault(FaultKind.HOLD, api="Create", stage=HoldStage.AFTER_REPLY)
    assert (await plain_service.call("Create", "one")).text == "done"
    hold = await plain_service.held()
    further = asyncio.create_task(plain_service.call("Delete", "two"))
    await eventually(lambda: len(plain_service.outcomes()) == 2)
    assert plain_service.outcomes() == ["answered", "pending"]
    assert plain_service.effects == ["one"]
    plain_service.interceptor.holds.release(hold.id)
    assert (await further).text == "done"
    assert plain_service.effects == ["one", "two"]


async def test_calls_of_a_client_killed_after_its_reply_are_never_performed(service: Service) -> None:
    service.fault(FaultKind.HOLD, api="Create", stage=HoldStage.AFTER_REPLY)
    first = service.start_killable_call("Create", "one")
    hold = await service.held()
    second = service.start_killable_call("Delete", "two")
    await eventually(lambda: len(service.outcomes()) == 2)
    kill(first)
    kill(second)
    service.interceptor.holds.release(hold.id)
    await eventually(lambda: is_over(service))
    assert service.effects == ["one"]
    assert service.outcomes() == ["answered", "client gone"]


async def test_a_hold_stops_only_the_call_whose_turn_it_is(plain_service: Service) -> None:
    plain_service.fault(FaultKind.HOLD, api="Create", first=2)
    assert (await plain_service.call("Create", "one")).text == "done"
    held = asyncio.create_task(plain_service.call("Create", "two"))
    hold = await plain_service.held()
    assert (hold.entry.api, hold.entry.number) == ("Create", 2)
    assert (await plain_service.call("Create", "three")).text == "done"
    plain_service.interceptor.holds.release(hold.id)
    await held
    assert plain_service.effects == ["one", "three", "two"]


@pytest.mark.parametrize("stage", list(HoldStage))
async def test_a_hold_that_nobody_releases_ends_by_itself_and_the_journal_reports_it(stage: HoldStage) -> None:
    async with running_service(Interceptor(holds=Holds(limit_seconds=0.1))) as service:
        service.fault(FaultKind.HOLD, stage=stage)
        assert (await service.call("Create", "one")).text == "done"
        assert (await service.call("Create", "two")).text == "done"
        first = next(service.interceptor.journal.entries())
        assert first.faults == [f"hold:{stage} timed out"]
