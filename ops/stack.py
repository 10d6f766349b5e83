"""The only place that runs the Pulumi CLI: state and configuration with their secrets, over a pipe and never a file."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import yaml

from alb_mtls import redaction
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.pulumi_cli import OLDEST_CLI
from alb_mtls.session import Session
from ops.configuration import Configuration, parse_configuration
from ops.errors import NoSuchStack, OpsError
from ops.state import StackState, parse_state

_SECONDS = 120
# They would write what this module reads into a file: the first logs every value (docs/facts/pulumi.md, Logs that show
# secrets), the others stand for flags of any command, `--file` and `--verbose` among them.
_LEAKING_VARIABLES = ("PULUMI_DEBUG_GRPC", "PULUMI_OPTION_")
_LONGEST_QUOTE = 300
# Of Pulumi, and of the stores of states.
_SECRET_VARIABLES = (
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_ACCESS_TOKEN",
    "PGPASSWORD",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
)
_PASSWORD = re.compile(r"//[^/?#@:\s]*:([^/?#@\s]+)@|[?&](?:password|sslpassword)=([^&\s]+)")
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


@dataclass(frozen=True, kw_only=True)
class StackSource:
    """Which stack, in the CLI's words.

    Attributes:
        stack: its name; None means the one that is selected in the project's folder.
        config_file: the file of its configuration when it is not `Pulumi.<stack>.yaml`.
    """

    stack: str | None
    config_file: Path | None = None

    @property
    def label(self) -> str:
        """Return how messages name the stack."""
        return f"stack {self.stack}" if self.stack else "the selected stack"


def stack_file(stack: str, config_file: Path | None = None) -> Path:
    """Return the file of a stack's configuration, from the folder of the project on.

    Args:
        stack: its name, with its organization and project before it or not.
        config_file: where it is when it is not the CLI's own place.
    """
    return config_file or Path(f"Pulumi.{stack.rpartition('/')[2]}.yaml")


def keep_secrets() -> None:
    """Redact from now on what the environment holds in secrets, in log records too; keys are known by their form."""
    redaction.hide(os.environ.get(name) for name in (*redaction.SECRET_VARIABLES, *_SECRET_VARIABLES))
    redaction.hide(_passwords_in(os.environ.get("PULUMI_BACKEND_URL", "")))
    redaction.install()


def _passwords_in(url: str) -> set[str]:
    """Return what stands as a password in an address, or in one that is its parameter; as it stands, and decoded."""
    found = {one for text in (url, unquote(url)) for groups in _PASSWORD.findall(text) for one in groups if one}
    return found | set(map(unquote, found)) | {quote(unquote(one), safe="") for one in found}


def read_state(source: StackSource) -> StackState:
    """Return what the state of a stack holds.

    Raises:
        OpsError: there is no CLI, no such stack, or its secrets cannot be decrypted.
        EmptyStack: nothing of this program has been deployed.
    """
    # A state has no trace of the configuration file, so only the other call is given it.
    exported = _json(["stack", "export", "--show-secrets"], source)
    return parse_state(exported, source.label)


def read_configuration(source: StackSource) -> Configuration:
    """Return the part of a stack's configuration that is needed to reach what it describes.

    Raises:
        OpsError: as read_state, or the configuration file is not there.
    """
    return parse_configuration(printed_configuration(source), os.environ)


def printed_configuration(source: StackSource) -> Mapping[str, Any]:
    """Return a stack's configuration by full key, as the CLI prints it in JSON, secrets in the clear.

    Raises:
        OpsError: as read_state, or the configuration file is not there.
    """
    _require_project_folder()
    arguments = ["config", "--json", "--show-secrets"]
    if source.config_file is not None:
        if not source.config_file.is_file():
            # The CLI itself takes a missing file for an empty one, and answers with defaults.
            message = f"--config-file {source.config_file}: there is no such file"
            raise OpsError(message)
        arguments += ["--config-file", str(source.config_file)]
    printed: Mapping[str, Any] = _json(arguments, source)
    return printed


def _require_project_folder() -> None:
    """Refuse a folder below the project's, from which the CLI answers, but paths of the configuration lead elsewhere.

    Raises:
        OpsError: names the folder to run it in.
    """
    here = Path.cwd()
    found = next((one for one in (here, *here.parents) if any((one / name).is_file() for name in _PROJECT_FILES)), here)
    if found != here:
        message = (
            f"run the command in the folder of {found / _PROJECT_FILES[0]}: paths in the configuration begin there"
        )
        raise OpsError(message)


def project_name() -> str:
    """Return the name of the project in this folder, which is the namespace of its keys.

    Raises:
        OpsError: there is no Pulumi.yaml, or it names none.
    """
    try:
        content = yaml.safe_load(Path(_PROJECT_FILES[0]).read_text("utf-8"))
    except FileNotFoundError:
        message = "there is no Pulumi.yaml here; run the command in the folder of the program, where Pulumi.yaml is"
        raise OpsError(message) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"Pulumi.yaml cannot be read ({type(error).__name__}); correct it"
        raise OpsError(message) from None
    name = content.get("name") if isinstance(content, dict) else None
    if not isinstance(name, str) or not name:
        message = "Pulumi.yaml has no name; give it one"
        raise OpsError(message)
    return name


def name_of_stack(source: StackSource) -> str | None:
    """Return the name of a stack, without its organization and project; None when none is selected.

    Raises:
        OpsError: there is no CLI, or it fails.
    """
    name = source.stack
    if name is None:
        listed = _json(["stack", "ls", "--json"], source)
        name = next((str(one["name"]) for one in listed if one.get("current")), None)
    return None if name is None else name.rpartition("/")[2]


def cli_version() -> str:
    """Return the version of the CLI, as it prints it.

    Raises:
        OpsError: there is no CLI, or it fails.
    """
    done = _run(["version"], "pulumi version")
    if done.returncode != 0:
        raise OpsError(failure_sentence(done.stderr, "its version"))
    return done.stdout.strip()


def session_of(configuration: Configuration) -> Session:
    """Return the clients for cloud and cluster that a stack's configuration describes."""
    return session_with(configuration.get)


