"""How many RSA 4096 keys a second the machine makes, and how many an `up` gets out of it."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.keys import generate_private_key
from tools.bench import project
from tools.bench.bench_lab import BenchLab
from tools.bench.clients import Deployed, deploy
from tools.bench.table import Table

_SPEC = KeySpec(algorithm="rsa", size=4096, curve=None)


def measure(
    lab: BenchLab, folder: Path, *, clients: int, keys: int, report: Callable[[str], None]
) -> tuple[Table, Deployed]:
    """Compare the raw rate with that of an `up`, and with the same `up` with P-256 keys.

    Raises:
        BenchError: a command failed.
    """
    processors = len(os.sched_getaffinity(0))
    report(f"RSA: {keys} keys of 4096 bits in {processors} threads")
    started = time.monotonic()
    with ThreadPoolExecutor(processors) as pool:
        list(pool.map(lambda _: generate_private_key(_SPEC), range(keys)))
    raw = keys / (time.monotonic() - started)
    report(f"RSA: up of {clients} P-256 clients")
    light = deploy(lab, folder, clients, project.P256)
    report(f"RSA: up of {clients} RSA clients")
    heavy = deploy(lab, folder, clients, project.RSA_4096)
    table = Table(
        title="RSA 4096 keys",
        columns=("", "time", "keys a second", "of the raw rate"),
        rows=[
            (f"raw: {keys} keys, one thread a processor", f"{keys / raw:.1f} s", f"{raw:.2f}", "100 %"),
            _row(f"`up` of {clients} clients, all of it", clients, heavy.seconds, raw),
            _row("that beyond the same `up` with P-256 keys", clients, heavy.seconds - light.seconds, raw),
        ],
        notes=["Single keys differ by a factor of ten, so that rates of few keys differ from run to run."],
    )
    return table, heavy


def _row(name: str, keys: int, seconds: float, raw: float) -> tuple[str, ...]:
    if seconds <= 0:
        return name, "none", "", ""
    return name, f"{seconds:.1f} s", f"{keys / seconds:.2f}", f"{keys / seconds / raw * 100:.0f} %"
