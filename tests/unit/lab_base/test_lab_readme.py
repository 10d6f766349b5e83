"""lab/README.md names every fixed port and every switch: what is not in its tables cannot be found."""

import re
from dataclasses import Field, fields
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


@pytest.mark.parametrize("switch", [member for kind in SWITCHES for member in fields(kind)], ids=lambda it: it.name)
def test_a_switch_stands_with_its_default_in_the_row_of_a_behaviour(switch: Field[object]) -> None:
    rows = [line.split("|") for line in README.splitlines() if line.startswith("|")]
    named = f"`{switch.name}`: {_written(switch.default)}"
    assert any(re.search(rf"{re.escape(named)}(?![\w.])", row[3]) for row in rows if len(row) == 6)


def _written(default: object) -> str:
    if isinstance(default, bool):
        return "on" if default else "off"
    if isinstance(default, int | float):
        return f"{default:g}"
    values = default if isinstance(default, tuple) else (default,)
    return ", ".join(f"`{one}`" for one in values if one) or "none"
