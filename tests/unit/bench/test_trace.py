"""What processes of Pulumi write down for the bench, and what is made of it."""

import importlib
import json
import os
import subprocess
import sys
from functools import reduce
from pathlib import Path

import pytest

from tools.bench.timeline import ELSE, Span, exclusive, group_of, stacked
from tools.bench.trace import CALLS, Event, events, seconds_of, traced

_MODULE = """
import json
import time


def work():
    time.sleep(0.01)


class Worker:
    def work(self):
        raise ValueError
"""
_PROGRAM = """
import worked
from worked import work
work()
try:
    worked.Worker().work()
except ValueError:
    pass
"""


def _event(name: str, begin: float, end: float, kind: str = "call") -> Event:
    return Event(pid=1, kind=kind, name=name, begin=begin, end=end, thread=1)


def _ran(folder: Path, environment: dict[str, str]) -> list[Event]:
    (folder / "worked.py").write_text(_MODULE, "utf-8")
    program = folder / "program.py"
    program.write_text(_PROGRAM, "utf-8")
    subprocess.run([sys.executable, str(program)], check=True, env={**os.environ, **environment}, cwd=folder)
    return events(folder / "trace")


@pytest.mark.parametrize("imports", [True, False])
def test_a_process_writes_down_what_it_calls_and_its_imports_where_they_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, imports: bool
) -> None:
    for path in ("work", "Worker.work"):
        monkeypatch.setitem(CALLS, f"worked:{path}", f"this {path}")
    needed = ["worked:work", "worked:Worker.work"]
    found = _ran(tmp_path, traced(tmp_path / "trace", needed, imports=imports))
    called = [event.name for event in found if event.kind == "call"]
    assert called == ["this work", "this Worker.work"]
    assert seconds_of(found, "this work") >= 0.01
    assert ("worked" in [event.name for event in found if event.kind == "import"]) is imports


def test_a_process_writes_nothing_where_nobody_needs_it(tmp_path: Path) -> None:
    environment = traced(tmp_path / "trace", [])
    del environment["ALB_MTLS_BENCH_TRACE"]
    assert _ran(tmp_path, environment) == []


def test_what_passes_side_by_side_counts_once() -> None:
    found = [_event("a", 0.0, 2.0), _event("a", 1.0, 3.0), _event("b", 0.0, 9.0), _event("a", 5.0, 6.0)]
    assert seconds_of(found, "a") == 4.0
    assert seconds_of(found, "c") == 0.0


@pytest.mark.parametrize("where", CALLS)
def test_what_is_noted_is_there_under_that_name(where: str) -> None:
    module, _, path = where.partition(":")
    assert callable(reduce(getattr, path.split("."), importlib.import_module(module)))


def test_of_modules_that_import_each_other_the_innermost_one_counts() -> None:
    imports = [_event("components", 0.0, 10.0, "import"), _event("kubernetes", 2.0, 5.0, "import")]
    stretches = exclusive(imports)
    assert [(begin, end, group_of(name)) for begin, end, name in stretches] == [
        (0.0, 2.0, "this project"),
        (2.0, 5.0, "Kubernetes client"),
        (5.0, 10.0, "this project"),
    ]


def test_neighbours_of_one_group_are_one_stretch() -> None:
    imports = [_event("alb_mtls.pki", 0.0, 2.0, "import"), _event("components.settings", 2.0, 3.0, "import")]
    assert [(begin, end) for begin, end, _ in exclusive(imports)] == [(0.0, 3.0)]


@pytest.mark.parametrize(
    ("module", "group"),
    [
        ("alibabacloud_alb20200616.models", "Alibaba Cloud SDKs"),
        ("pulumi.runtime", "pulumi and grpc"),
        ("asyncio.events", ELSE),
    ],
)
def test_a_module_is_counted_with_its_package(module: str, group: str) -> None:
    assert group_of(module) == group


def test_spans_share_a_row_only_where_they_do_not_overlap() -> None:
    taken = (("a", 0, 2), ("b", 1, 3), ("c", 2, 4))
    spans = [Span(begin=begin, end=end, name=name, group="") for name, begin, end in taken]
    assert [[one.name for one in row] for row in stacked(spans)] == [["a", "c"], ["b"]]


def test_a_line_of_a_trace_is_read_as_it_was_written(tmp_path: Path) -> None:
    line = {"kind": "call", "name": "a", "begin": 1.0, "end": 2.5, "thread": 7}
    (tmp_path / "12.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    [event] = events(tmp_path)
    assert (event.pid, event.name, event.seconds) == (12, "a", 1.5)
