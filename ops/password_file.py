"""The password that a person gives for a PKCS#12 file: one that every reader turns into the same bytes."""

from dataclasses import dataclass, field
from pathlib import Path

from alb_mtls.file_modes import open_to_others
from alb_mtls.text_files import is_utf16, read_bytes
from ops.errors import OpsError

# APP_PASS_LEN of the program openssl, less one; what is longer it cuts without a word.
_LONGEST = 1023


@dataclass(frozen=True, kw_only=True)
class GivenPassword:
    """A password.

    Attributes:
        notes: what should be looked at, in sentences.
    """

    text: str = field(repr=False)
    notes: tuple[str, ...]


def read_password(path: Path) -> GivenPassword:
    """Return the first line of a file.

    Whatever is not ASCII becomes UTF-16 or UTF-8 according to the encryption, and readers differ in which one they
    take: OpenSSL opens a file that Java does not (docs/facts/x509-and-tls.md, PKCS#12).

    Raises:
        OpsError: it cannot be read, is empty or too long, holds PEM, or has a character other than printable ASCII;
            no message quotes it.
    """
    name = f"--password-file {path}"
    try:
        content, mode = read_bytes(path), path.stat().st_mode
    except OSError as error:
        message = f"cannot read {name}: {error.strerror}"
        raise OpsError(message) from None
    first = _text(content, name).partition("\n")[0].removesuffix("\r")
    if not first:
        message = f"the first line of {name} is empty; it must hold the password"
        raise OpsError(message)
    if first.startswith("-----BEGIN "):
        message = f"{name} holds a certificate or a key, not a password; name the file with the password"
        raise OpsError(message)
    if len(first) > _LONGEST:
        message = (
            f"the first line of {name} has {len(first)} characters, but at most {_LONGEST} are taken; OpenSSL opens no "
            "file with a longer password"
        )
        raise OpsError(message)
    for place, character in enumerate(first, start=1):
        if not (character.isascii() and character.isprintable()):
            message = (
                f"character {place} in the first line of {name} is not printable ASCII; programs disagree on what it "
                "means in a password, and Java opens no such file: use letters, digits and signs of ASCII"
            )
            raise OpsError(message)
    return GivenPassword(text=first, notes=tuple(_notes(path, mode)))


def _text(content: bytes, name: str) -> str:
    if is_utf16(content):
        message = f"{name} is UTF-16; save it as UTF-8"
        raise OpsError(message)
    try:
        # With a BOM, as editors on Windows write it, or without.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = f"{name} is not text in UTF-8; save it as UTF-8"
        raise OpsError(message) from None


def _notes(path: Path, mode: int) -> list[str]:
    note = open_to_others(f"--password-file {path}", str(path), mode, what="it")
    return [] if note is None else [note]
