"""What an up says of each listener once its own switch has ended, whatever becomes of the others."""

import asyncio
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.report_file import VARIABLE, begin_report
from components.preflight.listeners import report_listeners
from tests.helpers.albconfigs import albconfig, https
from tests.helpers.fake_session import Logged, running
from tests.helpers.program import run_program
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

PORTS = (443, 8443)
SHOWN = {"connections": 300, "bound": 0.01, "addressesAsked": ["192.0.2.1:443"], "answers": ["none accepted"]}


async def _proven(*, fails: bool) -> bool:
    if fails:
        # Long after the other listener has ended.
        await asyncio.sleep(0.2)
        message = "the listener was rolled back"
        raise RuntimeError(message)
    return True


def _patch(at: str, *, fails: bool) -> Any:
    of = pulumi.Output.from_input
    outputs = {"provenAt": of(at), "proofNote": of(None), "proofShown": of(SHOWN), "awaiting": of(None)}
    switch = SimpleNamespace(proven=of(_proven(fails=fails)), **outputs)
    return SimpleNamespace(switch=switch, known=of([]), present=of([]), made_here=of([]), ca_identifier=of("ca-1"))


def _ended(read: Read, *, second_fails: bool) -> Logged:
    settings = read(put("listeners", [{"albConfig": "alb", "port": port} for port in PORTS]))
    item = albconfig(*(https(port) for port in PORTS))
    at = datetime.now(UTC).isoformat()

    def program() -> None:
        snapshots = [
            pulumi.Output.from_input(ListenerSnapshot(key=one.key, albconfig=item)) for one in settings.listeners
        ]
        patches = [_patch(at, fails=False), _patch(at, fails=second_fails)]
        report_listeners(settings, snapshots, patches, "deployment")

    with running() as logged:
        begin_report(os.environ)
        if second_fails:
            with pytest.raises(RuntimeError, match="rolled back"):
                run_program(program)
        else:
            run_program(program)
    return logged


@pytest.mark.parametrize("second_fails", [False, True])
def test_a_listener_that_has_ended_has_its_line_and_is_in_the_report_although_another_one_fails(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, second_fails: bool
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report.json"))
    logged = _ended(read, second_fails=second_fails)
    ports = PORTS[:1] if second_fails else PORTS
    assert sorted(logged.infos) == [
        f"{port}/HTTPS of alb: enforced, 1 address, 300 connections, none accepted" for port in ports
    ]
    reported = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert sorted(one["port"] for one in reported["listeners"]) == list(ports)
    assert all(one["changes"] and one["proof"]["inThisRun"] for one in reported["listeners"])
    assert reported["complete"] is not second_fails
