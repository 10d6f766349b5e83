"""Files that hold text: read without waiting for ever, and those that are not in UTF-8, as Windows tools write them."""

import errno
import os
import stat
import time
from codecs import BOM_UTF16_BE, BOM_UTF16_LE

_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)
# A pipe may be filled by a secret store, which begins when it is opened and may first ask a person for a password.
_SECONDS_FOR_A_WRITER, _SECONDS_FOR_ITS_WORDS = 5.0, 60.0
_PAUSE = 0.02
_MOST_OCTETS = 64 << 20
_PIECE = 1 << 16
# PFX of RFC 7292: version 3, then the object identifier of PKCS #7 data.
_PKCS12 = bytes.fromhex("020103")
_PKCS7_DATA = bytes.fromhex("06092a864886f70d010701")
_BEGIN_OF_PKCS12 = 32


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Return the content of a file, or of a pipe that somebody fills.

    Raises:
        OSError: it cannot be read, nobody fills the pipe, or it does not end.
    """
    # Else opening a pipe waits until somebody writes into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        return _content(descriptor, is_pipe=is_pipe)
    finally:
        os.close(descriptor)


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a file in UTF-8, with its line ends as they are: OpenSSL takes no carriage return for one.

    Raises:
        OSError: as read_bytes.
        UnicodeDecodeError: it is in another encoding; `text_of` reads some of them.
    """
    return read_bytes(path).decode("utf-8")


def _content(descriptor: int, *, is_pipe: bool) -> bytes:
    pieces, size = [], 0
    begin = time.monotonic()
    while size <= _MOST_OCTETS:
        piece = _piece(descriptor)
        if piece:
            pieces.append(piece)
            size += len(piece)
            begin = time.monotonic()
        elif piece is not None and (pieces or not is_pipe):
            return b"".join(pieces)
        else:
            patience = _SECONDS_FOR_ITS_WORDS if piece is None else _SECONDS_FOR_A_WRITER
            if time.monotonic() - begin > patience:
                raise OSError(
                    errno.ETIMEDOUT, f"it is no regular file, and nothing came out of it for {patience:g} seconds"
                )
            time.sleep(_PAUSE)
    raise OSError(errno.EFBIG, f"it has more than {_MOST_OCTETS >> 20} MiB, or no end")


def _piece(descriptor: int) -> bytes | None:
    """Return what is there to be read; nothing at the end or without a writer; None while a writer is silent."""
    try:
        return os.read(descriptor, _PIECE)
    except BlockingIOError:
        return None


def is_utf16(data: bytes) -> bool:
    """Say whether the content of a file begins with the byte order mark of UTF-16."""
    return data.startswith(_MARKS)


def text_of(data: bytes) -> str | None:
    """Return the text of a PEM file that is no UTF-8, or None when it is no such file.

    PEM itself is ASCII: in whatever code page the words around it are, as ISO 8859-1 they read as something.
    """
    if is_utf16(data):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            return None
    return data.decode("iso8859-1") if b"-----BEGIN " in data else None


def remedy_for(data: bytes) -> str:
    """Return how a file that is no text becomes PEM."""
    begin = data[:_BEGIN_OF_PKCS12]
    if _PKCS12 in begin and _PKCS7_DATA in begin:
        return (
            "it is PKCS #12; take what is needed out of it: openssl pkcs12 -in FILE -clcerts -nokeys -out FILE2 the "
            "certificate, openssl pkcs12 -in FILE -nocerts -nodes -out FILE2 the key"
        )
    return "give the PEM form, not DER"
