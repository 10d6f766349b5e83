"""Examining the passphrase of a stack that has no secret in its state yet: Pulumi asks for it only in a preview."""

import hashlib
import os
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import yaml
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ops.doctor.diagnosis import Line, stopping

PASSPHRASE: Final = "PULUMI_CONFIG_PASSPHRASE"  # noqa: S105 - the name of a variable
PASSPHRASE_FILE: Final = f"{PASSPHRASE}_FILE"
# As the CLI writes it: `v1:SALT:v1:NONCE:CIPHERTEXT`, AES-256-GCM of the text `pulumi` by a key of PBKDF2.
_ROUNDS, _KEY_BYTES = 1_000_000, 32


def examine_passphrase(file: Path, environment: Mapping[str, str] = os.environ) -> Iterator[Line]:
    """Look whether the passphrase is the one of a stack file; nothing is said where either cannot be read.

    Args:
        file: of the stack, with its `encryptionsalt`.
        environment: of the process, with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.
    """
    given, salt = passphrase_of(environment), _salt_of(file)
    if given is None or not salt or _opens(salt, given):
        return
    name = PASSPHRASE if PASSPHRASE in environment else PASSPHRASE_FILE
    yield stopping(
        "stack",
        f"the passphrase of {name} is not that with which {file} was made",
        f"set {PASSPHRASE} or {PASSPHRASE_FILE} to that one",
    )


def passphrase_of(environment: Mapping[str, str]) -> str | None:
    """Return the passphrase that Pulumi would take; None where it asks for one, or would read a file that is not."""
    given = environment.get(PASSPHRASE)
    if given is not None:
        return given
    try:
        # Pulumi takes blanks off the end of the file too.
        return Path(environment[PASSPHRASE_FILE]).read_text("utf-8").strip()
    except (KeyError, OSError, ValueError):
        return None


def _salt_of(file: Path) -> str:
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    salt = content.get("encryptionsalt") if isinstance(content, Mapping) else None
    return salt if isinstance(salt, str) else ""


def _opens(salt: str, passphrase: str) -> bool:
    """Say whether it does; a salt of a form that is not known says nothing against a passphrase."""
    try:
        version, seed, inner, nonce, ciphertext = salt.split(":")
        if (version, inner) != ("v1", "v1"):
            return True
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), b64decode(seed), _ROUNDS, _KEY_BYTES)
        AESGCM(key).decrypt(b64decode(nonce), b64decode(ciphertext), None)
    except InvalidTag:
        return False
    except ValueError:
        return True
    return True
