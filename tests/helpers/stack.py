"""Driving the real engine: a project folder of its own, the CLI, and what came out as plain data."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
_LINKED = ("__main__.py", "components", "Pulumi.yaml", "Pulumi.README.md", ".venv")
_SECONDS = 240
_WITH_EVENTS = frozenset({"preview", "up", "refresh", "destroy"})


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one CLI call left: exit code and everything it printed, both streams together."""

    code: int
    text: str


class Cli(subprocess.Popen[str]):
    """A CLI call whose output is remembered beside being returned."""

    heard: list[str]

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:  # noqa: A002  # its name in Popen
        """Return what it printed once it has ended."""
        text, errors = super().communicate(input, timeout)
        # Both streams come as one.
        self.heard.append(text)
        return text, errors


class Stack:
    """One stack of the program in a project folder of its own, so that `stack init` writes nothing into the tree.

    Attributes:
        heard: what every CLI call printed, but for those that were asked for secrets.
    """

    def __init__(self, *, name: str, folder: Path, environment: dict[str, str]) -> None:
        """Link the program into `folder` and create the stack."""
        self.name = name
        self.folder = folder
        # The engine's event log is a debugging option, hidden without the variable.
        self.environment = {**os.environ, **environment, "PULUMI_DEBUG_COMMANDS": "true"}
        self.heard: list[str] = []
        self._events = 0
        folder.mkdir(parents=True, exist_ok=True)
        for entry in _LINKED:
            (folder / entry).symlink_to(REPOSITORY / entry)
        self.succeeds("stack", "init", name)

    @property
    def config_file(self) -> Path:
        """The stack file."""
        return self.folder / f"Pulumi.{self.name}.yaml"

    def config(self) -> dict[str, Any]:
        """Return the configuration as it stands in the stack file."""
        content: dict[str, Any] = yaml.safe_load(self.config_file.read_text("utf-8"))["config"]
        return content

    def set(self, key: str, value: Any) -> None:
        """Replace one key of the namespace alb-mtls."""
        self.configure({**self.config(), f"alb-mtls:{key}": value})

    def configure(self, config: dict[str, Any]) -> None:
        """Replace the stack's configuration; the salt of its secrets provider stays."""
        content = yaml.safe_load(self.config_file.read_text("utf-8")) if self.config_file.exists() else {}
        content = {**(content or {}), "config": config}
        self.config_file.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")

    def start(self, *arguments: str) -> Cli:
        """Start a CLI call in a process group of its own, so that a test can kill what it wants of it."""
        cli = Cli(
            ["pulumi", *arguments, *self._event_log(arguments[0]), "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        cli.heard = self.heard
        return cli

    def _event_log(self, command: str) -> list[str]:
        """Let the engine write its events into the project folder, where the scanner reads whatever was written."""
        if command not in _WITH_EVENTS:
            return []
        self._events += 1
        return ["--event-log", str(self.folder / f"events-{self._events}.log")]

    def run(self, *arguments: str) -> Run:
        """Run the CLI to its end."""
        process = self.start(*arguments)
        try:
            text, _ = process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            text, _ = process.communicate()
            message = f"pulumi {' '.join(arguments)} did not end within {_SECONDS} s; it printed:\n{text}"
            raise AssertionError(message) from None
        return Run(code=process.returncode, text=text)

    def succeeds(self, *arguments: str) -> str:
        """Run the CLI and return what it printed; fail the test with that text otherwise."""
        done = self.run(*arguments)
        assert done.code == 0, f"pulumi {' '.join(arguments)} ended with {done.code}:\n{done.text}"
        return done.text

    def fails(self, *arguments: str) -> str:
        """Run the CLI, expect it to fail, and return what it printed."""
        done = self.run(*arguments)
        assert done.code != 0, f"pulumi {' '.join(arguments)} should have failed, but printed:\n{done.text}"
        return done.text

    def up(self, *arguments: str) -> str:
        """Deploy without a preview of its own."""
        return self.succeeds("up", "--yes", "--skip-preview", "--stack", self.name, *arguments)

    def preview(self, *arguments: str) -> str:
        """Preview."""
        return self.succeeds("preview", "--diff", "--stack", self.name, *arguments)

    def destroy(self) -> str:
        """Destroy everything and leave the empty stack."""
        return self.succeeds("destroy", "--yes", "--skip-preview", "--stack", self.name)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs, secrets included."""
        outputs: dict[str, Any] = json.loads(self._quiet("stack", "output", "--json", "--show-secrets"))
        return outputs

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources of the state, secrets encrypted."""
        exported = json.loads(self.exported())
        resources: list[dict[str, Any]] = exported["deployment"].get("resources", [])
        return resources

    def exported(self, *, secrets: bool = False) -> str:
        """Return the whole state as text."""
        return self._quiet("stack", "export", *(["--show-secrets"] if secrets else []))

    def _quiet(self, *arguments: str) -> str:
        done = subprocess.run(
            ["pulumi", *arguments, "--stack", self.name],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
