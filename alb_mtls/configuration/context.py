"""What the files that the configuration names are read with and checked against."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alb_mtls.configuration.folders import ListFolder, list_folder
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.text_files import is_utf16, remedy_for, text_of

ReadFile = Callable[[str], str]
# Mode bits of a file, None when they cannot be known.
ModeOf = Callable[[str], int | None]
IsSecret = Callable[[str], bool]


def no_mode(_path: str) -> None:
    """Know the mode of no file: where files are no files of this machine."""


def no_secret(_key: str) -> bool:
    """Say that nothing is kept encrypted."""
    return False


@dataclass(frozen=True, kw_only=True)
class ReadContext:
    """What files are read with and checked against.

    Attributes:
        read_file: gives the text of a file, or raises OSError or UnicodeDecodeError.
        now: the present, aware, in UTC.
        enabled: listeners request certificates. Without it a certificate that servers reject is no error: who is
            rejected because of one must be able to switch off.
        preview: nothing will be signed or changed.
        mode_of: gives the mode of a file.
        environment: of the process.
        is_secret: says of a key at the top of the configuration whether Pulumi keeps it, or a part of it, encrypted.
        list_folder: gives what lies in a folder, or raises OSError.
        warnings: what works but should be known, collected here.
    """

    read_file: ReadFile
    now: datetime
    enabled: bool = True
    preview: bool = False
    mode_of: ModeOf = no_mode
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_secret: IsSecret = no_secret
    list_folder: ListFolder = list_folder
    warnings: list[str] = field(default_factory=list)

    def warn(self, reader: ObjectReader, name: str, message: str) -> None:
        """Record something that should be known of the member `name`."""
        self.warnings.append(f"{reader.key_of(name)}: {message}")

    def while_enabled(self, reader: ObjectReader, name: str, message: str) -> None:
        """Record why whoever uses the file at `name` is rejected: a mistake only while certificates are requested."""
        if self.enabled:
            reader.problem(name, message)
        else:
            self.warn(reader, name, message)


def read_text_file(
    reader: ObjectReader, name: str, path: str, read_file: ReadFile, *, in_utf16: bool = True
) -> str | None:
    """Return the text of a file, or record at `name` why it cannot be read; `in_utf16` says that UTF-16 can be."""
    try:
        return read_file(path)
    except UnicodeDecodeError as error:
        if not in_utf16 and is_utf16(error.object):
            reader.problem(name, f"{path} is UTF-16, which OpenSSL does not read; save it as UTF-8")
            return None
        text = text_of(error.object)
        if text is None:
            reader.problem(name, f"{path} is not text; {remedy_for(error.object)}")
        return text
    except OSError as error:
        reader.problem(name, f"cannot read {path}: {error.strerror or type(error).__name__}")
    return None
