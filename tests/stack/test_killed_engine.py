"""The engine of tools/killed makes the providers do what Pulumi's makes them do: the same calls in the same order.

So what its kills show holds for Pulumi's too, as far as the order of steps goes; that Pulumi saves after each step, and
what a killed CLI leaves behind, is tested with the real one (test_killed_cli.py).
"""

from pathlib import Path

from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import listener, stack_config
from tools.killed.calls import Calls
from tools.killed.program import Settings, record, stack_on
from tools.killed.running import bench_on

# What the program itself reads before it registers anything.
PREFLIGHT = [
    "get albconfigs",
    "GetLoadBalancerAttribute",
    "list ingresses",
    "list ingressclasses",
    "list albconfigs",
    "list services",
]


def _calls(lab: LabHandle) -> list[str]:
    """Return the calls since the last time, each poll once."""
    heard = Calls()
    for call in lab.management.get("/journal").json():
        heard.take("", call)
    lab.management.delete("/journal").raise_for_status()
    return [call.api for call in heard.calls]


def test_both_engines_make_the_same_calls(lab: LabHandle, tmp_path: Path) -> None:
    stack = stack_on(lab, tmp_path / "stack")
    program = record(lab, stack)
    stack.configure(stack_config(lab, listeners=[listener(lab, "alb", 443)]))
    bench = bench_on(lab, program, tmp_path / "bench")
    _calls(lab)

    stack.up()
    real = {"first up": _calls(lab)}
    stack.up()
    real["nothing to do"] = _calls(lab)
    stack.set("enabled", False)
    stack.up()
    real["disable"] = _calls(lab)
    stack.destroy()
    real["destroy"] = _calls(lab)
    for name in ("first up", "nothing to do", "disable"):
        assert real[name][: len(PREFLIGHT)] == PREFLIGHT
        del real[name][: len(PREFLIGHT)]

    ours = {}
    runs = {"first up": Settings(), "nothing to do": Settings(), "disable": Settings(enabled=False), "destroy": None}
    for name, settings in runs.items():
        assert bench.run(settings) is None
        ours[name] = _calls(lab)
    assert ours == real
