"""What the journal says of calls, and that no secret gets into it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from lab.interception import FaultKind, Interceptor, Journal, Request
from tests.helpers.intercepted import Service, running_service

pytestmark = pytest.mark.anyio

SECRET = "an-access-key-secret"
# Put together here, so that no scanner of sources takes it for a key.
PEM = "\n".join(["-----BEGIN " + "PRIVATE KEY-----", "MIGHAgEA" + "x" * 56, "-----END " + "PRIVATE KEY-----"])


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
async def service(lines: Path) -> AsyncIterator[Service]:
    async with running_service(Interceptor(journal=Journal(file=lines, secrets=[SECRET]))) as running:
        yield running


async def test_a_call_is_entered_with_caller_target_status_and_effect(service: Service) -> None:
    await service.call("Create", "one")
    [entry] = service.interceptor.journal.entries()
    assert (entry.service, entry.api, entry.caller, entry.target) == ("cas", "Create", "key-1", "one")
    assert (entry.outcome, entry.status, entry.code, entry.performed) == ("answered", 200, "", True)
    assert entry.effect == "made one"
    assert entry.ended is not None
    assert entry.started <= entry.ended


async def test_a_rejected_call_is_entered_with_fault_and_code_and_without_effect(service: Service) -> None:
    service.fault(FaultKind.THROTTLE)
    await service.call("Create", "one")
    [entry] = service.interceptor.journal.entries()
    assert entry.faults == ["throttle"]
    assert (entry.status, entry.code, entry.performed, entry.effect) == (429, "throttle", False, "")


async def test_an_effect_without_a_reply_is_distinguished_from_no_effect(service: Service) -> None:
    service.fault(FaultKind.CLOSE_BEFORE, api="Create")
    service.fault(FaultKind.CLOSE_AFTER, api="Delete")
    for api in ("Create", "Delete"):
        with pytest.raises(httpx.RemoteProtocolError):
            await service.call(api, "one")
    created, deleted = service.interceptor.journal.entries()
    assert (created.outcome, created.status, created.performed, created.effect) == ("closed", None, False, "")
    assert (deleted.outcome, deleted.status, deleted.performed, deleted.effect) == (
        "closed",
        None,
        True,
        "made one",
    )


async def test_each_api_is_counted_by_itself(service: Service) -> None:
    for api in ("Create", "Delete", "Create"):
        await service.call(api)
    entries = [(entry.api, entry.number, entry.sequence) for entry in service.interceptor.journal.entries()]
    assert entries == [("Create", 1, 1), ("Delete", 1, 2), ("Create", 2, 3)]


async def test_a_cleared_journal_counts_apis_from_zero_and_goes_on_in_sequence(service: Service) -> None:
    await service.call("Create")
    service.interceptor.journal.clear()
    await service.call("Create")
    [entry] = service.interceptor.journal.entries()
    assert (entry.number, entry.sequence) == (1, 2)


async def test_entries_are_filtered_by_pattern_and_since(service: Service) -> None:
    for api in ("CreateWarehouse", "ListCert", "ListWarehouse"):
        await service.call(api)
    journal = service.interceptor.journal
    assert [entry.api for entry in journal.entries(api="List*")] == ["ListCert", "ListWarehouse"]
    assert [entry.api for entry in journal.entries(api="*Warehouse", since=1)] == ["ListWarehouse"]
    assert list(journal.entries(service="alb")) == []


def test_each_call_is_one_json_line_that_survives_clearing(lines: Path) -> None:
    journal = Journal(file=lines)
    journal.close(journal.open(Request(service="cas", api="Create")))
    journal.clear()
    journal.close(journal.open(Request(service="cas", api="Delete")))
    assert [json.loads(line)["api"] for line in lines.read_text().splitlines()] == ["Create", "Delete"]


@pytest.mark.parametrize("secret", [SECRET, PEM], ids=["access key secret", "PEM"])
def test_no_secret_gets_in_by_any_text_of_a_call(lines: Path, secret: str) -> None:
    journal = Journal(file=lines, secrets=[SECRET])
    text = f"before {secret} after"
    entry = journal.open(Request(service="cas", api=text, caller=text, target=text))
    journal.set_effect(entry, text)
    journal.close(entry)
    written = lines.read_text() + repr(list(journal.entries()))
    for part in secret.splitlines():
        assert part not in written
    assert entry.target.startswith("before sha256:")
    assert entry.target.endswith(" after")


def test_a_long_text_is_cut() -> None:
    journal = Journal()
    entry = journal.open(Request(service="cas", api="Create", target="x" * 10_000))
    assert len(entry.target) == 500
