"""`export`: writing a client's files and saying what was written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alb_mtls.pki.errors import PkiError
from ops.bundle import bundle_of, client_of, with_chain
from ops.errors import OpsError
from ops.files import OutputFolder
from ops.handing_over import HandingOver, handing_over
from ops.password_file import read_password
from ops.state import StackState


@dataclass(frozen=True, kw_only=True)
class WrittenFile:
    """A file that was written, and what it is for."""

    path: Path
    what: str
    mode: int


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What an export left on the disk.

    Attributes:
        notes: what is missing or must be looked at, in sentences.
        receiver: what must be done with them by whoever gets them.
    """

    client: str
    files: tuple[WrittenFile, ...]
    notes: tuple[str, ...]
    receiver: HandingOver

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts; no content, no password."""
        return {
            "client": self.client,
            "files": [{"path": str(f.path), "what": f.what, "mode": f"{f.mode:04o}"} for f in self.files],
            "notes": list(self.notes),
            "receiver": self.receiver.to_json(),
        }


def export_client(state: StackState, name: str, *, out: Path, password_file: Path | None, legacy: bool) -> Exported:
    """Write the files of a client.

    Args:
        state: the stack.
        name: of the client.
        out: the folder, made with mode 0700 when it is missing.
        password_file: holds the password of the PKCS#12 file in its first line; None makes a random one.
        legacy: 3DES in the PKCS#12 file.

    Raises:
        OpsError: nothing was written, or what could be was: unknown client, unreadable password, a name that is
            taken by a symlink, a disk that fails.
    """
    client = client_of(state, name)
    given = None if password_file is None else read_password(password_file)
    try:
        client = with_chain(state, client)
        bundle = bundle_of(state, client, password=None if given is None else given.text, legacy=legacy)
        receiver = handing_over(client, state.crosses)
    except PkiError as error:
        message = f"client {name}: {error}"
        raise OpsError(message) from None
    with OutputFolder.opened(out) as folder:
        # All before the first write, so that a refusal leaves the folder as it was.
        for file in bundle.files:
            folder.require_writable(file.name)
        written = [
            WrittenFile(path=folder.write(file.name, file.content, file.mode), what=file.what, mode=file.mode)
            for file in bundle.files
        ]
        leftover = [one for one in bundle.outdated if folder.exists(one)]
    notes = [*bundle.notes, *(f"{out / one} is of an earlier export and does not belong to these" for one in leftover)]
    notes += () if given is None else given.notes
    return Exported(client=name, files=tuple(written), notes=tuple(notes), receiver=receiver)
