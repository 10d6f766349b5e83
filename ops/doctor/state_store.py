"""Examining the state store: in a folder, what a CLI that was killed has left there; elsewhere, what its URL says."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from ops.doctor.diagnosis import Line, fine, note, problem, stopping
from ops.doctor.remote_store import examine_remote_store

TOPIC = "state store"
_WITHOUT_ATTRIBUTES = "metadata=skip"


def examine_state_store(environment: Mapping[str, str] = os.environ) -> Iterator[Line]:
    """Look for files that Pulumi cannot read; other stores than folders have none.

    Beside each state Pulumi writes its attributes into a file `.attrs`. A CLI that is killed meanwhile leaves it
    empty, and every later command fails with "failed to load checkpoint: EOF" (docs/how-to/production.md, When an
    `up` was killed).
    """
    url = store_of(environment)
    if not url.startswith("file://"):
        return
    folder, _, query = url.removeprefix("file://").partition("?")
    empty = sorted(one for one in Path(folder).expanduser().glob(".pulumi/**/*.attrs") if one.stat().st_size == 0)
    for path in empty:
        yield problem(
            TOPIC,
            f"{path} is empty, so that Pulumi cannot read the state beside it, which is whole",
            "delete that file, then run `pulumi cancel` and `pulumi up`",
        )
    if _WITHOUT_ATTRIBUTES not in query.split("&"):
        yield note(
            TOPIC,
            f"{url} keeps a file of attributes beside each state, which a killed CLI can leave empty",
            f"use {_with_skip(folder)}",
        )
    elif not empty:
        yield fine(TOPIC, "states are saved without files of attributes")


def examine_stack_in_store(
    project: str, stack: str | None, environment: Mapping[str, str] = os.environ
) -> Iterator[Line]:
    """Look for a lock on a stack in a folder: a run that goes on, or one that was killed. Say so of other stores.

    Pulumi refuses an `up` and a `destroy` meanwhile, and a preview not (docs/facts/pulumi.md, Kills).
    """
    url = store_of(environment)
    if not url.startswith("file://"):
        yield from examine_remote_store(TOPIC, url, project, stack)
        return
    if not stack:
        return
    folder = Path(url.removeprefix("file://").partition("?")[0]).expanduser()
    for path in sorted(folder.glob(f".pulumi/locks/*/{project}/{stack}/*.json")):
        try:
            lock = json.loads(path.read_text("utf-8"))
            who = f"{lock['username']}@{lock['hostname']}, process {lock['pid']}, at {lock['timestamp'][:19]} UTC"
        except (OSError, ValueError, LookupError, TypeError):
            who = f"whoever wrote {path}"
        yield stopping(
            TOPIC,
            f"stack {stack} is locked by {who}",
            f"wait until that pulumi has ended; when it was killed: pulumi cancel --stack {stack}",
        )


def _with_skip(folder: str) -> str:
    return f"`pulumi login 'file://{folder}?{_WITHOUT_ATTRIBUTES}'`, or the same in PULUMI_BACKEND_URL"


def store_of(environment: Mapping[str, str]) -> str:
    """Return the URL of the store that the CLI would use, as far as this can be read; empty when it cannot."""
    if url := environment.get("PULUMI_BACKEND_URL"):
        return url
    if url := _store_of_project():
        return url
    home = Path(environment.get("PULUMI_HOME") or Path(environment.get("HOME", "~")).expanduser() / ".pulumi")
    try:
        current = json.loads((home / "credentials.json").read_text("utf-8")).get("current")
    except (OSError, ValueError, AttributeError):
        return ""
    return current if isinstance(current, str) else ""


def _store_of_project() -> str:
    """Return what `backend` of Pulumi.yaml says, which counts more than a login; empty without it."""
    try:
        url = yaml.safe_load(Path("Pulumi.yaml").read_text("utf-8"))["backend"]["url"]
    except (OSError, ValueError, LookupError, TypeError, yaml.YAMLError):
        return ""
    return url if isinstance(url, str) else ""
