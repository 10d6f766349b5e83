"""Setting a lab that runs to what a survey has found out, over its management port."""

import json
from collections.abc import Iterator

import httpx

from lab.status import Status
from lab.survey.switches import Switches

_SETTLE_SECONDS = 20


def apply_switches(status: Status, switches: Switches) -> None:
    """Set a lab, and return when its listeners are served accordingly.

    Raises:
        httpx.HTTPError: the lab does not answer any more.
    """
    with httpx.Client(
        base_url=f"http://{status['endpoints']['management']}", timeout=2 * _SETTLE_SECONDS, trust_env=False
    ) as management:
        management.patch("/timings", json=switches.timings).raise_for_status()
        management.patch("/behaviour", json=switches.behaviour).raise_for_status()
        management.post("/settle", params={"wait": _SETTLE_SECONDS}).raise_for_status()


def summary_of(switches: Switches) -> Iterator[str]:
    """Yield a line for each switch that was set, and one for each thing that the lab does not do."""
    for name, value in switches.timings.items():
        yield f"timings.{name}: {value:g}"
    for part, values in switches.behaviour.items():
        for name, value in values.items():
            yield f"{part}.{name}: {json.dumps(value)}"
    for sentence in switches.cannot:
        yield f"the lab cannot do this: {sentence}"
