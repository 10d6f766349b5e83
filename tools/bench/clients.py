"""What an `up` of many clients costs, beside a shell loop of openssl that makes the same, and where the time goes."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alb_mtls.pki.client import issue_client
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import generate_private_key, private_key_pem
from alb_mtls.pki.root import issue_root
from alb_mtls.pki.subject import Subject
from tools.bench import project
from tools.bench.bench_lab import BenchLab
from tools.bench.errors import BenchError
from tools.bench.processes import ENGINE, PROGRAM, PROVIDER, Usage
from tools.bench.pulumi_cli import Cli
from tools.bench.table import Table

# The two commands per client of `make lab`'s procedure, with keys on P-256; the root CA comes first.
_OPENSSL = r"""
set -eu
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 3650 -subj /C=CN/O=alibaba/CN=root \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign -keyout ca.key -out ca.crt
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth \
  subjectKeyIdentifier=hash authorityKeyIdentifier=keyid > client.cnf
i=0
while [ "$i" -lt "$1" ]; do
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=client-$i" \
    -keyout "client-$i.key" -out "client-$i.csr"
  openssl x509 -req -sha256 -days 3649 -in "client-$i.csr" -CA ca.crt -CAkey ca.key -extfile client.cnf \
    -out "client-$i.crt"
  i=$((i + 1))
done
"""
_DAYS = 3650


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """An `up` of a new stack.

    Attributes:
        seconds: how long it took.
        unsaved_seconds: how long another one took that wrote the state file only once, at its end.
        usage: of the first.
    """

    seconds: float
    unsaved_seconds: float
    usage: Usage


def deploy(lab: BenchLab, folder: Path, number: int, key: dict[str, Any], *, unsaved: bool = False) -> Deployed:
    """Time an `up` of a new stack with `number` clients, and one more without checkpoints if `unsaved`.

    Raises:
        BenchError: a command failed.
    """
    name = f"{number}-{key['algorithm']}"
    copy = project.program(folder / name, checkpoints=not unsaved)
    cli = Cli(folder=copy, environment=lab.environment(folder / f"{name}-pulumi"))
    cli.init()
    project.configure(cli.folder, project.with_clients(lab, number, key))
    up = ("up", "--yes", "--skip-preview")
    try:
        seconds, usage = cli.observed(*up)
        unsaved_seconds = seconds
        if unsaved:
            _destroy(cli)
            # Looked at as the other one was, which costs both the same.
            unsaved_seconds, _ = cli.observed(*up, PULUMI_SKIP_CHECKPOINTS="true")
    finally:
        _destroy(cli)
    return Deployed(seconds=seconds, unsaved_seconds=unsaved_seconds, usage=usage)


def _destroy(cli: Cli) -> None:
    # Not timed: without checkpoints it takes a fraction of the time.
    cli.seconds("destroy", "--yes", "--skip-preview", PULUMI_SKIP_CHECKPOINTS="true")


def openssl_seconds(folder: Path, number: int) -> float:
    """Return how long the shell loop takes for a root CA and `number` clients.

    Raises:
        BenchError: openssl failed.
    """
    folder.mkdir(parents=True)
    started = time.monotonic()
    done = subprocess.run(
        ["sh", "-c", _OPENSSL, "sh", str(number)], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        message = f"the openssl loop in {folder} ended with {done.returncode}:\n{done.stderr}"
        raise BenchError(message)
    return time.monotonic() - started


def issuing_seconds(number: int) -> float:
    """Return how long keys and certificates alone take, made by alb_mtls/pki in this process, one after another."""
    spec = KeySpec(algorithm="ecdsa", size=None, curve="P-256")
    root_key = generate_private_key(spec)
    now = datetime.now(UTC)
    root = issue_root(key=root_key, subject=Subject(common_name="root"), validity=timedelta(days=_DAYS), now=now)
    started = time.monotonic()
    for each in range(number):
        key = generate_private_key(spec)
        certificate = issue_client(
            issuer_certificate=root,
            issuer_key=root_key,
            public_key=key.public_key(),
            subject=Subject(common_name=f"client-{each}"),
            sans=[],
            validity=timedelta(days=_DAYS),
            now=now,
        )
        private_key_pem(key)
        certificate_pem(certificate)
    return time.monotonic() - started


def measure(
    lab: BenchLab, folder: Path, *, numbers: tuple[int, ...], report: Callable[[str], None]
) -> tuple[list[Table], dict[str, Deployed]]:
    """Time an `up` for each number of P-256 clients.

    Returns:
        The tables, and what was deployed, by a name for people.

    Raises:
        BenchError: a command failed.
    """
    report("clients: up of 1")
    one = deploy(lab, folder, 1, project.P256)
    total = Table(
        title="An up of many clients, beside a shell loop of openssl",
        columns=("P-256 clients", "up", "openssl loop", "up / loop", "up per client", "loop per client"),
    )
    parts = Table(
        title="Where the time of that up goes",
        columns=("", *(f"{number} clients" for number in numbers)),
    )
    deployed = {"up of 1 client": one}
    columns = []
    for number in numbers:
        report(f"clients: up of {number}, with and without checkpoints")
        done = deploy(lab, folder, number, project.P256, unsaved=True)
        deployed[f"up of {number} clients"] = done
        report(f"clients: openssl loop of {number}")
        loop = openssl_seconds(folder / f"openssl-{number}", number)
        total.add(
            str(number),
            f"{done.seconds:.1f} s",
            f"{loop:.1f} s",
            f"{done.seconds / loop:.1f}",
            f"{done.seconds / number * 1000:.0f} ms",
            f"{loop / number * 1000:.0f} ms",
        )
        columns.append(_parts(done, one, issuing_seconds(number)))
    for name in columns[0]:
        parts.add(name, *(_shown(column[name]) for column in columns))
    parts.notes.extend(
        (
            "The first four rows add up to the `up`, but for what scatters between two runs.",
            "Saving is what the same `up` is faster with `PULUMI_SKIP_CHECKPOINTS=true`, which saves once.",
            "A file backend writes the whole file before and after each step, so this part grows with the square.",
            "It is what lets a killed run be healed: leave that variable alone in production.",
        )
    )
    return [total, parts], deployed


def _shown(seconds: float) -> str:
    # Differences of measurements scatter around nothing.
    return f"{max(seconds, 0.0):.1f} s"


def _parts(done: Deployed, one: Deployed, issuing: float) -> dict[str, float]:
    saving = done.seconds - done.unsaved_seconds
    return {
        "saving the state file": saving,
        "what an `up` of one client takes: start, CAS, listener, proof": one.seconds,
        "keys and certificates": issuing,
        "registering and calling the providers": done.seconds - saving - one.seconds - issuing,
        "CPU time of the engine": done.usage.cpu_seconds[ENGINE],
        "CPU time of the program": done.usage.cpu_seconds[PROGRAM],
        "CPU time of the provider process": done.usage.cpu_seconds[PROVIDER],
    }
