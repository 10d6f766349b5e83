"""Finding secrets in what a test left behind: texts, files, and the arguments and environment of processes.

A key is looked for by the bytes that make it secret, in whatever wrapping, so that PEM, PKCS#8, SEC 1, DER, base64 and
hex need no list of their own: the private numbers stand unchanged inside all of them. A finding names the secret and
the form, never the value.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

# Line ends and blanks, as they are and as JSON, YAML, Go and repr write them, also quoted twice.
_BREAKS = re.compile(rb"(?:\\+[nrt]|\s)+")
_BETWEEN_HEX = re.compile(rb"(?:\\+[nrtx]|[\s:,]|0x)+")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_PEM_HEADER = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
# Shorter texts stand in innocent words.
_SHORTEST = 8
_PEM_KINDS = ("PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")
# What DER of a private key has at or near its beginning and nothing else has: the version with the algorithm, the
# version with the length of the private number, the version with the length of the modulus.
_DER_BEGINNINGS = {
    "PKCS#8, elliptic curve": ["020100301306072a8648ce3d0201", "020100301006072a8648ce3d0201"],
    "PKCS#8, RSA": ["020100300d06092a864886f70d0101010500"],
    "SEC 1": ["30770201010420", "3081a40201010430", "3081dc0201010442"],
    "PKCS#1": [f"0201000282{length}00" for length in ("0101", "0181", "0201")],
}


@dataclass(frozen=True, order=True)
class Found:
    """A secret in the clear."""

    where: str
    secret: str
    form: str

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.where}: {self.secret} as {self.form}"


@dataclass(frozen=True)
class _Pattern:
    secret: str
    form: str
    needle: bytes


class Scanner:
    """Knows secrets and finds them."""

    def __init__(self) -> None:
        """Know nothing but what a private key begins with, in PEM, as the data of a Kubernetes Secret, and in DER."""
        self._raw: set[_Pattern] = set()
        self._compact: set[_Pattern] = set()
        self._hex: set[_Pattern] = set()
        for kind in _PEM_KINDS:
            self._learn_base64("a private key", f"-----BEGIN {kind}-----".encode(), "base64 of PEM")
        for kind, beginnings in _DER_BEGINNINGS.items():
            for octets in map(bytes.fromhex, beginnings):
                self._raw.add(_Pattern(f"a private key ({kind})", "raw bytes", octets))
                self._learn_bytes(f"a private key ({kind})", octets)

    def learn_text(self, name: str, value: str) -> None:
        """Look for a text, such as an access key secret or a token.

        Raises:
            ValueError: it is too short to differ from everyday text.
        """
        if len(value) < _SHORTEST:
            message = f"{name} is too short to be looked for: {len(value)} of {_SHORTEST} characters"
            raise ValueError(message)
        self._raw.add(_Pattern(name, "text", value.encode()))
        self._learn_bytes(name, value.encode())

    def learn_key(self, name: str, pem: str) -> None:
        """Look for a private key in PEM, RSA or elliptic curve, in every form."""
        key = load_pem_private_key(pem.encode(), password=None)
        for part, number in _private_numbers(key):
            secret = f"{name} ({part})"
            octets = number.to_bytes((number.bit_length() + 7) // 8)
            self._raw.add(_Pattern(secret, "raw bytes", octets))
            self._raw.add(_Pattern(secret, "a decimal number", str(number).encode()))
            self._learn_bytes(secret, octets)

    def find(self, where: str, text: str | bytes) -> list[Found]:
        """Return what stands in the clear in a text."""
        data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        found = {Found(where, p.secret, p.form) for p in self._raw if p.needle in data}
        compact = _BREAKS.sub(b"", data).translate(_FROM_URL_SAFE)
        found |= {Found(where, p.secret, p.form) for p in self._compact if p.needle in compact}
        digits = _BETWEEN_HEX.sub(b"", data).lower()
        found |= {Found(where, p.secret, p.form) for p in self._hex if p.needle in digits}
        if _PEM_HEADER.search(data):
            found.add(Found(where, "a private key", "PEM"))
        return sorted(found)

    def find_in_files(self, folder: Path) -> list[Found]:
        """Return what stands in the clear in the files below a folder and in their names; links are not followed."""
        found = []
        for path in _files(folder):
            found += self.find(str(path.relative_to(folder)), path.read_bytes())
            found += self.find(f"the name of {path.parent}", str(path.relative_to(folder)))
        return found

    def find_in_process(
        self, name: str, arguments: Iterable[str], environment: Mapping[str, str], *, given: Mapping[str, str]
    ) -> list[Found]:
        """Return what stands in the clear in the arguments and environment of a process.

        Args:
            name: of the process.
            arguments: that it was started with.
            environment: of the process.
            given: the person's own environment; a variable that is there with the same value is theirs.
        """
        found = self.find(f"arguments of {name}", "\0".join(arguments))
        for variable, value in environment.items():
            if given.get(variable) != value:
                found += self.find(f"environment of {name}, {variable}", value)
        return found

    def _learn_bytes(self, name: str, value: bytes) -> None:
        self._hex.add(_Pattern(name, "hex", value.hex().encode()))
        self._learn_base64(name, value, "base64")

    def _learn_base64(self, name: str, value: bytes, form: str) -> None:
        # Three bytes make four characters, so what a value looks like depends on where in a group it begins.
        for offset in range(3):
            text = base64.b64encode(bytes(offset) + value)
            head = (0, 2, 3)[offset]
            tail = (0, 2, 3)[-(offset + len(value)) % 3]
            self._compact.add(_Pattern(name, form, text[head : len(text) - tail]))


def _private_numbers(key: object) -> Iterator[tuple[str, int]]:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        yield from (("private exponent", numbers.d), ("prime p", numbers.p), ("prime q", numbers.q))
        return
    if isinstance(key, ec.EllipticCurvePrivateKey):
        yield "private number", key.private_numbers().private_value
        return
    message = f"cannot look for a key of kind {type(key).__name__}"
    raise TypeError(message)


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry
