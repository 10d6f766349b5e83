"""A lab that belongs to one test, which starts, hurts and ends it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.paths import PROJECT, LabPaths
from lab.process_records import ProcessRecord, ProcessRecords
from lab.status import read_status
from tests.helpers.lab import lab_command, wait_until


class OwnLab:
    """A lab that belongs to one test."""

    def __init__(self, name: str) -> None:
        """Choose its name; nothing is started."""
        self.name = name
        self.paths = LabPaths.of(name)

    def run(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run a command on it."""
        return lab_command(command, "--name", self.name, *options)

    def up(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Start it on free ports."""
        return self.run("up", "--ports", "ephemeral", *options)

    def begin_up(self, printed: Path = Path(os.devnull), *, options: "Sequence[str]" = ()) -> "subprocess.Popen[bytes]":
        """Start it and do not wait; its messages go into a file."""
        argv = [sys.executable, "-m", "lab", "up", "--name", self.name, "--ports", "ephemeral", *options]
        with printed.open("wb") as stderr:
            return subprocess.Popen(argv, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=stderr)

    def records(self) -> dict[str, ProcessRecord]:
        """Return its processes by component."""
        return {record.name: record for record in ProcessRecords(self.paths.processes).read()}

    def wait_for_programs(self) -> dict[str, ProcessRecord]:
        """Return its processes as soon as etcd and kube-apiserver are among them."""
        wait_until(lambda: {"etcd", "kube-apiserver"} <= self.records().keys(), "the control plane was started")
        return self.records()

    def listeners(self) -> list[str]:
        """Return the addresses of its TCP listeners."""
        return [
            listener["address"]
            for albconfig in read_status(self.paths)["albconfigs"].values()
            for key, listener in albconfig["listeners"].items()
            if not key.endswith("QUIC")
        ]
