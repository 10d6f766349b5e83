"""Stores for states on loopback: a bucket over S3's API, and a database of PostgreSQL."""

import base64
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from tests.helpers.lab import wait_until
from tests.helpers.nginx import ended
from tools.toolchain import locate

_REGION = "us-east-1"
_NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_NOBODY = 65534


class StateStore(Protocol):
    """A store that a stack's environment names, and all that lies in it."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the CLI needs in its environment: the address, and credentials."""

    def contents(self) -> dict[str, bytes]:
        """Return everything in it, by its key."""


def dump(store: StateStore, folder: Path) -> None:
    """Write everything in a store into a folder, as it would lie in a store that is a folder."""
    for key, content in store.contents().items():
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket; requests must be signed with its key pair."""

    address: str
    key: str
    secret: str
    name: str = "state"

    @property
    def environment(self) -> Mapping[str, str]:
        """Address and key pair."""
        query = f"endpoint=http://{self.address}&s3ForcePathStyle=true&region={_REGION}"
        return {
            "PULUMI_BACKEND_URL": f"s3://{self.name}?{query}&response_checksum_validation=when_required",
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }

    def contents(self) -> dict[str, bytes]:
        """Return all objects."""
        listed = ET.fromstring(self._get("?list-type=2"))  # noqa: S314  # of a server that the test started
        keys = [str(each.findtext(f"{_NAMESPACE}Key")) for each in listed.iter(f"{_NAMESPACE}Contents")]
        return {key: self._get(f"/{quote(key)}") for key in keys}

    def _get(self, path: str) -> bytes:
        signing = ["--aws-sigv4", f"aws:amz:{_REGION}:s3", "--user", f"{self.key}:{self.secret}"]
        url = f"http://{self.address}/{self.name}{path}"
        return subprocess.run(["curl", "--fail", "--silent", *signing, url], capture_output=True, check=True).stdout


@contextmanager
def bucket(*options: str) -> Iterator[Bucket]:
    """Serve one, in memory, until the block ends; `options` are those of tools/go/s3-server."""
    key, secret = f"key-{secrets.token_hex(8)}", secrets.token_hex(20)
    process = subprocess.Popen(
        [locate("s3-server"), *options],
        env={"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with ended(process):
        assert process.stdout is not None
        yield Bucket(address=process.stdout.readline().strip(), key=key, secret=secret)


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database of PostgreSQL, whose user has a password."""

    port: int
    password: str
    programs: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """Address and password, which stands in no URL."""
        url = f"postgres://pulumi@127.0.0.1:{self.port}/postgres?sslmode=disable"
        return {"PULUMI_BACKEND_URL": url, "PGPASSWORD": self.password}

    def contents(self) -> dict[str, bytes]:
        """Return what lies in Pulumi's table; the key begins with the name of the database, which is left out."""
        rows = (row.split("|", 1) for row in self.query("SELECT key, data->>'data' FROM pulumi_state").splitlines())
        return {key.removeprefix("postgres/"): base64.b64decode(data) for key, data in rows}

    def query(self, statement: str) -> str:
        """Return the rows of a statement, columns between `|`."""
        reached = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "pulumi"]
        words = [str(self.programs / "psql"), *reached, "-AtqX", "postgres", "-c", statement]
        variables = {**os.environ, "PGPASSWORD": self.password}
        return subprocess.run(words, env=variables, capture_output=True, text=True, check=True).stdout


@contextmanager
def database() -> Iterator[Database]:
    """Run a server of PostgreSQL with a database until the block ends. Skipped where it is missing, but not in CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        missing = "PostgreSQL's server is missing; as root: apt-get install postgresql"
        if os.environ.get("CI"):
            pytest.fail(f"{missing}; CI=1 skips nothing")
        pytest.skip(missing)
    programs, password = found[-1].parent, secrets.token_hex(20)
    # PostgreSQL refuses to run as root, whose folders others cannot enter.
    user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="alb-mtls-postgres-", dir="/tmp"))
    try:
        (folder / "password").write_text(password)
        if user:
            shutil.chown(folder, _NOBODY, _NOBODY)
            shutil.chown(folder / "password", _NOBODY)
        initdb = [programs / "initdb", "-D", folder / "data", "-U", "pulumi", "--pwfile", folder / "password"]
        how = ["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run([*initdb, *how], **user, cwd="/", stdout=subprocess.DEVNULL, check=True)  # type: ignore[call-overload]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        settings = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
        words = [programs / "postgres", "-D", folder / "data", *(word for one in settings for word in ("-c", one))]
        log = (folder / "log").open("wb")
        process = subprocess.Popen(words, **user, cwd="/", stdout=log, stderr=log)  # type: ignore[call-overload]
        with log, ended(process):
            wait_until(lambda: _ready(programs, port), "PostgreSQL answers")
            yield Database(port=port, password=password, programs=programs)
    finally:
        shutil.rmtree(folder)


def _ready(programs: Path, port: int) -> bool:
    asked = subprocess.run(
        [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], stdin=subprocess.DEVNULL, check=False
    )
    return asked.returncode == 0
