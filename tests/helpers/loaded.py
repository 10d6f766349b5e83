"""What a new process has loaded after some lines of Python."""

import json

from tests.helpers.forked import PULUMI, forked

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


def loaded(code: str, *, after: str = PULUMI) -> set[str]:
    """Return which of the heavy packages a process has loaded that has run the code, and `after` before it."""
    look = f"import sys, json\n{code}\nprint(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    answered = forked(look, after=after)
    assert answered.returncode == 0, answered.stderr
    return set(json.loads(answered.stdout.splitlines()[-1]))
