"""What a client is handed: its files by name, made from the state. Pure."""

import secrets
from collections import Counter
from dataclasses import dataclass, field, replace

from cryptography import x509

from alb_mtls.certificate_resources import RootCertificateOutputs
from alb_mtls.pki.encoding import load_certificate, load_chain, pkcs12
from alb_mtls.pki.inventory import fleet_of
from alb_mtls.pki.keys import load_private_key
from alb_mtls.pki.pem import all_but_last
from alb_mtls.pki.signatures import is_issued_by
from ops.errors import OpsError
from ops.files import PRIVATE_MODE, PUBLIC_MODE
from ops.state import StackState
from ops.state_records import ClientRecord

# 24 random bytes: far beyond what the key derivation of a 3DES file could be tried against.
_PASSWORD_BYTES = 24


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """One file: its name, what it is for, its mode and its content."""

    name: str
    what: str
    mode: int
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The files of one client.

    Attributes:
        notes: one sentence for each file that is left out, and why.
        outdated: names that an earlier export may have left and that would contradict this one.
    """

    files: tuple[BundleFile, ...]
    notes: tuple[str, ...]
    outdated: tuple[str, ...]


def client_of(state: StackState, name: str) -> ClientRecord:
    """Return a client by name.

    Raises:
        OpsError: names the clients that there are.
    """
    found = next((client for client in state.clients if client.name == name), None)
    if found is not None:
        return found
    former = next((one for one in state.former if one.client == name), None)
    if former is not None:
        message = (
            f"client {name} is no longer in the configuration, so nothing of it is exported; its certificate is "
            f"accepted until {former.not_after[:10]} at most"
        )
        raise OpsError(message)
    message = f"stack {state.stack} has no client {name!r}; its clients are: {_known(state)}"
    raise OpsError(message)


def with_chain(state: StackState, client: ClientRecord) -> ClientRecord:
    """Return a client that brings its certificate with what stands between that and the root of its CA.

    Raises:
        PkiError: a certificate in the state cannot be read.
    """
    if client.chain_pem != client.certificate_pem:
        return client
    issuer = _issuer_of(load_certificate(client.certificate_pem), state)
    between = None if issuer is None else all_but_last(issuer.certificate_pem)
    return replace(client, chain_pem=client.certificate_pem + (between or ""))


def _issuer_of(certificate: x509.Certificate, state: StackState) -> RootCertificateOutputs | None:
    return next((ca for ca in state.root_cas if is_issued_by(certificate, load_chain(ca.certificate_pem)[0])), None)


def _known(state: StackState) -> str:
    """Return the clients by name, and fleets by theirs with the number of their clients."""
    alone = [client.name for client in state.clients if fleet_of(client.name) is None]
    fleets = Counter(fleet for client in state.clients if (fleet := fleet_of(client.name)) is not None)
    return ", ".join((*alone, *(f"{fleet}/... ({number})" for fleet, number in fleets.items()))) or "none"


def bundle_of(state: StackState, client: ClientRecord, *, password: str | None, legacy: bool) -> Bundle:
    """Return the files to hand out.

    Args:
        state: the stack.
        client: one of its clients.
        password: of the PKCS#12 file; None makes a random one and puts it into a file of its own.
        legacy: 3DES in the PKCS#12 file, for old readers (alb_mtls/pki/encoding.py).

    Raises:
        PkiError: a certificate or key in the state cannot be read, or the password is empty.
    """
    # A client of a fleet is called after its own name alone.
    name = client.name.rpartition("/")[2]
    certificate = load_certificate(client.certificate_pem)
    files = [
        BundleFile(
            name=f"{name}.crt", what="certificate", mode=PUBLIC_MODE, content=client.certificate_pem.encode("ascii")
        ),
        BundleFile(
            name=f"{name}.chain.pem",
            what="what the client sends: the certificate, then any between it and the CA",
            mode=PUBLIC_MODE,
            content=client.chain_pem.encode("ascii"),
        ),
    ]
    notes, outdated = [], []
    issuer = _issuer_of(certificate, state)
    # As long as it is not the client's own: on macOS and Windows also of one that is called CA.
    ca_file = "issuer.crt" if name.lower() == "ca" else "ca.crt"
    if issuer is None:
        notes.append(
            f"no {ca_file}: the CA that signed this certificate is not in the state (a purchased CA is in CAS only)"
        )
    else:
        files.append(
            BundleFile(
                name=ca_file,
                what="CA of the clients, with those above it; it says nothing about the server's certificate"
                if all_but_last(issuer.certificate_pem)
                else "root CA of the clients; it says nothing about the server's certificate",
                mode=PUBLIC_MODE,
                content=issuer.certificate_pem.encode("ascii"),
            )
        )
    if client.private_key_pem is None:
        notes.append(f"no {name}.key and no {name}.p12: the client keeps its own key, which was never here")
        outdated += [f"{name}.key", f"{name}.p12", f"{name}.p12.password"]
        return Bundle(files=tuple(files), notes=tuple(notes), outdated=tuple(outdated))
    files.append(
        BundleFile(
            name=f"{name}.key", what="private key", mode=PRIVATE_MODE, content=client.private_key_pem.encode("ascii")
        )
    )
    if password is None:
        password = secrets.token_urlsafe(_PASSWORD_BYTES)
        content = f"{password}\n".encode("ascii")
        what = "password of the PKCS#12 file; send it by another way than the file"
        files.append(BundleFile(name=f"{name}.p12.password", what=what, mode=PRIVATE_MODE, content=content))
    else:
        outdated.append(f"{name}.p12.password")
    others = load_chain(client.chain_pem)[1:]
    authority = [] if issuer is None else load_chain(issuer.certificate_pem)[-1:]
    # Of a cross certificate and a root CA of the same name NSS sends the root CA, which a listener cannot use that
    # trusts the older one.
    authority = [ca for ca in authority if all(ca.subject != one.subject for one in others)]
    packed = pkcs12(
        name=name,
        key=load_private_key(client.private_key_pem),
        certificate=certificate,
        chain=[*others, *authority],
        password=password,
        legacy=legacy,
    )
    kind = "3DES, for old readers" if legacy else "AES-256"
    files.append(BundleFile(name=f"{name}.p12", what=f"PKCS#12 ({kind})", mode=PRIVATE_MODE, content=packed))
    return Bundle(files=tuple(files), notes=tuple(notes), outdated=tuple(outdated))
