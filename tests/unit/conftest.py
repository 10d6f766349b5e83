"""A stack file that works, and a way to read it with one thing changed."""

import copy
import os
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import parse_settings
from alb_mtls.configuration.problems import SettingsError
from tests.helpers.stack_file import Change, surroundings

# A machine with other work on it takes a second for what takes milliseconds otherwise.
hypothesis.settings.register_profile("without deadline", deadline=None)
hypothesis.settings.load_profile("without deadline")
# No unit test trusts a CA of the system, and to read them takes 20 ms for each client of a cluster.
os.environ["SSL_CERT_FILE"] = os.devnull

WORKING: dict[str, Any] = {
    "enabled": "true",
    "rootCa": {
        "source": "generated",
        "subject": {
            "country": "CN",
            "state": "bj",
            "locality": "bj",
            "organization": "alibaba",
            "organizationalUnit": "test",
            "commonName": "root",
        },
        "key": {"algorithm": "ecdsa", "curve": "P-256"},
    },
    "clients": [{"name": "alice", "subject": {"commonName": "alice"}}],
    "cas": {"endpoint": "international"},
    "listeners": [{"albConfig": "alb", "port": 443}],
    "proof": {"host": "demo.alb.ingress.top"},
}

Read = Callable[..., Settings]


@pytest.fixture
def read() -> Read:
    """Read the working stack file after some changes, with files given as texts."""

    def reading(
        *changes: Change,
        files: dict[str, str] | None = None,
        region: str | None = "cn-hangzhou",
        preview: bool = False,
    ) -> Settings:
        values = copy.deepcopy(WORKING)
        for change in changes:
            change(values)

        def read_file(path: str) -> str:
            if path not in (files or {}):
                raise FileNotFoundError(2, "No such file or directory")
            return (files or {})[path]

        around = surroundings(region={"alicloud:region": region}, read_file=read_file, preview=preview)
        return parse_settings(values, around)

    return reading


@pytest.fixture
def problems(read: Read) -> Callable[..., tuple[str, ...]]:
    """Return what is said about a stack file with some changes; nothing when it is accepted."""

    def said(*changes: Change, **options: Any) -> tuple[str, ...]:
        try:
            read(*changes, **options)
        except SettingsError as error:
            return error.problems
        return ()

    return said
