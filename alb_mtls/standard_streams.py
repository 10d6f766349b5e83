"""Standard output and error of a command: whoever stops reading ends nothing, and no character stops it."""

import io
import os
import sys
from typing import Any


def prepare_streams() -> None:
    """Go on in silence when nobody reads any more, and escape what the locale of the terminal cannot show.

    `python -m ops status | head -1` then ends as it would have, with the same exit code; Python itself would print a
    complaint, or end a command that has written half of what it must. SIGPIPE cannot serve: by default it would end the
    process at a write to any connection that the other side has closed, and a proof has thousands of them.
    """
    sys.stdout = _tolerant(sys.stdout)
    sys.stderr = _tolerant(sys.stderr)


class _MayVanish(io.FileIO):
    """A file whose reader may go away."""

    def write(self, data: Any, /) -> int:
        try:
            written: int = super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(data)
        return written


def _tolerant(stream: Any) -> Any:
    if not isinstance(stream, io.TextIOWrapper):
        # Closed by who began the command.
        return stream
    stream.flush()
    # A raw file of its own: to close it would close what the interpreter holds beside it.
    raw = _MayVanish(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
