"""What the processes of one CLI call did when, as rows of spans; seconds count from the begin of the call."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from tools.bench.processes import ENGINE, OTHERS, PROGRAM, PROVIDER, part_of
from tools.bench.samples import Samples
from tools.bench.trace import CALLS, CONNECTIONS, Event, processes, seconds_of

_GROUPS = {
    "pulumi": "pulumi and grpc",
    "grpc": "pulumi and grpc",
    "google": "pulumi and grpc",
    "dill": "pulumi and grpc",
    "semver": "pulumi and grpc",
    "pulumi_kubernetes": "pulumi and grpc",
    "pulumi_alicloud": "pulumi and grpc",
    "components": "this project",
    "alb_mtls": "this project",
    "cryptography": "cryptography and OpenSSL",
    "OpenSSL": "cryptography and OpenSSL",
    "service_identity": "cryptography and OpenSSL",
    "kubernetes": "Kubernetes client",
    "alibabacloud": "Alibaba Cloud SDKs",
    "darabonba": "Alibaba Cloud SDKs",
    "Tea": "Alibaba Cloud SDKs",
    "requests": "HTTP",
    "urllib3": "HTTP",
    "aiohttp": "HTTP",
    "httpx": "HTTP",
    "h2": "HTTP",
    "h11": "HTTP",
    "aioquic": "HTTP",
}
ELSE, _LAB = "Python's own and others", "calls of the lab's APIs, and its ALB"
_PARTS = {ENGINE: "engine", PROGRAM: "program", PROVIDER: "provider process", OTHERS: "other processes"}
_SHORTEST_SECONDS = 0.001


class Span(BaseModel):
    """Something that took a while.

    Attributes:
        name: for people.
        group: decides on its colour.
    """

    begin: float
    end: float
    name: str
    group: str

    @property
    def seconds(self) -> float:
        """How long."""
        return self.end - self.begin


class Lane(BaseModel):
    """One process, or one API.

    Attributes:
        name: for people.
        used: time and how many processors it used until then, since the one before.
        rows: of spans; those of one row do not overlap.
    """

    name: str
    used: list[tuple[float, float]] = []
    rows: list[list[Span]] = []


class Timeline(BaseModel):
    """One CLI call.

    Attributes:
        title: for people.
        seconds: from begin to end.
        lanes: from top to bottom.
        imports: exclusive seconds of each group of modules, by part.
        spent: seconds of calls and of the lab, by name; what passes side by side counts once.
        used: processor seconds of each part, by the name of its lane.
    """

    title: str
    seconds: float
    lanes: list[Lane]
    imports: dict[str, dict[str, float]]
    spent: dict[str, float]
    used: dict[str, float]


def timeline(
    title: str,
    samples: Samples,
    found: Sequence[Event],
    calls: Iterable[dict[str, Any]],
    *,
    changes: Iterable[dict[str, Any]],
    wall_offset: float,
) -> Timeline:
    """Put together what is known of one call.

    Args:
        title: for people.
        samples: of its processes.
        found: events of its Python processes.
        calls: of the lab's APIs, as its journal has them.
        changes: of the lab's listeners, as it has noted them.
        wall_offset: seconds from the monotonic clock to the time of day.
    """
    parts = {pid: part_of(command) for pid, command in samples.commands.items()}
    parts |= {pid: part_of(line.split()) for pid, line in processes(found).items()}
    lanes, imports = [], {}
    for part, name in _PARTS.items():
        own = [event for event in found if parts.get(event.pid) == part]
        taken = list(_imported(own, samples.begun))
        lane = Lane(name=_named(name, own), used=list(_used(samples, part)), rows=_rows(own, taken, samples.begun))
        if part != OTHERS or any(used for _, used in lane.used):
            lanes.append(lane)
        if taken:
            imports[part] = _by_group(taken)
    seconds = samples.ended - samples.begun
    of_lab = [*_of_apis(calls, samples.begun + wall_offset, seconds)]
    of_lab += _of_controller(changes, samples.begun + wall_offset, seconds)
    spent = {name: seconds_of(found, name) for name in CALLS.values()}
    spent = {name: took for name, took in spent.items() if took >= _SHORTEST_SECONDS}
    spent |= {lane.name: _covered(lane) for lane in of_lab}
    used = {lane.name: _processor_seconds(lane) for lane in lanes}
    return Timeline(title=title, seconds=seconds, lanes=[*lanes, *of_lab], imports=imports, spent=spent, used=used)


def _processor_seconds(lane: Lane) -> float:
    times = [0.0, *(at for at, _ in lane.used)]
    return sum((at - before) * used for before, (at, used) in zip(times, lane.used, strict=False))


def _named(name: str, own: Sequence[Event]) -> str:
    """Return the name of a lane; where it is that of none of ours, with the module that its Python runs."""
    lines = [event.name.split() for event in own if event.kind == "process"]
    modules = [words[words.index("-m") + 1] for words in lines if "-m" in words[:-1]]
    return f"others: {', '.join(dict.fromkeys(modules))}" if name == _PARTS[OTHERS] and modules else name


def _covered(lane: Lane) -> float:
    total, until = 0.0, 0.0
    for span in sorted((one for row in lane.rows for one in row), key=lambda one: one.begin):
        total += max(span.end - max(span.begin, until), 0.0)
        until = max(until, span.end)
    return total


def _used(samples: Samples, part: str) -> Iterator[tuple[float, float]]:
    before = samples.begun
    for at, used in samples.used:
        if at > before:
            yield round(at - samples.begun, 4), round(used.get(part, 0.0) / (at - before), 3)
        before = at


def _rows(own: Sequence[Event], imported: list[Span], begun: float) -> list[list[Span]]:
    long_enough = [one for one in own if one.seconds >= _SHORTEST_SECONDS]
    requests = [_of(one, begun, "requests of the engine") for one in long_enough if one.kind == "request"]
    called = [
        _of(one, begun, one.name if one.name == CONNECTIONS else "look, proof and waits")
        for one in long_enough
        if one.kind == "call"
    ]
    started = [
        span(one.begin - begun, one.end - begun, "start of Python", ELSE) for one in own if one.kind == "process"
    ]
    drawn = [*started, *(one for one in imported if one.seconds >= _SHORTEST_SECONDS)]
    return [*stacked(drawn), *stacked(requests), *stacked(called)]


def _of(event: Event, begun: float, group: str) -> Span:
    return span(event.begin - begun, event.end - begun, event.name, group)


def span(begin: float, end: float, name: str, group: str) -> Span:
    """Return a span of whole tenths of a millisecond."""
    return Span(begin=round(begin, 4), end=round(end, 4), name=name, group=group)


def group_of(module: str) -> str:
    """Return the group of modules that one is counted with."""
    top = module.partition(".")[0]
    return _GROUPS.get(top) or _GROUPS.get(top.partition("_")[0]) or ELSE


def _imported(own: Sequence[Event], begun: float) -> Iterator[Span]:
    """Return what was imported when: of modules that import each other, always the innermost one."""
    for segment in exclusive([event for event in own if event.kind == "import"]):
        begin, end, name = segment
        yield span(begin - begun, end - begun, f"import of {group_of(name)}", group_of(name))


def exclusive(imports: Sequence[Event]) -> list[tuple[float, float, str]]:
    """Return begin, end and module of the stretches in which each import was the innermost one of its thread.

    Neighbours of one group are joined.
    """
    stretches: list[tuple[float, float, str]] = []
    for thread in {(event.pid, event.thread) for event in imports}:
        stack: list[tuple[float, str]] = []
        at = 0.0
        for event in sorted((one for one in imports if (one.pid, one.thread) == thread), key=lambda one: one.begin):
            while stack and stack[-1][0] <= event.begin:
                end, name = stack.pop()
                stretches.append((at, end, name))
                at = end
            if stack:
                stretches.append((at, event.begin, stack[-1][1]))
            stack.append((event.end, event.name))
            at = event.begin
        while stack:
            end, name = stack.pop()
            stretches.append((at, end, name))
            at = end
    return _joined(sorted(stretches))


def _joined(stretches: list[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    joined: list[tuple[float, float, str]] = []
    for begin, end, name in stretches:
        if joined and group_of(joined[-1][2]) == group_of(name) and begin - joined[-1][1] < _SHORTEST_SECONDS:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]), joined[-1][2])
        elif end > begin:
            joined.append((begin, end, name))
    return joined


def _by_group(spans: Iterable[Span]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for span in spans:
        seconds[span.group] = seconds.get(span.group, 0.0) + span.seconds
    return dict(sorted(seconds.items(), key=lambda item: -item[1]))


def stacked(spans: Iterable[Span]) -> list[list[Span]]:
    """Put spans into as few rows as they need without overlapping in one of them."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda one: (one.begin, -one.end)):
        row = next((each for each in rows if each[-1].end <= span.begin), None)
        if row is None:
            rows.append([span])
        else:
            row.append(span)
    return rows


