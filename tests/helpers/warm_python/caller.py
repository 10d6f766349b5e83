"""The Python of a stack in a test: hands over to `server.py` what it is called with, and ends as that process ends.

It is replaced by Python itself for another program than this project's. `{python}`, `{project}` and `{folder}` are
filled in where it is written to.
"""

import contextlib
import marshal
import os
import signal
import socket
import sys
from pathlib import Path

_MODULES = ("components.providers.server", "ops")
_PROGRAM = ("__main__.py", "alb_mtls", "components")
# EX_SOFTWARE of sysexits.h.
_SERVER_DIED = 70


def _is_known(words: list[str]) -> bool:
    """Whether Pulumi starts program or provider, or a person `python -m ops`, and all of it is this project's."""
    words = words[1:] if words[:1] == ["-u"] else words
    known = words[:1] == ["-m"] and words[1] in _MODULES
    return (known or words[0].endswith("/pulumi-language-python-exec")) and all(
        os.path.realpath(each) == "{project}/" + each for each in _PROGRAM
    )


def _hand_over(words: list[str]) -> int:
    with socket.socket(socket.AF_UNIX) as server:

        def hand_on(number: int, _: object) -> None:
            # The process can have ended before its caller reads so.
            with contextlib.suppress(OSError):
                server.send(bytes([number]))

        server.connect("{folder}/socket")
        call = marshal.dumps(([os.fsencode(word) for word in words], dict(os.environb), bytes(Path.cwd())))
        socket.send_fds(server, [len(call).to_bytes(4, "big")], [0, 1, 2])
        server.sendall(call)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, hand_on)
        ended = server.recv(4)
    code = int.from_bytes(ended, "big", signed=True) if ended else _SERVER_DIED
    if code < 0:
        # Of SIGKILL there is no other handling.
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def main(words: list[str]) -> None:
    """Do what `python WORDS` does."""
    if words and _is_known(words):
        sys.exit(_hand_over(words))
    else:
        os.execv("{python}", ["{python}", *words])  # noqa: S606  # the words are those of Pulumi


if __name__ == "__main__":
    main(sys.argv[1:])
