"""What the report of a run says, read by whoever trusts nothing in it: any key may be missing or of another type. Pure.

Reports of earlier and later versions of the program have fewer and more keys (docs/reference/report.md).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from ops.errors import OpsError

Object = dict[str, Any]

_VERSION: Final = 1


class RunCommand(StrEnum):
    """What was run."""

    PREVIEW = "preview"
    UP = "up"


@dataclass(frozen=True, kw_only=True)
class Listener:
    """One listener, as the report has it; what the report does not say is None or empty.

    Attributes:
        rejects: clients without a certificate are rejected from then on.
        no_longer_trusted: CAs whose clients are rejected from then on.
        rejects_others: among these is one that the stack never bound.
        hosts: each with its Ingress.
        names_hosts: whether the stack file names the hosts that may be on it.
        stops: an `up` stops at it.
        handed_over: this program wrote what stands there, and Git is to have it from now on.
    """

    name: str
    label: str
    looked: bool
    leaves: bool
    changes: bool
    before: Object | None
    after: Object | None
    rejects: bool
    no_longer_trusted: tuple[str, ...]
    rejects_others: bool
    hosts: tuple[tuple[str, str], ...] | None
    names_hosts: bool
    stops: bool
    stopped: str
    edition: str
    headers: Object
    writers: tuple[str, ...]
    owners: tuple[Object, ...]
    proof: Object | None
    fragment: str
    awaiting: str
    handed_over: bool

    @property
    def host_names(self) -> tuple[str, ...]:
        """The hosts, each once."""
        return tuple(dict.fromkeys(host for host, _ in self.hosts or ()))


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A run.

    Attributes:
        no_report: why nothing is known of it; empty where the report is there.
        complete: the program came to its end.
        raw: the report; empty without one.
    """

    command: RunCommand
    project: str
    stack: str
    exit_code: int
    no_report: str = ""
    complete: bool = False
    listeners: tuple[Listener, ...] = ()
    raw: Object = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether Pulumi says so."""
        return self.exit_code != 0

    def objects(self, name: str) -> list[Object]:
        """Return the objects of a list of the report."""
        return [one for one in _list(self.raw, name) if isinstance(one, dict)]

    def texts(self, name: str) -> list[str]:
        """Return the texts of a list of the report, each once."""
        return list(dict.fromkeys(one for one in _list(self.raw, name) if isinstance(one, str)))


def text_of(values: Object, name: str) -> str:
    """Return a text of an object; empty where there is none."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def facts_of(
    content: str | None,
    *,
    command: RunCommand,
    exit_code: int,
    project: str,
    stack: str | None,
    since: datetime | None = None,
) -> Facts:
    """Return what a report says.

    Args:
        content: of the file; None when there is none.
        command: that was run.
        exit_code: of it.
        project: of the folder, where the report does not name it.
        stack: that was meant; None takes that of the report.
        since: when the run began; a report that began before is of an earlier one. None takes any.

    Raises:
        OpsError: the report is of another stack or command; or there is none, and nothing names the stack.
    """
    found = _of_this_run(_parsed(content), since)
    if isinstance(found, str):
        if stack is None:
            message = f"{found}, and so nothing names the stack; give --stack"
            raise OpsError(message)
        return Facts(command=command, project=project, stack=_last(stack), exit_code=exit_code, no_report=found)
    of = (text_of(found, "command"), text_of(found, "project"), text_of(found, "stack"))
    # An `up` that previews first, and stops there, leaves the report of that preview.
    if of[0] != command and not (command == RunCommand.UP and of[0] == RunCommand.PREVIEW and exit_code != 0):
        message = f"the report is of `{of[0]}`, not of `{command}`; give --command, or the report of that run"
        raise OpsError(message)
    if stack is not None and of[2] != _last(stack):
        message = f"the report is of stack {of[2]}, not of {_last(stack)}; give the report of that run"
        raise OpsError(message)
    stops = {
        text_of(one, "listener"): text_of(one, "message") for one in _list(found, "stops") if isinstance(one, dict)
    }
    return Facts(
        command=command,
        project=of[1],
        stack=of[2],
        exit_code=exit_code,
        complete=found.get("complete") is True,
        listeners=tuple(_listener(one, stops) for one in _list(found, "listeners") if isinstance(one, dict)),
        raw=found,
    )


def _parsed(content: str | None) -> Object | str:
    """Return the report, or why there is none that can be read."""
    if content is None:
        return "the run has left no report"
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return "the report of the run is no JSON, or only half of it is there"
    names = ("command", "project", "stack")
    if not isinstance(found, dict) or not all(text_of(found, name) for name in names):
        return "the report of the run does not say of which stack it is"
    if found.get("version") != _VERSION:
        return "the report of the run is of a version of the program that this one does not know"
    return found


def _of_this_run(found: Object | str, since: datetime | None) -> Object | str:
    if isinstance(found, str) or since is None:
        return found
    at = text_of(found, "at")
    try:
        is_earlier = datetime.fromisoformat(at) < since.replace(microsecond=0)
    except (ValueError, TypeError):
        return "the report of the run does not say when it began"
    return f"the run has left no report, and that of an earlier one began at {at}" if is_earlier else found


def _last(stack: str) -> str:
    return stack.rpartition("/")[2]


def _list(values: Object, name: str) -> list[Any]:
    found = values.get(name)
    return found if isinstance(found, list) else []


def _texts(values: Object, name: str) -> tuple[str, ...]:
    return tuple(one for one in _list(values, name) if isinstance(one, str))


def _object(values: Object, name: str) -> Object | None:
    found = values.get(name)
    return found if isinstance(found, dict) else None


def _listener(one: Object, stops: Mapping[str, str]) -> Listener:
    leaves = one.get("leaves") is True
    name = text_of(one, "listener")
    alb_config = text_of(one, "albConfig") or name
    stopped = text_of(one, "stopped") or stops.get(name, "")
    label = f"{one.get('port')}/{text_of(one, 'protocol')} of {alb_config}"
    return Listener(
        name=name,
        label=label,
        looked=one.get("looked") is not False,
        leaves=leaves,
        changes=one.get("changes") is True and not stopped,
        before=_object(one, "before"),
        after=_object(one, "givenBackTo" if leaves else "after"),
        # Nothing of it becomes true where an `up` stops.
        rejects=one.get("rejectsClientsWithoutCertificate") is True and not stopped,
        no_longer_trusted=() if stopped else _texts(one, "noLongerTrusted"),
        rejects_others=one.get("rejectsClientsOfAnotherCa") is True and not stopped,
        hosts=None if not isinstance(one.get("hosts"), list) else tuple(_hosts(one)),
        names_hosts=isinstance(one.get("allowedHosts"), list),
        stops=one.get("stopsUp") is True or bool(stopped),
        stopped=stopped,
        edition=text_of(one, "edition"),
        headers=_object(one, "identityHeaders") or {},
        writers=_texts(one, "otherWriters"),
        owners=tuple(each for each in _list(one, "owners") if isinstance(each, dict)),
        proof=_object(one, "proof"),
        fragment=text_of(one, "fragment"),
        awaiting=text_of(one, "awaiting"),
        handed_over=one.get("handedOver") is True,
    )


def _hosts(one: Object) -> Iterator[tuple[str, str]]:
    for each in _list(one, "hosts"):
        if isinstance(each, dict):
            yield text_of(each, "host"), text_of(each, "ingress")
