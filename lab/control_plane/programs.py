"""How etcd and kube-apiserver are run."""

import ssl
from typing import TYPE_CHECKING

import httpx

from lab.certificates import make_service_account_key
from lab.files import write_private
from lab.plain_http import NO_TLS
from lab.ports import LOOPBACK
from lab.process import ProgramSpec

if TYPE_CHECKING:
    from pathlib import Path

    from lab.certificates import ServerCertificate
    from lab.control_plane.users import Users
    from lab.paths import LabPaths
    from lab.ports import PortPlan


def etcd_url(ports: "PortPlan") -> str:
    """Where kube-apiserver finds it."""
    return f"http://{LOOPBACK}:{ports.component('etcd')}"


def etcd_program(binary: "Path", paths: "LabPaths", ports: "PortPlan") -> ProgramSpec:
    """Describe one member that is its own cluster."""
    client, peer = etcd_url(ports), f"http://{LOOPBACK}:{ports.component('etcd-peer')}"

    async def ready() -> bool:
        return await _answers_ok(f"{client}/health")

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


def apiserver_url(ports: "PortPlan") -> str:
    """Where it is reached without the proxy."""
    return f"https://{LOOPBACK}:{ports.component('kube-apiserver')}"


def apiserver_program(
    binary: "Path",
    paths: "LabPaths",
    ports: "PortPlan",
    *,
    certificates: "ServerCertificate",
    users: "Users",
) -> ProgramSpec:
    """Describe a kube-apiserver with RBAC and static tokens, after writing its token file and service account key."""
    tokens = paths.control_plane / "tokens.csv"
    write_private(tokens, users.token_file())
    service_account_key = make_service_account_key(paths.control_plane)

    async def ready() -> bool:
        # Anonymous requests are allowed here once the start-up hooks have made the default roles and system namespaces.
        return await _answers_ok(f"{apiserver_url(ports)}/readyz", ca=certificates.ca)

    return ProgramSpec(
        name="kube-apiserver",
        argv=[
            str(binary),
            f"--etcd-servers={etcd_url(ports)}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={ports.component('kube-apiserver')}",
            f"--tls-cert-file={certificates.certificate}",
            f"--tls-private-key-file={certificates.key}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={service_account_key}",
            f"--service-account-key-file={service_account_key}",
            "--service-cluster-ip-range=10.96.0.0/24",
            # Nothing makes service accounts here: with the plugin no pod or event could be written.
            "--disable-admission-plugins=ServiceAccount",
            # A reconciler would publish the loopback address as an endpoint, and delay the end by a minute.
            "--endpoint-reconciler-type=none",
            "--profiling=false",
        ],
        log=paths.log("kube-apiserver"),
        ports=[ports.component("kube-apiserver")],
        ready=ready,
        deadline=60,
    )


async def _answers_ok(url: str, *, ca: "Path | None" = None) -> bool:
    """Return whether a URL answers 200; `ca` is the file that an HTTPS server is verified with."""
    verify = ssl.create_default_context(cafile=ca) if ca else NO_TLS
    async with httpx.AsyncClient(timeout=2, trust_env=False, verify=verify) as client:
        try:
            return (await client.get(url)).is_success
        except httpx.HTTPError:
            return False
