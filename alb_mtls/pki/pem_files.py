"""Certificates and keys in files that a setting names; errors name setting and path."""

from pathlib import Path

from cryptography import x509

from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, load_private_key


def chain_in_file(path: str, setting: str) -> list[x509.Certificate]:
    """Return the certificates of a file, in their order.

    Args:
        path: of the file.
        setting: full key that names it, for messages.

    Raises:
        PkiError: the file cannot be read, or holds no certificates that can be used.
    """
    text = _text(path, setting)
    try:
        return load_chain(text)
    except PkiError as error:
        message = f"{setting} {path}: {error}"
        raise PkiError(message) from None


def private_key_in_file(path: str, setting: str) -> PrivateKey:
    """Return the private key of a file.

    Args:
        path: of the file.
        setting: full key that names it, for messages.

    Raises:
        PkiError: the file cannot be read, or holds no key that can be used.
    """
    text = _text(path, setting)
    try:
        return load_private_key(text)
    except PkiError as error:
        message = f"{setting} {path}: {error}"
        raise PkiError(message) from None


def _text(path: str, setting: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        message = f"{setting} {path} is not text; give the PEM form, not DER"
    except OSError as error:
        message = f"cannot read {setting} {path}: {error.strerror}"
    raise PkiError(message)
