"""Where the demo plays: a lab, and in its folder all that the demo writes."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from lab.lifecycle import daemon_of
from lab.paths import DEFAULT_NAME, LabPaths
from lab.progress import Phase, Progress
from lab.stack_file import FILE, STACK
from lab.status import Status, read_status

HOST = "demo.alb.ingress.top"


@dataclass(frozen=True)
class Place:
    """A lab by its name; it need not run."""

    name: str = DEFAULT_NAME

    @property
    def paths(self) -> LabPaths:
        """Files of the lab."""
        return LabPaths.of(self.name)

    @property
    def options(self) -> list[str]:
        """What names the lab on a command line."""
        return [] if self.name == DEFAULT_NAME else ["--name", self.name]

    @property
    def enter(self) -> str:
        """A line to paste: pulumi and the lab's credentials in a shell."""
        return f'eval "$(.venv/bin/{self.paths.command("env")})"'

    @property
    def config(self) -> Path:
        """A copy of the stack's file, so that running the demo leaves the committed one as it is."""
        return self.paths.folder / FILE.name

    @property
    def client(self) -> Path:
        """Where the demo exports its client to."""
        return self.paths.folder / "alice"

    @property
    def works(self) -> bool:
        """Whether the lab runs and is whole."""
        progress = Progress.read(self.paths.progress)
        return daemon_of(self.paths) is not None and progress is not None and progress.phase is Phase.READY

    @property
    def has_stack(self) -> bool:
        """Whether a stack is there, of an earlier demo or of whom the lab was started for."""
        return any((self.paths.pulumi_backend / ".pulumi" / "stacks").glob(f"*/{STACK}.json"))

    @property
    def status(self) -> Status:
        """Addresses of the lab that runs."""
        return read_status(self.paths)

    @property
    def address(self) -> str:
        """Where the listener of the demo is reached."""
        return self.status["albconfigs"]["alb"]["listeners"]["443/HTTPS"]["address"]

    def where(self) -> list[str]:
        """Return what names the stack and its file on a command line."""
        return ["--stack", STACK, "--config-file", str(self.config)]

    def curl(self, *, certificate: bool = False) -> list[str]:
        """Return a request to the listener, as the stack's output `curl` has it."""
        words = ["curl", "--silent", "--show-error", "--cacert", str(self.paths.server_ca)]
        words += ["--connect-to", f"{HOST}:443:{self.address}"]
        if certificate:
            words += ["--cert", str(self.client / "alice.chain.pem"), "--key", str(self.client / "alice.key")]
        return [*words, f"https://{HOST}/"]

    def by_hand(self) -> list[str]:
        """Return what switches client authentication off behind the stack's back."""
        patch = json.dumps([{"op": "replace", "path": "/spec/listeners/1/caEnabled", "value": False}])
        if shutil.which("kubectl"):
            return ["kubectl", "patch", "albconfig", "alb", "--type", "json", "--patch", patch]
        server = json.loads(self.paths.program_kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        url = f"{server}/apis/alibabacloud.com/v1/albconfigs/alb"
        what = ["--header", "Content-Type: application/json-patch+json", "--data", patch]
        return ["curl", "--config", str(self.paths.program_curl), "--fail", "--request", "PATCH", *what, url]
