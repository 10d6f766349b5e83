"""Where the clients of a fleet come from: a folder of signing requests, or a file of names.

Everything that cannot be used is returned beside the rest, by file or line, so that a thousand are reported at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alb_mtls.all_cores import on_all_cores
from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.fleet_names import name_problem, names_in
from alb_mtls.configuration.folders import FolderFile
from alb_mtls.imports import import_turn
from alb_mtls.pki.errors import PkiError
from alb_mtls.text_files import is_utf16, remedy_for, text_of

# As many as were tried (docs/reference/limits.md, Many clients).
MOST_CLIENTS = 20_000
# A request with an RSA key of 8192 bits and a screen of attributes has 5,000.
_MOST_OCTETS = 65_536
_ENDINGS = (".csr", ".pem")


@dataclass(frozen=True, kw_only=True)
class Member:
    """A client of a fleet, or what should be one.

    Attributes:
        place: its file, or its line, for messages.
        name: without the fleet's; None when it can be nobody's.
        csr_pem: of a folder, in the one form in which requests are compared.
        public_key: SHA-256 of the key in it.
        problem: why it cannot be used; None when it can.
    """

    place: str
    name: str | None
    csr_pem: str | None = None
    public_key: str | None = None
    problem: str | None = None


class SourceError(Exception):
    """The folder or file of a fleet itself cannot be used; the text says why, and begins with its path."""


def members_in_folder(path: str, context: ReadContext) -> list[Member]:
    """Return the clients whose requests lie in a folder, in the order of their names.

    Files that end otherwise and hidden ones are passed over; a symlink counts as what it leads to.

    Raises:
        SourceError: it cannot be read, or has no request or too many.
    """
    try:
        files = context.list_folder(path)
    except OSError as error:
        message = f"cannot read the folder {path}: {error.strerror or type(error).__name__}"
        raise SourceError(message) from None
    found = [one for one in files if one.name.lower().endswith(_ENDINGS) and not one.name.startswith(".")]
    _require_some(len(found), f"the folder {path} holds no file that ends in .csr or .pem")
    # Each of thousands proves by its signature that its sender has the key.
    return _apart(on_all_cores(lambda one: _member(one, context), found))


def members_in_file(path: str, context: ReadContext) -> list[Member]:
    """Return the clients whose names stand in a file, in their order.

    Raises:
        SourceError: it cannot be read, or has no name or too many.
    """
    try:
        text = context.read_file(path)
    except OSError as error:
        message = f"cannot read {path}: {error.strerror or type(error).__name__}"
        raise SourceError(message) from None
    except UnicodeDecodeError as error:
        in_utf16 = text_of(error.object) if is_utf16(error.object) else None
        if in_utf16 is None:
            message = f"{path} is not in UTF-8; save it so"
            raise SourceError(message) from None
        text = in_utf16
    names = list(names_in(text))
    _require_some(len(names), f"{path} holds no name")
    members = []
    for line, name in names:
        problem = name_problem(name)
        place = f"{path}:{line}"
        members.append(Member(place=place, name=None if problem else name, problem=problem))
    return _apart(members)


def _require_some(number: int, sentence: str) -> None:
    if number == 0:
        message = f"{sentence}; a fleet without a client is removed from the configuration"
        raise SourceError(message)
    if number > MOST_CLIENTS:
        message = f"a fleet has at most {MOST_CLIENTS:,} clients, but here are {number:,}; make several stacks of them"
        raise SourceError(message)


def _member(file: FolderFile, context: ReadContext) -> Member:
    name = Path(file.name).stem
    problem = name_problem(name)
    if problem is not None:
        return Member(place=file.path, name=None, problem=problem)
    try:
        csr_pem, public_key = _request(file, context)
    except PkiError as error:
        return Member(place=file.path, name=name, problem=str(error))
    return Member(place=file.path, name=name, csr_pem=csr_pem, public_key=public_key)


def _request(file: FolderFile, context: ReadContext) -> tuple[str, str]:
    """Return the request of a file and the SHA-256 of its key.

    Raises:
        PkiError: it cannot be used.
    """
    with import_turn:
        from alb_mtls.pki.csr import csr_problems, load_csr
        from alb_mtls.pki.keys import spki_sha256

    csr = load_csr(_text(file, context))
    for problem in csr_problems(csr):
        raise PkiError(problem)
    return csr.pem, spki_sha256(csr.public_key)


def _text(file: FolderFile, context: ReadContext) -> str:
    if file.problem is not None:
        message = f"it cannot be read: {file.problem}"
        raise PkiError(message)
    if file.octets is None:
        # Nobody waits a thousand times for a pipe that nobody fills.
        message = "it is no regular file; a request is read from a file"
        raise PkiError(message)
    if file.octets > _MOST_OCTETS:
        message = f"it has {file.octets:,} octets, but a request has at most {_MOST_OCTETS:,}"
        raise PkiError(message)
    try:
        return context.read_file(file.path)
    except UnicodeDecodeError as error:
        text = text_of(error.object)
        if text is None:
            message = f"it is not text; {remedy_for(error.object)}"
            raise PkiError(message) from None
        return text
    except OSError as error:
        message = f"it cannot be read: {error.strerror or type(error).__name__}"
        raise PkiError(message) from None


def _apart(members: list[Member]) -> list[Member]:
    """Return the same, with a problem for all of those that share a name or a key: nobody knows which one is meant.

    Names that differ in their case alone are one, since their files would be on macOS and Windows.
    """
    by_name: dict[str, list[str]] = {}
    by_key: dict[str, list[str]] = {}
    for one in members:
        if one.name is not None:
            by_name.setdefault(one.name.lower(), []).append(one.place)
        if one.public_key is not None:
            by_key.setdefault(one.public_key, []).append(one.place)
    return [_compared(one, by_name, by_key) for one in members]


def _compared(one: Member, by_name: dict[str, list[str]], by_key: dict[str, list[str]]) -> Member:
    problem = one.problem
    same_key = next(_others(one, by_key, one.public_key), None)
    same_name = next(_others(one, by_name, None if one.name is None else one.name.lower()), None)
    if problem is None and same_name is not None:
        problem = f"{same_name} has the same name, as far as macOS and Windows tell names apart; keep one of the two"
    elif problem is None and same_key is not None:
        problem = f"{same_key} holds the same key; one key under two names is one client"
    return one if problem is one.problem else Member(place=one.place, name=one.name, problem=problem)


def _others(one: Member, places: dict[str, list[str]], key: str | None) -> Iterator[str]:
    return (place for place in places.get(key or "", ()) if place != one.place)
