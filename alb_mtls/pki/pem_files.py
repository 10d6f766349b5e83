"""Certificates and keys in files that a setting names; errors name setting and path."""

from collections.abc import Callable
from typing import TypeVar

from cryptography import x509

from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, is_encrypted, load_private_key
from alb_mtls.pki.passphrases import KEY, VARIABLE, Passphrase, PassphraseOf
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


def ca_key_in_file(path: str, passphrase_of: PassphraseOf) -> PrivateKey:
    """Return the private key of an imported root CA.

    Args:
        path: as its `keyFile` has it.
        passphrase_of: asked for a file that is encrypted.

    Raises:
        PkiError: as private_key_in_file, or the passphrase is missing or another one.
    """
    passphrase = passphrase_of(path)
    return _loaded(lambda text: load_ca_key(text, passphrase), path, key_file_setting(path, passphrase_of))


def key_file_setting(path: str, passphrase_of: PassphraseOf) -> str:
    """Return the key of the configuration that names a key file of an imported root CA."""
    passphrase = passphrase_of(path)
    return f"{'rootCa' if passphrase is None else passphrase.described_at}.keyFile"


def is_locked(path: str, passphrase_of: PassphraseOf) -> bool:
    """Say whether a key file is encrypted and nothing is known that opens it; one that cannot be read is not."""
    try:
        passphrase = passphrase_of(path)
        return (passphrase is None or not passphrase.text) and is_encrypted(_text(path))
    except (OSError, UnicodeDecodeError):
        return False


def load_ca_key(text: str, passphrase: Passphrase | None) -> PrivateKey:
    """Read the private key of an imported root CA.

    Raises:
        PkiError: as load_private_key; of an encrypted one without a passphrase it says where that is set.
    """
    if (passphrase is None or not passphrase.text) and is_encrypted(text):
        setting = f"{'rootCa' if passphrase is None else passphrase.described_at}.{KEY}"
        message = (
            f"the private key is encrypted, and its passphrase is not known; set {setting} (pulumi config set --path "
            f"--secret '{setting}'), or the variable {VARIABLE}"
        )
        raise PkiError(message)
    return load_private_key(text, passphrase)


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
