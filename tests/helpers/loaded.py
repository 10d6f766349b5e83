"""What a new process has loaded after some lines of Python."""

import json
import subprocess
import sys

from tests.helpers.documents import REPOSITORY

HEAVY = (
    "OpenSSL",
    "aioquic",
    "alibabacloud_tea_openapi",
    "cryptography",
    "h11",
    "h2",
    "jinja2",
    "kubernetes",
    "prometheus_client",
    "requests",
    "tenacity",
    "urllib3",
)


def loaded(code: str) -> set[str]:
    """Return which of the heavy packages a process has loaded that has run the code."""
    look = f"import sys, json\n{code}\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    answered = subprocess.run([sys.executable, "-c", look], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return set(json.loads(answered.stdout.splitlines()[-1]))
