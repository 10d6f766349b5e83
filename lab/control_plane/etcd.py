"""How etcd is run."""

import ssl
from typing import TYPE_CHECKING

import httpx

from lab.ports import LOOPBACK
from lab.process import ProgramSpec

if TYPE_CHECKING:
    from pathlib import Path

    from lab.paths import LabPaths
    from lab.ports import PortPlan


def etcd_url(ports: "PortPlan") -> str:
    """Where kube-apiserver finds it."""
    return f"http://{LOOPBACK}:{ports.component('etcd')}"


def etcd_program(binary: "Path", paths: "LabPaths", ports: "PortPlan") -> ProgramSpec:
    """Describe one member that is its own cluster."""
    client, peer = etcd_url(ports), f"http://{LOOPBACK}:{ports.component('etcd-peer')}"

    async def ready() -> bool:
        return await answers_ok(f"{client}/health")

    return ProgramSpec(
        name="etcd",
        argv=[
            str(binary),
            "--name=lab",
            f"--data-dir={paths.control_plane / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=lab={peer}",
            # The data ends with the lab, so nothing has to survive a crash of the machine.
            "--unsafe-no-fsync",
            "--log-level=warn",
        ],
        log=paths.log("etcd"),
        ports=[ports.component("etcd"), ports.component("etcd-peer")],
        ready=ready,
    )


async def answers_ok(url: str, *, ca: "Path | None" = None) -> bool:
    """Return whether a URL answers 200; `ca` is the file that an HTTPS server is verified with."""
    verify = ssl.create_default_context(cafile=ca) if ca else True
    async with httpx.AsyncClient(timeout=2, trust_env=False, verify=verify) as client:
        try:
            return (await client.get(url)).is_success
        except httpx.HTTPError:
            return False
