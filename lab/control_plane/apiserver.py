"""How kube-apiserver is run."""

from typing import TYPE_CHECKING

from lab.control_plane.certificates import make_service_account_key
from lab.control_plane.etcd import answers_ok, etcd_url
from lab.files import write_private
from lab.ports import LOOPBACK
from lab.process import ProgramSpec

if TYPE_CHECKING:
    from pathlib import Path

    from lab.certificates import ServerCertificate
    from lab.control_plane.users import Users
    from lab.paths import LabPaths
    from lab.ports import PortPlan


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
        return await answers_ok(f"{apiserver_url(ports)}/readyz", ca=certificates.ca)

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
