"""A thief of the old key: certificates that it signs, sent with every chain that anybody holds."""

import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509

from alb_mtls.pki.encoding import load_certificate, load_chain
from alb_mtls.pki.extensions import is_ca
from alb_mtls.pki.keys import load_private_key
from tests.helpers.certificates import ClientCredential, make_client
from tests.helpers.exported import plain
from tests.helpers.stack import Stack


@dataclass(frozen=True, kw_only=True)
class Old:
    """The root CA of generation 1 with its key, as the state held it before it was dropped."""

    root: ClientCredential

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Take it from the state."""
        outputs = _outputs(stack, "root-ca-1")
        certificate, key = load_certificate(outputs["certificatePem"]), load_private_key(outputs["privateKeyPem"])
        return cls(root=ClientCredential(certificate=certificate, key=key))


def held_chains(files: Iterable[tuple[Path, Path]], stack: Stack, old: Old) -> dict[str, tuple[x509.Certificate, ...]]:
    """Return what a thief may send beside its own certificate: every row of the CAs that anybody holds.

    Args:
        files: chain and key of clients.
        stack: whose newest root CA is public too.
        old: the root CA whose key was stolen.
    """
    newest = load_certificate(_outputs(stack, "root-ca-2")["certificatePem"])
    in_files = [one for chain, _ in files for one in load_chain(chain.read_text("ascii")) if is_ca(one)]
    known = list(dict.fromkeys([old.root.certificate, newest, *in_files]))
    rows = [row for length in range(len(known) + 1) for row in itertools.permutations(known, length)]
    return {_named(row): row for row in rows}


def forged(old: Old, chain: Sequence[x509.Certificate], folder: Path, number: int) -> tuple[Path, Path]:
    """Sign a certificate with the old key now; write it with a chain, and return both files."""
    client = make_client(old.root, name="thief", days=1, now=datetime.now(UTC) - timedelta(minutes=1))
    sent = ClientCredential(certificate=client.certificate, key=client.key, chain=tuple(chain))
    return sent.write(folder, f"thief-{number}")


def _named(row: Sequence[x509.Certificate]) -> str:
    return ", then ".join(map(_name_of, row)) if row else "nothing beside it"


def _name_of(certificate: x509.Certificate) -> str:
    if certificate.subject == certificate.issuer:
        return f"root CA '{_common_name(certificate.subject)}'"
    return f"the cross certificate of '{_common_name(certificate.subject)}'"


def _common_name(name: x509.Name) -> str:
    [found] = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(found.value)


def _outputs(stack: Stack, name: str) -> dict[str, str]:
    resources = json.loads(stack.exported(secrets=True))["deployment"]["resources"]
    [found] = [one for one in resources if one["urn"].endswith(f"::{name}") and "dynamic" in one["type"]]
    outputs: dict[str, str] = plain(found["outputs"])
    return outputs
