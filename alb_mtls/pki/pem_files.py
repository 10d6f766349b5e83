"""Certificates and keys in files that a setting names; errors name setting and path."""

from collections.abc import Callable
from typing import TypeVar

from cryptography import x509

from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, load_private_key
from alb_mtls.text_files import read_text, remedy_for, text_of

_Loaded = TypeVar("_Loaded")


def chain_in_file(path: str, setting: str) -> list[x509.Certificate]:
    """Return the certificates of a file, in their order.

    Raises:
        PkiError: the file cannot be read, or holds no certificates that can be used.
    """
    return _loaded(load_chain, path, setting)


def private_key_in_file(path: str, setting: str) -> PrivateKey:
    """Return the private key of a file.

    Raises:
        PkiError: the file cannot be read, or holds no key that can be used.
    """
    return _loaded(load_private_key, path, setting)


def _loaded(load: Callable[[str], _Loaded], path: str, setting: str) -> _Loaded:
    try:
        return load(_text(path))
    except PkiError as error:
        message = f"{setting} {path}: {error}"
    except UnicodeDecodeError as error:
        message = f"{setting} {path} is not text; {remedy_for(error.object)}"
    except OSError as error:
        message = f"cannot read {setting} {path}: {error.strerror}"
    raise PkiError(message)


def _text(path: str) -> str:
    try:
        return read_text(path)
    except UnicodeDecodeError as error:
        text = text_of(error.object)
        if text is None:
            raise
        return text