def session_with(get: Callable[[str], str | None]) -> Session:
    """Return the clients for cloud and cluster that the values of keys such as `alicloud:region` describe."""
    # A person waits for the answer, and nothing is lost by asking again later.
    return Session(get, RetryPolicy(deadline_seconds=20.0, unreachable_seconds=5.0))


def _json(arguments: Sequence[str], source: StackSource) -> Any:
    what = f"pulumi {' '.join(arguments[:2])} on {source.label}"
    of_stack = ["--stack", source.stack] if source.stack else []
    done = _run([*arguments, "--non-interactive", "--color", "never", *of_stack], what)
    if done.returncode != 0:
        sentence = failure_sentence(done.stderr, source.label)
        raise (NoSuchStack if _is_not_there(done.stderr.lower()) else OpsError)(sentence)
    try:
        return json.loads(done.stdout)
    except ValueError:
        message = f"{what} printed no JSON; check that `pulumi version` is {OLDEST_CLI} or later"
        raise OpsError(message) from None


def _run(arguments: Sequence[str], what: str) -> "subprocess.CompletedProcess[str]":
    command = ["pulumi", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_LEAKING_VARIABLES)}
    try:
        return subprocess.run(  # noqa: S603 - a fixed command; the stack's name is an argument of its own
            command,
            env={**environment, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        message = "pulumi is not on PATH; install it, or run `make setup` and use the folder that it names"
        raise OpsError(message) from None
    except subprocess.TimeoutExpired:
        # Raised without its cause: that holds what was printed so far, secrets among it.
        message = f"{what} did not end within {_SECONDS} s; check that its backend can be reached"
        raise OpsError(message) from None


def failure_sentence(printed: str, label: str) -> str:
    """Return what a failed call of the CLI means.

    Args:
        printed: its standard error; secrets go to standard output only.
        label: how the stack is named.
    """
    lines = [line.removeprefix("error: ") for line in printed.splitlines() if line.startswith("error: ")]
    reason = redaction.quoted(" ".join(lines) or printed, _LONGEST_QUOTE)
    lowered = reason.lower()
    if "incorrect passphrase" in lowered or "passphrase must be set" in lowered:
        why = "no passphrase is given" if "must be set" in lowered else "the passphrase is not that of the stack"
        return (
            f"the secrets of {label} cannot be decrypted; set PULUMI_CONFIG_PASSPHRASE or "
            f"PULUMI_CONFIG_PASSPHRASE_FILE: {why}"
        )
    if "passphrase" in lowered or "decrypt" in lowered or "secrets manager" in lowered:
        return (
            f"the secrets of {label} cannot be decrypted; set PULUMI_CONFIG_PASSPHRASE or "
            f"PULUMI_CONFIG_PASSPHRASE_FILE, or log in to its secrets provider (pulumi: {reason})"
        )
    if _is_not_there(lowered):
        name = label.removeprefix("stack ") if label.startswith("stack ") else ""
        command = f"pulumi stack init {shlex.quote(name)}" if name else "pulumi stack init"
        # Else Pulumi takes a passphrase, and deletes the key from the file.
        return (
            f"{label} is not there; see `pulumi stack ls`, and check --stack and PULUMI_BACKEND_URL; make a new "
            f"one with: {command} (add --secrets-provider where its stack file names a secretsprovider)"
        )
    if "fully qualified name" in lowered or "no pulumi.yaml" in lowered:
        return f"{label} cannot be found from this folder; run the command in the folder of Pulumi.yaml"
    return f"pulumi cannot read {label}: {reason}"


def _is_not_there(lowered: str) -> bool:
    return "no stack named" in lowered or "no stack selected" in lowered
