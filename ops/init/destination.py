"""Where the stack file goes: a new file, or one that holds nothing but what `pulumi stack init` has put there."""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ops.errors import OpsError
from ops.stack import stack_file

# As the Pulumi CLI takes it, with its organization and project before it or not.
_NAME = re.compile(r"([A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}/){0,2}[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
_EMPTY_CONFIG = re.compile(r"^config:[ \t]*(\{[ \t]*\}|null|~)?[ \t]*(#.*)?\n?", re.MULTILINE)
_MODE = 0o644


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A stack file that may be written.

    Attributes:
        kept: what `pulumi stack init` has written into it, without `config`; None where there is no file.
    """

    path: Path
    kept: str | None

    @property
    def is_initialized(self) -> bool:
        """Whether the Pulumi CLI has made the stack already, as far as the file shows it."""
        return any(key in (self.kept or "") for key in ("encryptionsalt:", "secretsprovider:"))

    def content(self, text: str) -> str:
        """Return the whole file: what was there, then the configuration."""
        return f"{self.kept or ''}{text}"

    def write(self, text: str) -> None:
        """Put the file in place, whole, and never over what somebody else has written meanwhile.

        Raises:
            OpsError: there is another file by now, or the disk fails.
        """
        temporary = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(self.content(text))
                file.flush()
                os.fsync(file.fileno())
            self._place(temporary)
        except OSError as error:
            message = f"cannot write {self.path}: {error.strerror}"
            raise OpsError(message) from None
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()

    def _place(self, temporary: Path) -> None:
        if self.kept is None:
            try:
                # Unlike a rename, it fails when somebody else was faster.
                os.link(temporary, self.path)
            except FileExistsError:
                raise _taken(self.path) from None
            except OSError:
                self._create_without_links(temporary)
            return
        if destination(self.path).kept != self.kept:
            raise _taken(self.path)
        temporary.replace(self.path)

    def _create_without_links(self, temporary: Path) -> None:
        # Some file systems of other machines have no hard links.
        try:
            with self.path.open("x", encoding="utf-8") as file:
                file.write(temporary.read_text("utf-8"))
        except FileExistsError:
            raise _taken(self.path) from None


def new_stack_file(stack: str, config_file: Path | None) -> Path:
    """Return the path of the file of a new stack.

    Raises:
        OpsError: no stack can be called so.
    """
    if _NAME.fullmatch(stack) is None:
        message = f"{stack!r} is no name of a stack; it has letters, digits, -, _ and ., such as prod"
        raise OpsError(message)
    return stack_file(stack, config_file)


def destination(path: Path) -> Destination:
    """Return the file to write, which must hold no configuration yet.

    Raises:
        OpsError: it does, or it cannot be read.
    """
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK | os.X_OK):
        # Here, before a person has answered anything.
        message = f"cannot write {path}: {path.parent} is no folder that you may write to"
        raise OpsError(message)
    # Neither a device nor a pipe is read, and none is replaced.
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise _taken(path)
    try:
        text = path.read_text("utf-8")
        content: Any = yaml.safe_load(text)
    except FileNotFoundError:
        return Destination(path=path, kept=None)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise _taken(path) from None
    if content is None:
        content = {}
    if not isinstance(content, dict) or content.get("config"):
        raise _taken(path)
    kept = _EMPTY_CONFIG.sub("", text) if "config" in content else text
    kept = kept if not kept or kept.endswith("\n") else f"{kept}\n"
    rest = {key: value for key, value in content.items() if key != "config"}
    if (yaml.safe_load(kept) or {}) != rest:
        raise _taken(path)
    return Destination(path=path, kept=kept)


def _taken(path: Path) -> OpsError:
    return OpsError(
        f"{path} is there already and is left as it is; change it by hand (docs/reference/configuration.md), or give "
        "another stack, or move the file away"
    )
