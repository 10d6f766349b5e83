"""A preview of two hundred listeners and a hundred Ingresses is read by a person, and the report has all of it."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.planned import PlannedListener, planned
from alb_mtls.listeners.planned_lines import planned_blocks
from alb_mtls.report_file import VARIABLE, begin_report
from components.preflight.report import report
from components.preflight.run import run_preflight
from tests.fakes.alb import listener_on_alb
from tests.fakes.cas import Cas
from tests.helpers.albconfigs import albconfig, http, https
from tests.helpers.fake_session import Logged, running
from tests.helpers.ingresses import ingress, ingress_class
from tests.helpers.init_command import AlbOfMany, ClusterOfMany
from tests.helpers.stack_file import put

Read = Callable[..., Settings]

PORTS = (443, 8443, 9443)
ALBCONFIGS = [f"gw-{number}" for number in range(1, 67)]
LISTENERS = [{"albConfig": name, "port": port} for name in ALBCONFIGS for port in PORTS]


@dataclass(kw_only=True)
class _Albs(AlbOfMany):
    def listeners(self, _id: str) -> list[Any]:
        return [listener_on_alb(port=port, protocol="HTTPS", enabled=False, identifiers=()) for port in PORTS]


def _cluster() -> ClusterOfMany:
    ports = json.dumps([{"HTTP": 80}, *({"HTTPS": port} for port in PORTS)])
    return ClusterOfMany(
        items=[albconfig(http(), *(https(port) for port in PORTS), name=name) for name in ALBCONFIGS],
        classes=[ingress_class(name, albconfig=name) for name in ALBCONFIGS],
        routes=[
            ingress(f"h{number}.example", name=f"web-{number}", cls=ALBCONFIGS[number % len(ALBCONFIGS)], ports=ports)
            for number in range(100)
        ],
    )


def _previewed(settings: Settings) -> tuple[Logged, list[PlannedListener]]:
    with running(preview=True, kube=_cluster(), alb=_Albs(), cas=Cas()) as logged:
        begin_report(os.environ)
        snapshots = run_preflight(settings, None)
        report(settings, snapshots)
    plans = [planned(settings, one, changes=True) for one in snapshots]
    return logged, [one for one in plans if one is not None]


def test_two_hundred_listeners_are_few_lines_and_the_report_has_each_of_them(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "report.json"))
    logged, plans = _previewed(read(put("listeners", LISTENERS), put("proof.host", None), preview=True))
    blocks = [line for block in planned_blocks(plans, 76) for line in block]
    lines = [*"\n".join((*logged.warnings, *logged.infos)).splitlines(), *blocks]
    assert len(lines) < 70, lines
    assert "198 listeners: 443/HTTPS of gw-1, 8443/HTTPS of gw-1, 9443/HTTPS of gw-1," in " ".join(blocks)

    findings = json.loads((tmp_path / "report.json").read_text("utf-8"))["findings"]
    weak = [one["subject"] for one in findings if one["code"] == "WEAK_TLS_POLICY"]
    assert len(weak) == len(set(weak)) == len(LISTENERS)
    listeners = [one.to_json() for one in plans]
    assert [(one["albConfig"], one["port"]) for one in listeners] == [
        (one["albConfig"], one["port"]) for one in LISTENERS
    ]
    hosts = {each["host"] for one in listeners for each in one["hosts"]}
    assert hosts == {f"h{number}.example" for number in range(100)}
