"""Every secret that ever stood in a stack's state: decrypted from all the files that the engine left of it.

Read from the files and not from `stack export --show-secrets`, because a destroyed stack has no state any more, but
its keys must not stand in the clear either; and because ten calls of the CLI are ten seconds.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.helpers.key_service import key_of

# As sdk/go/common/resource/config/crypt.go derives and writes them: v1:<nonce>:<ciphertext and tag>.
_ROUNDS = 1_000_000
_KEY_BYTES = 32
_CIPHERTEXT = re.compile(r"v1:([A-Za-z0-9+/]{16}):([A-Za-z0-9+/=]+)")
_SALT = re.compile(r'"salt":\s*"v1:([A-Za-z0-9+/=]+):')
_WRAPPED = re.compile(r'"encryptedkey":\s*"([A-Za-z0-9+/=]+)"')


def secrets_of(backend: Path, passphrase: str) -> list[str]:
    """Return the texts among the secrets in the checkpoints, backups and history below a file backend."""
    found: dict[str, None] = {}
    for path in sorted(backend.rglob("*.json*")):
        text = path.read_text("utf-8")
        ciphertexts = sorted(set(_CIPHERTEXT.findall(text)))
        for cipher in _ciphers(text, passphrase):
            for nonce, ciphertext in ciphertexts:
                found |= dict.fromkeys(_texts(_decrypted(cipher, nonce, ciphertext)))
    return list(found)


def cipher_of(deployment: dict[str, Any], passphrase: str) -> AESGCM:
    """Return what decrypts the secrets of a deployment."""
    [cipher] = _ciphers(json.dumps(deployment["secrets_providers"]), passphrase)
    return cipher


def plaintext_of(encrypted: str, cipher: AESGCM) -> str:
    """Return what one secret of a state says, as the engine keeps it: JSON."""
    [(nonce, ciphertext)] = _CIPHERTEXT.findall(encrypted)
    return _decrypted(cipher, nonce, ciphertext)


def _decrypted(cipher: AESGCM, nonce: str, ciphertext: str) -> str:
    return cipher.decrypt(base64.b64decode(nonce), base64.b64decode(ciphertext), None).decode()


def _ciphers(text: str, passphrase: str) -> list[AESGCM]:
    keys = {key_of(wrapped) for wrapped in _WRAPPED.findall(text)}
    return [AESGCM(key) for key in keys | {_derived(salt, passphrase) for salt in _SALT.findall(text)}]


@cache
def _derived(salt: str, passphrase: str) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), base64.b64decode(salt), _ROUNDS, _KEY_BYTES)


def _texts(plaintext: str) -> Iterator[str]:
    """Yield the texts in a value, which the engine keeps as JSON; the salt's own check value is none."""
    try:
        waiting = [json.loads(plaintext)]
    except ValueError:
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
