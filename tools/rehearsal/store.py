"""An S3-compatible store on loopback, in which both environments keep their states."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

from tools.toolchain import locate

_BUCKET = "states"
_SECONDS = 20
# It ends when its standard input does: whoever is killed closes that too.
_UNTIL_CLOSED = '"$@" & read -r _; kill $!; wait $!'


@contextmanager
def running_store() -> Iterator[dict[str, str]]:
    """Run a store that is new; yield what Pulumi needs in its environment to use it.

    Raises:
        OSError: it does not start.
    """
    credentials = {"AWS_ACCESS_KEY_ID": secrets.token_hex(8), "AWS_SECRET_ACCESS_KEY": secrets.token_hex(16)}
    command = ["sh", "-c", _UNTIL_CLOSED, "sh", str(locate("s3-server")), "-bucket", _BUCKET]
    environment = {**os.environ, **credentials}
    # In a session of its own no Ctrl-C reaches it: an interrupted pulumi has a lock to give back.
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as store:
        try:
            address = cast("IO[str]", store.stdout).readline().strip()
            url = f"s3://{_BUCKET}?endpoint=http://{address}&s3ForcePathStyle=true&region=us-east-1"
            # What it answers has no checksum, of which the SDK would warn with each answer.
            quiet = {"AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"}
            yield {**credentials, **quiet, "PULUMI_BACKEND_URL": url}
        finally:
            cast("IO[str]", store.stdin).close()
            store.wait(_SECONDS)