def _of_apis(calls: Iterable[dict[str, Any]], begun: float, seconds: float) -> Iterator[Lane]:
    spans: dict[str, list[Span]] = {}
    for call in calls:
        begin = datetime.fromisoformat(call["started"]).timestamp() - begun
        end = seconds if call["ended"] is None else datetime.fromisoformat(call["ended"]).timestamp() - begun
        service = call["service"]
        # The journal has milliseconds: what is shorter is still shown.
        spans.setdefault(service, []).append(span(begin, max(end, begin + _SHORTEST_SECONDS), call["api"], _LAB))
    for service in sorted(spans):
        yield Lane(name=f"API {service}", rows=stacked(spans[service]))


def _of_controller(changes: Iterable[dict[str, Any]], begun: float, seconds: float) -> Iterator[Lane]:
    """Return when the ALB and the data plane of the lab followed a change that its controller had made."""
    spans = []
    for change in changes:
        begin = datetime.fromisoformat(change["begun"]).timestamp() - begun
        end = seconds if change["running"] is None else datetime.fromisoformat(change["running"]).timestamp() - begun
        if 0 <= begin <= seconds:
            spans.append(span(begin, end, "listener follows", _LAB))
    if spans:
        yield Lane(name="ALB of the lab", rows=stacked(spans))
