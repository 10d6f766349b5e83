"""Where a lab keeps its files."""

import re
from dataclasses import dataclass
from pathlib import Path

from lab.principal_name import PrincipalName

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_NAME = "default"

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class InvalidNameError(ValueError):
    """A lab's name cannot be the name of its folder."""

    def __init__(self, name: str) -> None:
        """Describe a valid name."""
        super().__init__(f"lab name {name!r} is not usable: take 1 to 40 of a-z, 0-9 and -, with no - at either end")


@dataclass(frozen=True, kw_only=True)
class LabPaths:
    """Files of one lab, all below one folder that other users cannot open."""

    folder: Path

    @classmethod
    def of(cls, name: str = DEFAULT_NAME, *, project: Path = PROJECT) -> "LabPaths":
        """Return the paths of a lab by its name.

        Raises:
            InvalidNameError: the name is not one.
        """
        if not _NAME.fullmatch(name):
            raise InvalidNameError(name)
        return cls(folder=project / ".lab" / name)

    @property
    def name(self) -> str:
        """Name of the lab."""
        return self.folder.name

    def command(self, verb: str) -> str:
        """Return a command line on this lab, for people."""
        name = "" if self.name == DEFAULT_NAME else f" --name {self.name}"
        return f"python -m lab {verb}{name}"

    @property
    def processes(self) -> Path:
        """Processes that were started, so that a later run can clean after a killed one."""
        return self.folder / "processes.json"

    @property
    def progress(self) -> Path:
        """How far the daemon is: starting, ready, or failed with its reason."""
        return self.folder / "progress.json"

    @property
    def status(self) -> Path:
        """What `status --json` prints; there is none before the lab is ready."""
        return self.folder / "status.json"

    @property
    def journal(self) -> Path:
        """Every call of every API, as JSON lines."""
        return self.folder / "journal.jsonl"

    @property
    def logs(self) -> Path:
        """One log file for each component."""
        return self.folder / "logs"

    def log(self, component: str) -> Path:
        """Log file of a component."""
        return self.logs / f"{component}.log"

    @property
    def control_plane(self) -> Path:
        """Keys, tokens and data of etcd and kube-apiserver."""
        return self.folder / "control-plane"

    @property
    def data_plane(self) -> Path:
        """Files of Caddy."""
        return self.folder / "data-plane"

    @property
    def admin_kubeconfig(self) -> Path:
        """The administrator's kubeconfig: straight to kube-apiserver."""
        return self.folder / "admin.kubeconfig"

    @property
    def program_kubeconfig(self) -> Path:
        """The kubeconfig of whoever runs an `up`, with rbac/cluster-role-up.yaml: through the loopback proxy."""
        return self.folder / "program.kubeconfig"

    def kubeconfig_of(self, name: PrincipalName) -> Path:
        """Kubeconfig of a principal; that of whoever runs an `up` is the program's."""
        return self.program_kubeconfig if name is PrincipalName.UP else self.folder / f"{name}.kubeconfig"

    @property
    def program_curl(self) -> Path:
        """The same user's token and trust anchor as a curl config file, for machines without kubectl."""
        return self.folder / "program.curlrc"

    @property
    def server_ca(self) -> Path:
        """CA of the listeners' server certificates."""
        return self.folder / "server-ca.pem"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME of programs that run on this lab."""
        return self.folder / "pulumi-home"

    @property
    def pulumi_backend(self) -> Path:
        """State of programs that run on this lab."""
        return self.folder / "pulumi-state"
