"""etcd and kube-apiserver, started together and ended in the right order. `seed.bring_up` waits for them."""

from typing import TYPE_CHECKING

from lab.certificates import make_control_plane_certificate
from lab.control_plane.programs import apiserver_program, apiserver_url, etcd_program
from lab.control_plane.users import ADMIN, Users, user_of, write_curl_config, write_kubeconfig
from lab.principal_name import LEAST_PRIVILEGED
from lab.process import ManagedProcess
from tools.toolchain import locate

if TYPE_CHECKING:
    from lab.paths import LabPaths
    from lab.ports import PortPlan
    from lab.process_records import ProcessRecords


class ControlPlane:
    """A Kubernetes API without nodes."""

    def __init__(self, paths: "LabPaths", ports: "PortPlan", records: "ProcessRecords") -> None:
        """Make keys, tokens and the administrator's kubeconfig; nothing is started yet."""
        paths.control_plane.mkdir(mode=0o700, exist_ok=True)
        self.users = Users()
        self.certificates = make_control_plane_certificate(paths.control_plane)
        self.url = apiserver_url(ports)
        self.processes: list[ManagedProcess] = []
        self._paths = paths
        self._ports = ports
        self._records = records
        write_kubeconfig(
            self._paths.admin_kubeconfig,
            server=self.url,
            ca=self.certificates.ca,
            user=ADMIN,
            token=self.users.admin,
        )

    async def spawn(self) -> None:
        """Start both programs; kube-apiserver waits for etcd by itself.

        Raises:
            PortTakenError: a port is in use.
            ProgramMissingError: a program is not installed.
        """
        etcd = etcd_program(locate("etcd"), self._paths, self._ports)
        apiserver = apiserver_program(
            locate("kube-apiserver"),
            self._paths,
            self._ports,
            certificates=self.certificates,
            users=self.users,
        )
        for program in (etcd, apiserver):
            self.processes.append(await ManagedProcess.spawn(program, self._records))

    def write_program_access(self, *, server: str) -> None:
        """Write the kubeconfig of each user of rbac/, and the curl twin of the one that is for an `up`."""
        ca = self.certificates.ca
        for name in LEAST_PRIVILEGED:
            file, token = self._paths.kubeconfig_of(name), self.users.token_of(name)
            write_kubeconfig(file, server=server, ca=ca, user=user_of(name), token=token)
        write_curl_config(self._paths.program_curl, ca=ca, token=self.users.program)

    async def stop(self) -> None:
        """End kube-apiserver first: without its etcd it would hang for minutes."""
        for process in reversed(self.processes):
            await process.stop()
