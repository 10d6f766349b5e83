"""Reading kubeconfigs as kubectl does: files that may be empty or encoded otherwise, content, and content in base64.

No message quotes a value of a kubeconfig, and none a text that was meant as a path and may be content: what the
package kubernetes says of a broken one quotes parts of it.
"""

import base64
import binascii
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from alb_mtls.cluster.errors import BadKubeconfig
from alb_mtls.text_files import is_utf16, read_bytes

DEFAULT: Final = "~/.kube/config"
KINDS: Final = {"clusters": "cluster", "contexts": "context", "users": "user"}
# Longer texts, and those without a separator or a dot, may be a credential.
_PATH = re.compile(r"(?=.*[./])(?:[^\s{}:+=\"'/]{0,64}/)*[^\s{}:+=\"'/]{0,64}")
_LONGEST_PATH = 200


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A cluster, context or user of a kubeconfig, and the folder that its relative paths begin at."""

    name: str
    body: dict[str, Any]
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Kubeconfig:
    """One or more kubeconfigs as one: of entries of one name the first counts.

    Attributes:
        source: how messages name it.
        current_context: None when no file has one.
    """

    source: str
    current_context: str | None
    clusters: dict[str, Entry]
    contexts: dict[str, Entry]
    users: dict[str, Entry]


def bad(source: str, reason: str) -> BadKubeconfig:
    """Return the error that names a kubeconfig and what is wrong with it."""
    sentence = (
        f"kubeconfig {source} cannot be used: {reason}; set kubernetes:kubeconfig and kubernetes:context, or KUBECONFIG"
    )
    return BadKubeconfig(sentence)


def read_kubeconfig(kubeconfig: str | None) -> Kubeconfig:
    """Read a kubeconfig.

    Args:
        kubeconfig: a path, the content itself, or that in base64; None means KUBECONFIG, which may name several files,
            then `~/.kube/config`.

    Raises:
        BadKubeconfig: names the file and what is wrong with it, and never quotes it.
    """
    content = None if kubeconfig is None else _content(kubeconfig)
    if content is not None:
        return _merged("given as content", [(Path.cwd(), _document(content, "given as content"))])
    # Read when needed: the kubernetes package reads KUBECONFIG once, when it is imported.
    variable = os.environ.get("KUBECONFIG")
    if kubeconfig is None and variable and _content(variable) is not None:
        source = "in the variable KUBECONFIG"
        raise bad(source, "it is the content of a kubeconfig, and KUBECONFIG must name a file")
    return _from_files(kubeconfig or variable or DEFAULT, of_configuration=bool(kubeconfig))


def paths_of(kubeconfig: str | None) -> list[Path]:
    """Return the files that `read_kubeconfig` reads, there or not; none when it is given the content."""
    paths = kubeconfig or os.environ.get("KUBECONFIG") or DEFAULT
    return [] if _content(paths) is not None else _files(paths)


def _files(paths: str) -> list[Path]:
    return [Path(one).expanduser() for one in paths.split(os.pathsep) if one]


def _from_files(paths: str, *, of_configuration: bool) -> Kubeconfig:
    if not are_paths(paths):
        source = "in kubernetes:kubeconfig" if of_configuration else "in the variable KUBECONFIG"
        raise bad(source, "its value names no file and is no YAML object")
    texts = {path: _text(path, paths) for path in _files(paths)}
    documents = [
        (path.parent.absolute(), _document(text, paths)) for path, text in texts.items() if text and text.strip()
    ]
    if not documents:
        raise bad(paths, "there is no such file" if set(texts.values()) <= {None} else "the file is empty")
    return _merged(paths, documents)


def are_paths(paths: str) -> bool:
    """Say whether a text may be quoted: only paths look like this."""
    each = [path for path in paths.split(os.pathsep) if path]
    return all(len(path) < _LONGEST_PATH and (_PATH.fullmatch(path) or _is_file(path)) for path in each)


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def _content(text: str) -> str | None:
    """Return the content that a text is, or is in base64; None for a path."""
    if "\n" in text.strip() or text.lstrip().startswith(("{", "apiVersion:")):
        return text
    if _is_file(text):
        return None
    try:
        decoded = base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return decoded if "\n" in decoded.strip() or decoded.lstrip().startswith("{") else None


def _text(path: Path, source: str) -> str | None:
    """Return the text of a file, None when there is none."""
    try:
        data = read_bytes(path)
    except IsADirectoryError:
        raise bad(source, "it is a folder and must be a file") from None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "its name is no path"
        raise bad(source, f"the file cannot be read ({why})") from None
    try:
        return data.decode("utf-16" if is_utf16(data) else "utf-8-sig")
    except UnicodeDecodeError:
        raise bad(source, "the file is not text in UTF-8; save it as UTF-8") from None


def _document(text: str, source: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        # Its texts quote the line.
        raise bad(source, "it is not valid YAML") from None
    if not isinstance(value, dict):
        raise bad(source, f"it holds {_named(value)}, and must be a YAML object with clusters, contexts and users")
    return value


def _named(value: object) -> str:
    return {list: "a list", str: "a text", type(None): "nothing"}.get(type(value), "no object")


def _merged(source: str, documents: list[tuple[Path, dict[str, Any]]]) -> Kubeconfig:
    found: dict[str, dict[str, Entry]] = {kind: {} for kind in KINDS}
    current = None
    for folder, document in documents:
        current = current or document.get("current-context")
        for kind, member in KINDS.items():
            for entry in _entries(document, kind, member, source, folder):
                found[kind].setdefault(entry.name, entry)
    if current is not None and not isinstance(current, str):
        raise bad(source, "current-context must be a text")
    return Kubeconfig(source=source, current_context=current, **found)


def _entries(document: dict[str, Any], kind: str, member: str, source: str, folder: Path) -> list[Entry]:
    listed = document.get(kind) or []
    if not isinstance(listed, list):
        raise bad(source, f"{kind} must be a list")
    entries = []
    for place, item in enumerate(listed):
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise bad(source, f"{kind}[{place}] must be an object with a name")
        body = item.get(member, {})
        if body is not None and not isinstance(body, dict):
            raise bad(source, f"{kind}[{place}].{member} must be an object")
        if member not in item and item.keys() != {"name"}:
            raise bad(source, f"{kind}[{place}] has keys that belong one level deeper, below {member}")
        entries.append(Entry(name=item["name"], body=body or {}, folder=folder))
    return entries
