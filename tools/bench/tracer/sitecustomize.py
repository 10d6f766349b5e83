"""Writes down when a process of Pulumi's imports and calls what; Python runs it first where PYTHONPATH has its folder.

The bench alone sets PYTHONPATH so; the program knows nothing of it. Each process has a file of its own, one JSON line
for each event, written at once: a provider process may end without notice. Times are of the monotonic clock, which all
processes of a machine share.
"""

import functools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

_FOLDER = os.environ.get("ALB_MTLS_BENCH_TRACE")
# `module:function` or `module:Class.method`, each with the name that it is shown by after a `=`; one a line.
_CALLS = os.environ.get("ALB_MTLS_BENCH_CALLS", "")
_IMPORTS = os.environ.get("ALB_MTLS_BENCH_IMPORTS") == "yes"

_GRPC = "pulumi.runtime.proto.provider_pb2_grpc"
_METHODS = ("Configure", "Check", "Diff", "Create", "Read", "Update", "Delete")


class _Trace:
    """The file of this process."""

    def __init__(self, folder: str) -> None:
        self._lock = threading.Lock()
        path = os.path.join(folder, f"{os.getpid()}.jsonl")  # noqa: PTH118 - pathlib is not loaded yet
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, kind: str, name: str, begin: float, end: float) -> None:
        """Write one event."""
        event = {"kind": kind, "name": name, "begin": begin, "end": end, "thread": threading.get_ident()}
        with self._lock:
            os.write(self._descriptor, (json.dumps(event) + "\n").encode())

    def called(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that writes down each of its calls."""

        @functools.wraps(call)
        def noted(*args: Any, **kwargs: Any) -> Any:
            begin = time.monotonic()
            try:
                return call(*args, **kwargs)
            finally:
                self.write("call", name, begin, time.monotonic())

        return noted


class _Finder:
    """Stands before all finders, and lets each module be noted that they find."""

    def __init__(self, trace: _Trace, calls: dict[str, list[tuple[str, str]]]) -> None:
        self._trace = trace
        self._calls = calls
        self._inside = threading.local()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return what the other finders have found."""
        if not _IMPORTS and name not in self._calls and name != _GRPC:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._note(name, spec.loader)
                return spec
        return None

    def _note(self, name: str, loader: Any) -> None:
        # Loaders of files are one object for each module; those of built-in modules are classes, and take no time.
        if loader is None or isinstance(loader, type) or not hasattr(loader, "exec_module"):
            return
        execute = loader.exec_module

        def noted(module: Any) -> None:
            begin = time.monotonic()
            try:
                execute(module)
            finally:
                if _IMPORTS:
                    self._trace.write("import", name, begin, time.monotonic())
            self._wrap(name, module)

        loader.exec_module = noted

    def _wrap(self, name: str, module: Any) -> None:
        for path, shown in self._calls.get(name, ()):
            *owners, last = path.split(".")
            owner = functools.reduce(getattr, owners, module)
            setattr(owner, last, self._trace.called(shown, getattr(owner, last)))
        if name == _GRPC:
            self._wrap_server(module)

    def _wrap_server(self, module: Any) -> None:
        add = module.add_ResourceProviderServicer_to_server

        def add_noted(servicer: Any, server: Any) -> None:
            for method in _METHODS:
                setattr(servicer, method, self._answered(method, getattr(servicer, method)))
            add(servicer, server)

        module.add_ResourceProviderServicer_to_server = add_noted

    def _answered(self, method: str, answer: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def noted(request: Any, context: Any) -> Any:
            begin = time.monotonic()
            try:
                return answer(request, context)
            finally:
                # Of a URN the last part of the type and the name of the resource.
                urn = getattr(request, "urn", "").split("::")
                name = f"{method} {urn[2].rpartition(':')[2]} {urn[3]}" if len(urn) > 3 else method  # noqa: PLR2004 - the parts of a URN
                self._trace.write("request", name, begin, time.monotonic())

        return noted


def _calls_by_module(lines: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    calls: dict[str, list[tuple[str, str]]] = {}
    for line in lines:
        where, _, shown = line.partition("=")
        module, _, path = where.partition(":")
        calls.setdefault(module, []).append((path, shown))
    return calls


def _started() -> float:
    """Return when the kernel has started this process, to a hundredth of a second."""
    with open("/proc/self/stat", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is not loaded yet
        ticks = int(file.read().rpartition(")")[2].split()[19])
    return min(ticks / os.sysconf("SC_CLK_TCK"), time.monotonic())


if _FOLDER:
    _trace = _Trace(_FOLDER)
    _trace.write("process", " ".join(sys.orig_argv), _started(), time.monotonic())
    sys.meta_path.insert(0, _Finder(_trace, _calls_by_module(_CALLS.splitlines())))
