"""A Python that has imported all of this project and what it needs, and forks for each process that is started.

`python server.py FOLDER PROJECT` imports the packages of PROJECT, and listens at FOLDER/socket until its standard input
ends, for what `caller.py` hands over: arguments, environment, folder and standard streams, and then each signal that it
gets. It answers with how the process has ended.
"""

import gc
import importlib
import io
import marshal
import os
import pkgutil
import random
import runpy
import selectors
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path

_PACKAGES = ("alb_mtls", "components", "ops")
# What these import when they first call.
_LATER = ("alibabacloud_tea_openapi.client", "grpc._channel", "grpc._server")
# They read the environment when they are imported, the first one for the other, and are taken by no other name.
_READING = ("alibabacloud_credentials.utils.auth_util", "alibabacloud_credentials.utils.auth_constant")


class Server:
    """Forks for each caller, hands on its signals, and ends a process whose caller was killed."""

    def __init__(self, folder: Path) -> None:
        """Listen."""
        self._selector = selectors.DefaultSelector()
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(folder / "socket"))
        self._listening.listen()
        self._callers: dict[int, socket.socket] = {}
        self._handles: dict[int, int] = {}
        self._selector.register(self._listening, selectors.EVENT_READ, self._accept)
        self._selector.register(sys.stdin, selectors.EVENT_READ, None)

    def serve(self) -> list[str] | None:
        """Return in each forked process the words that Python is called with, and nothing when all is over."""
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    for process in self._callers:
                        os.kill(process, signal.SIGKILL)
                    return None
                words: list[str] | None = key.data()
                if words is not None:
                    return words

    def _accept(self) -> list[str] | None:
        caller, _ = self._listening.accept()
        try:
            size, streams, _, _ = socket.recv_fds(caller, 4, 3)
            # Not by a buffered file: what follows is a signal.
            sent = caller.recv(int.from_bytes(size, "big"), socket.MSG_WAITALL)
            words, environment, folder = marshal.loads(sent)  # noqa: S302  # of this user
        except (OSError, EOFError):
            # It was killed meanwhile.
            caller.close()
            return None
        process = os.fork()
        if process == 0:
            self._let_go(caller)
            _become(environment, folder, streams)
            return [os.fsdecode(word) for word in words]
        for stream in streams:
            os.close(stream)
        handle = os.pidfd_open(process)
        self._callers[process], self._handles[process] = caller, handle
        self._selector.register(handle, selectors.EVENT_READ, lambda: self._ended(process))
        self._selector.register(caller, selectors.EVENT_READ, lambda: self._hand_on(process))
        return None

    def _hand_on(self, process: int) -> None:
        # Unless it has ended at once.
        if process not in self._callers:
            return
        caller = self._callers[process]
        try:
            numbers = caller.recv(64)
        except OSError:
            numbers = b""
        if not numbers:
            # The caller was killed.
            self._selector.unregister(caller)
        # It was not waited for yet, so the number is still its own.
        for number in numbers or [signal.SIGKILL]:
            os.kill(process, number)

    def _ended(self, process: int) -> None:
        _, status = os.waitpid(process, 0)
        caller, handle = self._callers.pop(process), self._handles.pop(process)
        for one in (caller, handle):
            with suppress(KeyError):
                self._selector.unregister(one)
        os.close(handle)
        with caller, suppress(OSError):
            caller.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))

    def _let_go(self, caller: socket.socket) -> None:
        for held in (caller, self._listening, *self._callers.values()):
            held.close()
        for handle in self._handles.values():
            os.close(handle)
        self._selector.close()


def _become(environment: dict[bytes, bytes], folder: bytes, streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environb.clear()
    os.environb.update(environment)
    for name in _READING:
        importlib.reload(sys.modules[name])
    # Else all of them would draw the same numbers.
    random.seed()


def _open_streams(*, buffered: bool) -> None:
    """Give `sys` its streams, as Python does when it starts."""
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
    for name, number in (("stdout", 1), ("stderr", 2)):
        file = io.FileIO(number, "wb", closefd=False)
        text = io.TextIOWrapper(
            io.BufferedWriter(file) if buffered else file,
            encoding="utf-8",
            errors="backslashreplace" if name == "stderr" else "strict",
            line_buffering=name == "stderr" or os.isatty(number),
            write_through=not buffered,
        )
        setattr(sys, name, text)


def _run(words: list[str]) -> None:
    """Do what `python WORDS` does: `[-u] -m MODULE ...` or `[-u] FILE ...`."""
    unbuffered = words[0] == "-u"
    _open_streams(buffered=not unbuffered)
    words = words[unbuffered:]
    by_name = words[0] == "-m"
    first, *arguments = words[by_name:]
    others = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    # In its first place stands the project.
    sys.path[:1] = [str(Path.cwd() if by_name else Path(first).resolve().parent), *others]
    sys.argv = [first, *arguments]
    if by_name:
        runpy.run_module(first, run_name="__main__", alter_sys=True)
    else:
        runpy.run_path(first, run_name="__main__")


def _import_all(project: str) -> None:
    sys.path[0] = project
    for package in map(importlib.import_module, _PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith(".__main__"):
                importlib.import_module(module.name)
    for name in _LATER:
        importlib.import_module(name)


def main(folder: str, project: str) -> None:
    """Import, listen, print a line, and serve."""
    _import_all(project)
    # What no process changes stays in common.
    gc.collect()
    gc.freeze()
    server = Server(Path(folder))
    print(flush=True)  # noqa: T201  # read by who has started it
    words = server.serve()
    if words is not None:
        _run(words)


if __name__ == "__main__":
    main(*sys.argv[1:])
