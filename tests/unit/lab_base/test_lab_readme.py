"""lab/README.md names every fixed port and every switch: what is not in its tables cannot be found."""

from dataclasses import fields
from typing import TYPE_CHECKING

import pytest

from lab.behaviour import CloudBehaviour, ControllerBehaviour, DataPlaneBehaviour, Timings
from lab.paths import PROJECT
from lab.ports import DEFAULT_LISTENER_PORTS, DEFAULT_PORTS

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

README = (PROJECT / "lab" / "README.md").read_text()
SWITCHES: list["type[DataclassInstance]"] = [CloudBehaviour, Timings, ControllerBehaviour, DataPlaneBehaviour]


@pytest.mark.parametrize("port", [*DEFAULT_PORTS.values(), *DEFAULT_LISTENER_PORTS.values()])
def test_a_default_port_stands_in_the_table_of_ports(port: int) -> None:
    rows = [line for line in README.splitlines() if line.startswith("| 1")]
    assert any(str(port) in row.split("|")[1] for row in rows)


@pytest.mark.parametrize("switch", [member.name for kind in SWITCHES for member in fields(kind)])
def test_a_switch_stands_in_the_last_column_of_a_behaviour(switch: str) -> None:
    rows = [line.split("|") for line in README.splitlines() if line.startswith("|")]
    assert any(f"`{switch}`" in row[3] for row in rows if len(row) == 5)
