"""A stack whose listener is on and proven, to which clients are added; each time from the same state."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.bench import project
from tools.bench.bench_lab import BenchLab
from tools.bench.processes import Usage
from tools.bench.pulumi_cli import Cli

_UP = ("up", "--yes", "--skip-preview")
_BASE = "base.json"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A deployed stack without clients.

    Attributes:
        cli: in its project.
        config: of it.
    """

    cli: Cli
    config: dict[str, Any]

    def configure(self, **keys: Any) -> None:
        """Set further keys of the namespace alb-mtls, and take the state back to that without clients."""
        self.cli.seconds("stack", "import", "--file", _BASE, "--stack", project.STACK)
        project.configure(self.cli.folder, {**self.config, **{f"alb-mtls:{key}": each for key, each in keys.items()}})

    def up(self, **more: str) -> float:
        """Run an `up` with further environment variables, and return how long it took."""
        return self.cli.seconds(*_UP, **more)

    def observed_up(self, **more: str) -> tuple[float, Usage]:
        """Do the same and return what its processes used; looking at them costs a little time itself."""
        return self.cli.observed(*_UP, **more)


@contextmanager
def deployed(lab: BenchLab, folder: Path, root_key: dict[str, Any], *, checkpoints: bool = True) -> Iterator[Deployed]:
    """Deploy a stack without clients, and destroy it at the end.

    Its listener stays as it is when clients are added, so no proof is in the times of such an `up`.

    Args:
        lab: whose listener the stack is on.
        folder: for the project and the state.
        root_key: kind of the root CA's key.
        checkpoints: whether the program refuses to run without them.

    Raises:
        BenchError: a command failed.
    """
    cli = Cli(
        folder=project.program(folder / "project", checkpoints=checkpoints), environment=lab.environment(folder / "cli")
    )
    cli.init()
    config = project.dev_config(lab)
    config["alb-mtls:rootCa"]["key"] = root_key
    config["alb-mtls:proof"]["mode"] = "api"
    config["alb-mtls:clients"] = []
    project.configure(cli.folder, config)
    try:
        cli.seconds(*_UP)
        cli.seconds("stack", "export", "--file", _BASE, "--stack", project.STACK)
        yield Deployed(cli=cli, config=config)
    finally:
        # Without checkpoints it takes a fraction of the time, and nobody else needs this state.
        cli.seconds("destroy", "--yes", "--skip-preview", PULUMI_SKIP_CHECKPOINTS="true")
