"""Files that only their owner may read."""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_private(file: "Path", content: bytes | str) -> None:
    """Write a file with mode 0600 so that a reader finds the old content or the new, never a part."""
    data = content.encode() if isinstance(content, str) else content
    part = file.with_name(f"{file.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    part.replace(file)
