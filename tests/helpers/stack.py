"""Driving the real engine: a project folder of its own, the CLI, and what came out as plain data."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import yaml

from ops.state import parse_state
from ops.state_records import ClientRecord
from tests.helpers import key_service
from tests.helpers.exported import plain
from tests.helpers.process_watch import Watch
from tests.helpers.state_file import decrypted, deployment_in, state_folder
from tests.helpers.warm_python import warm_servers

REPOSITORY = Path(__file__).resolve().parents[2]
_LINKED = ("__main__.py", "alb_mtls", "components", "Pulumi.yaml", "Pulumi.README.md")
[_SALT] = re.findall(r"^encryptionsalt: .*\n", (REPOSITORY / "Pulumi.dev.yaml").read_text("utf-8"), re.MULTILINE)
_ENVIRONMENT, _PYTHON = ".venv", "PULUMI_PYTHON_CMD"
_SECONDS = 240
_SHOWING = "--show-secrets"
_WITH_EVENTS = frozenset({"preview", "up", "refresh", "destroy"})


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one CLI call left: exit code and everything it printed, both streams together."""

    code: int
    text: str


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A process that was watched with all below it."""

    watch: Watch
    given: Mapping[str, str]


class Cli(subprocess.Popen[str]):
    """A CLI call whose output is remembered beside being returned."""

    heard: list[str]

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:  # noqa: A002  # its name in Popen
        """Return what it printed once it has ended."""
        text, errors = super().communicate(input, timeout)
        # Both streams come as one.
        self.heard.append(text)
        return text, errors

    def drain(self) -> str:
        """Return what it printed and nobody read, without waiting for whoever still holds the other end."""
        if self.stdout is None or self.stdout.closed:
            return ""
        os.set_blocking(self.stdout.fileno(), False)
        text = (self.stdout.buffer.read() or b"").decode("utf-8", "replace")  # type: ignore[attr-defined]  # a text stream over a pipe
        self.heard.append(text)
        return text


class Stack:
    """One stack of the program in a project folder of its own, so that `stack init` writes nothing into the tree.

    Attributes:
        made: every stack, for the look that follows each test (tests/stack/conftest.py).
        heard: what every call printed, but for the answers of those that requested secrets.
        watched: every process that was started for it.
        secrets: what else must not be found in the clear, by its name.
        handed_on: variables in which the engine hands on secrets of the configuration: none, unless a test says so.
    """

    made: ClassVar[list["Stack"]] = []

    def __init__(
        self,
        *,
        name: str,
        folder: Path,
        environment: dict[str, str],
        initialize: "Callable[[Self], object] | None" = None,
        passphrase: bool = False,
    ) -> None:
        """Link the program into `folder` and create the stack, by the CLI unless something else does it.

        Its secrets have the key of `key_service.py`, or one of a passphrase, unless there is a stack file already.
        """
        self.name = name
        self.folder = folder
        # The engine's event log is a debugging option, hidden without the variable. What is written for the moment
        # is written where the scanner reads.
        temporary = folder / "tmp"
        self.environment = {
            **os.environ,
            **key_service.variables(),
            **environment,
            "PULUMI_DEBUG_COMMANDS": "true",
            "TMPDIR": str(temporary),
        }
        self.heard: list[str] = []
        self.watched: list[Watched] = []
        self.handed_on: set[str] = set()
        self.secrets: dict[str, str] = {}
        self._events = 0
        temporary.mkdir(parents=True, exist_ok=True)
        for entry in _LINKED:
            (folder / entry).symlink_to(REPOSITORY / entry)
        (folder / _ENVIRONMENT).symlink_to(self.python.parent.parent)
        self.made.append(self)
        if not self.config_file.exists():
            # With one salt for all of them, the look after each test derives its key once: that takes 0.2 s.
            self.config_file.write_text(_SALT if passphrase else key_service.STACK_FILE, "utf-8")
        (initialize or Stack.init)(self)

    def init(self) -> None:
        """Create the stack by the CLI."""
        by_service = key_service.PROVIDER in self.config_file.read_text("utf-8")
        self.succeeds("stack", "init", self.name, *(["--secrets-provider", key_service.PROVIDER] if by_service else []))

    @property
    def python(self) -> Path:
        """The Python of its virtual environment."""
        return Path(self.environment.get(_PYTHON, REPOSITORY / _ENVIRONMENT / "bin" / "python3"))

    @contextmanager
    def without_forks(self) -> Iterator[None]:
        """Let all that is started inside be a new process of Python, as it is for a person."""
        link, python = self.folder / _ENVIRONMENT, self.environment.pop(_PYTHON, None)
        environment = link.readlink()
        link.unlink()
        link.symlink_to(REPOSITORY / _ENVIRONMENT)
        try:
            yield
        finally:
            link.unlink()
            link.symlink_to(environment)
            if python is not None:
                self.environment[_PYTHON] = python

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
        """Replace the stack's configuration; what its secrets provider wrote stays."""
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
        # Both streams come as one: beside an answer that is a secret, nothing can be separated.
        cli.heard = [] if _SHOWING in arguments else self.heard
        self.watch(cli.pid)
        return cli

    def watch(self, process: int) -> None:
        """Look at a process, and at all below it, that was started from the stack's environment."""
        self.watched.append(Watched(watch=Watch(process, beside=warm_servers()), given=dict(self.environment)))

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
        resources = self._deployment(secrets=True)["resources"]
        [root] = [each for each in resources if each["type"] == "pulumi:pulumi:Stack"]
        outputs: dict[str, Any] = plain(root["outputs"])
        return outputs

    def clients(self) -> dict[str, ClientRecord]:
        """Return what each client holds by now, keys included."""
        state = parse_state({"deployment": self._deployment(secrets=True)}, self.name)
        return {one.name: one for one in state.clients}

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources of the state, secrets encrypted."""
        resources: list[dict[str, Any]] = self._deployment().get("resources", [])
        return resources

    def _deployment(self, *, secrets: bool = False) -> dict[str, Any]:
        folder = state_folder(self.environment)
        if folder is None:
            deployment: dict[str, Any] = json.loads(self.exported(secrets=secrets))["deployment"]
            return deployment
        found = deployment_in(folder, self.name)
        return decrypted(found, self.environment["PULUMI_CONFIG_PASSPHRASE"]) if secrets else found

    def exported(self, *, secrets: bool = False) -> str:
        """Return the whole state as text."""
        return self._quiet("stack", "export", *(["--show-secrets"] if secrets else []))

    def _quiet(self, *arguments: str) -> str:
        secret = _SHOWING in arguments
        done = self.call("pulumi", *arguments, "--stack", self.name, secret=secret)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def call(
        self, *words: str, secret: bool = False, typed: str = "", variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run any command in the project folder to its end, both streams apart.

        Args:
            words: of the command.
            secret: what it answers is a secret that was requested; what it says beside that is none.
            typed: what it reads.
            variables: of the environment, beside the stack's own.
        """
        process = subprocess.Popen(
            words,
            cwd=self.folder,
            env={**self.environment, **(variables or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.watch(process.pid)
        with process:
            try:
                answer, said = process.communicate(typed, timeout=_SECONDS)
            except BaseException:
                process.kill()
                raise
        self.heard += [said] if secret else [said, answer]
        return subprocess.CompletedProcess(words, process.returncode, answer, said)
