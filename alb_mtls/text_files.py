"""Files that are not in UTF-8: what Windows tools write."""

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

_MARKS = (BOM_UTF16_LE, BOM_UTF16_BE)


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
