"""`export --all`: the certificates of all clients, into a folder that is committed or synced.

A second run changes no octet and no time of a file. So there is no PKCS#12 file in it, which is another one each time.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from alb_mtls.listing import listing
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.inventory import fleet_of
from ops.bundle import with_chain
from ops.command import exit_code
from ops.errors import OpsError
from ops.files import PRIVATE_MODE, PUBLIC_MODE, OutputFolder
from ops.manifest import Manifest
from ops.output import Output
from ops.state import StackState
from ops.state_records import ClientRecord


@dataclass(frozen=True, kw_only=True)
class ExportedAll:
    """What an export left on the disk, as paths below the folder.

    Attributes:
        written: new ones and such as held something else.
        unchanged: that held the same already.
        stale: of earlier exports that belong to nobody any more, and are still there.
        removed: such as were removed.
        keys: how many private keys lie there.
        notes: what is missing, in sentences.
    """

    folder: Path
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    stale: tuple[str, ...]
    removed: tuple[str, ...]
    keys: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts; no content."""
        return {
            "folder": str(self.folder),
            "written": list(self.written),
            "unchanged": list(self.unchanged),
            "stale": list(self.stale),
            "removed": list(self.removed),
            "keys": self.keys,
            "notes": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """Yield it for people, a few files by name."""
        yield f"{self.folder}: {len(self.unchanged)} files are as they were"
        for what, files in (("written", self.written), ("removed", self.removed)):
            if files:
                yield f"{len(files)} {what}: {listing(files)}"
        if self.stale:
            yield (
                f"{len(self.stale)} of an earlier export belong to no client any more: {listing(self.stale)}; with "
                "--remove they are removed"
            )
        if self.keys:
            yield f"{self.keys} private keys are among the files: keep the folder out of repositories"


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which clients are exported, and what of them.

    Attributes:
        fleet: the one whose clients they are; None for all clients.
        keys: private keys too.
        remove: remove what earlier exports wrote and this one does not.
    """

    fleet: str | None
    keys: bool
    remove: bool


def export_all(state: StackState, *, out: Path, selection: Selection) -> ExportedAll:
    """Write the files of many clients.

    Args:
        state: the stack.
        out: the folder, made with mode 0700 when it is missing.
        selection: which.

    Raises:
        OpsError: there is no such fleet, the folder is another stack's, a name in it is taken by something else, or
            the disk fails. What has been written by then is right, and another run goes on.
    """
    clients = _clients(state, selection.fleet)
    files = dict(_files(state, clients, selection))
    written: list[str] = []
    unchanged: list[str] = []
    with OutputFolder.opened(out) as top:
        # What two exports at once had noted, the one that ends first would lose.
        top.wait_for_others()
        manifest = Manifest.read(top, f"{state.project}/{state.stack}")
        # Noted before the first is written, so that a killed run leaves none behind that nobody knows.
        manifest.write(top, manifest.files | files.keys())
        # One after another: as many open folders as there are clients, a process may not have.
        for name, paths in groupby(sorted(files), key=_folder):
            with _opened(top, name) as folder:
                for path in paths:
                    kept = folder.keep(_name(path), *files[path])
                    (unchanged if kept else written).append(path)
        left = [path for path in sorted(manifest.files - files.keys()) if _is_of(path, selection.fleet)]
        stale = [path for path in left if _exists(top, path)]
        removed = stale if selection.remove else []
        for path in removed:
            _remove(top, path)
        gone = {*left} - ({*stale} - {*removed})
        manifest.write(top, (manifest.files | files.keys()) - gone)
    return ExportedAll(
        folder=out,
        written=tuple(written),
        unchanged=tuple(unchanged),
        stale=() if selection.remove else tuple(stale),
        removed=tuple(removed),
        keys=sum(mode == PRIVATE_MODE for _, mode in files.values()),
        notes=() if state.root_cas else ("no CA is written: a purchased CA is in CAS only",),
    )


def _clients(state: StackState, fleet: str | None) -> list[ClientRecord]:
    clients = [one for one in state.clients if fleet is None or fleet_of(one.name) == fleet]
    if clients or fleet is None:
        return clients
    fleets = sorted({of_it for one in state.clients if (of_it := fleet_of(one.name)) is not None})
    message = f"stack {state.stack} has no fleet {fleet!r} with a client; its fleets are: {', '.join(fleets) or 'none'}"
    raise OpsError(message)


def _files(
    state: StackState, clients: list[ClientRecord], selection: Selection
) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """Yield path, content and mode of each file: a fleet has a folder, and so has each client by itself."""
    for ca in state.root_cas:
        yield f"ca-{ca.generation}.crt", (ca.certificate_pem.encode("ascii"), PUBLIC_MODE)
    for client in map(partial(_with_chain, state), clients):
        name = client.name if fleet_of(client.name) is not None else f"{client.name}/{client.name}"
        yield f"{name}.crt", (client.certificate_pem.encode("ascii"), PUBLIC_MODE)
        yield f"{name}.chain.pem", (client.chain_pem.encode("ascii"), PUBLIC_MODE)
        if selection.keys and client.private_key_pem is not None:
            yield f"{name}.key", (client.private_key_pem.encode("ascii"), PRIVATE_MODE)


def _with_chain(state: StackState, client: ClientRecord) -> ClientRecord:
    """Return a client with all that it sends; the chain of one that was issued here is whole already."""
    if client.generation is not None:
        return client
    try:
        return with_chain(state, client)
    except PkiError as error:
        message = f"client {client.name}: {error}"
        raise OpsError(message) from None


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_of(path: str, fleet: str | None) -> bool:
    return fleet is None or _folder(path) == fleet


def _exists(top: OutputFolder, path: str) -> bool:
    if _folder(path) and not top.exists(_folder(path)):
        return False
    with _opened(top, _folder(path)) as folder:
        return folder.exists(_name(path))


def _remove(top: OutputFolder, path: str) -> None:
    with _opened(top, _folder(path)) as folder:
        folder.require_writable(_name(path))
        folder.remove(_name(path))
    if _folder(path):
        top.remove_if_empty(_folder(path))


def _opened(top: OutputFolder, name: str) -> AbstractContextManager[OutputFolder]:
    return top.inside(name) if name else nullcontext(top)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def refuse_of_one(client: str | None, *, legacy: bool, password_file: Path | None) -> None:
    """Refuse what is for one client alone.

    Raises:
        OpsError: it was given.
    """
    if client is not None or legacy or password_file is not None:
        message = (
            "--all and --fleet take no client, and write no PKCS#12 file, so neither --legacy nor --password-file; "
            "export one client for that"
        )
        raise OpsError(message)


def print_export(exported: ExportedAll, output: Output) -> int:
    """Print what was written, and return the exit code: files that belong to nobody are a finding."""
    if output.as_json:
        output.document(exported.to_json())
    else:
        for line in exported.lines():
            output.line(line)
        for note in exported.notes:
            output.say(f"note: {note}")
    return exit_code(findings=bool(exported.stale), unknown=False)
