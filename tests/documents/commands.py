"""docs/reference/commands.md: every command of `ops` and `lab`, as `--help` has it; no width and no colour is in it."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, get_args

import typer
from typer.main import get_command

import lab.cli
import ops.cli

_TITLE = """\
# Every command and option

Written from `--help` by `make docs`: do not edit it.
What a command of `ops` is for, what it prints and what its `--json` holds: [operations](operations.md).
What the lab does: [lab/README.md](../../lab/README.md).
"""
_OPS = (
    "Exit codes: 0 fine, 1 a finding, 2 not known, not done, or used wrongly; of each command: "
    "[operations](operations.md)."
)
_LAB = "Exit codes: 0 done, {failed} failed, 2 used wrongly, {not_running} the lab is not running."


def commands_page() -> str:
    """Return the page."""
    of_lab = _LAB.format(failed=lab.cli.FAILED, not_running=lab.cli.NOT_RUNNING)
    blocks = [_TITLE, *_group("ops", ops.cli.app, _OPS), *_group("lab", lab.cli.app, of_lab)]
    return "\n".join(blocks)


def _group(name: str, app: typer.Typer, exit_codes: str) -> Iterator[str]:
    group: Any = get_command(app)
    yield f"## python -m {name}\n\n{group.help}\n\n{exit_codes}\n"
    yield from _table(group.params)
    for of, command in sorted(group.commands.items()):
        usage = " ".join(["python -m", name, of, *(_argument(one) for one in command.params if _is_argument(one))])
        yield f"### {name} {of}\n\n    {usage} [options]\n\n{_cell(command.help)}\n"
        yield from _table(command.params)


def _table(params: Sequence[Any]) -> Iterator[str]:
    rows = [_row(one) for one in params if not one.hidden]
    if rows:
        yield "\n".join(["| option | value | default | what it does |", "|---|---|---|---|", *rows, ""])


def _row(param: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))
    if _is_argument(param):
        names = f"`{_argument(param)}`"
    return f"| {names} | {_value(param)} | {_default(param)} | {_cell(param.help)} |"


def _is_argument(param: Any) -> bool:
    return not param.opts[0].startswith("-")


def _argument(param: Any) -> str:
    name = param.metavar or param.name.upper()
    name = f"{name}..." if param.nargs != 1 else name
    return name if param.required or name.startswith("[") else f"[{name}]"


_SHOWN = {"str": "text", "int": "number", "float": "number", "Path": "path", "datetime": "time in UTC"}


def _value(param: Any) -> str:
    if getattr(param, "is_flag", False):
        return ""
    of = param.type_descriptor.annotation
    of = next(iter(get_args(of)), of)
    if isinstance(of, type) and issubclass(of, Enum):
        shown = ", ".join(f"`{one.value}`" for one in of)
    else:
        shown = _SHOWN[of.__name__]
    return f"{shown}; again for each" if param.multiple else shown


def _default(param: Any) -> str:
    if param.required:
        return "required"
    if getattr(param, "is_flag", False) or param.default in (None, (), []) or callable(param.default):
        return ""
    return f"`{param.default.value if isinstance(param.default, Enum) else param.default}`"


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "\\<")
