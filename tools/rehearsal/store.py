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


@contextmanager
def running_store() -> Iterator[dict[str, str]]:
    """Run a store that is new; yield what Pulumi needs in its environment to use it.

    Raises:
        OSError: it does not start.
    """
    credentials = {"AWS_ACCESS_KEY_ID": secrets.token_hex(8), "AWS_SECRET_ACCESS_KEY": secrets.token_hex(16)}
    command = [str(locate("s3-server")), "-bucket", _BUCKET]
    environment = {**os.environ, **credentials}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as store:
        try:
            address = cast("IO[str]", store.stdout).readline().strip()
            url = f"s3://{_BUCKET}?endpoint=http://{address}&s3ForcePathStyle=true&region=us-east-1"
            # What it answers has no checksum, of which the SDK would warn with each answer.
            quiet = {"AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"}
            yield {**credentials, **quiet, "PULUMI_BACKEND_URL": url}
        finally:
            store.terminate()
            store.wait(_SECONDS)
