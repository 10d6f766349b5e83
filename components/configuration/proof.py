"""Reading `proof`: how an `up` shows that a listener does what was asked."""

import re
from datetime import datetime

from components.configuration.model import ProofMode, ProofSettings, RootCaSettings
from components.configuration.names import is_host
from components.configuration.reader import ObjectReader
from components.configuration.root_ca import ReadFile, read_text_file
from components.pki.encoding import load_certificate, load_chain
from components.pki.errors import PkiError, shown
from components.pki.imported import imported_client_errors, key_matches
from components.pki.keys import load_private_key

PROOF_KEYS = ("mode", "host", "path", "deadlineSeconds", "client", "serverCa")
PROOF_MODES: tuple[ProofMode, ...] = ("required", "api", "off")
SERVER_CA_WORDS = ("system", "insecure")

# What may stand in a request line; whatever else a path needs is percent-encoded (RFC 3986, 2.1).
_PATH = re.compile(r"/[!-~]*")


def read_proof(
    reader: ObjectReader, *, root_ca: RootCaSettings, read_file: ReadFile, now: datetime, preview: bool
) -> ProofSettings:
    """Read how an `up` proves what it did.

    The files are looked at here, although they are used only after the CA was uploaded: what is wrong with them is
    told before anything is touched. A preview signs nothing, so the client's key need not be where previews run.
    """
    mode = reader.choice("mode", PROOF_MODES, PROOF_MODES[0])
    host = reader.text("host")
    if host is not None and not is_host(host):
        reader.problem("host", f"{shown(host)} is no host name")
    path = reader.text("path", "/") or "/"
    if not _PATH.fullmatch(path):
        reader.problem("path", f"{shown(path)} must begin with / and hold ASCII without blanks only")
    client = reader.object("client", ("certificateFile", "keyFile"))
    certificate_file, key_file = client.text("certificateFile"), client.text("keyFile")
    if client.has("certificateFile") != client.has("keyFile"):
        missing = "certificateFile" if client.has("keyFile") else "keyFile"
        client.problem(missing, "a client certificate for the proof needs both its certificate and its key")
    server_ca = reader.text("serverCa", "system") or "system"
    if mode == "required":
        if certificate_file is not None and key_file is not None:
            key_text = _key_text(client, key_file, read_file, preview=preview)
            _judge_client(client, certificate_file, key_file, key_text, root_ca, read_file, now)
        if server_ca not in SERVER_CA_WORDS:
            _judge_server_ca(reader, server_ca, read_file)
    return ProofSettings(
        mode=next(known for known in PROOF_MODES if known == mode),
        host=host,
        path=path,
        deadline_seconds=reader.integer("deadlineSeconds", 120, minimum=5, maximum=3600, unit="seconds"),
        client_certificate_file=certificate_file,
        client_key_file=key_file,
        server_ca=server_ca,
    )


def _key_text(reader: ObjectReader, path: str, read_file: ReadFile, *, preview: bool) -> str | None:
    """Return the text of the key's file; None when it cannot be read, or is not there and not needed yet."""
    missing = False

    def reading(path: str) -> str:
        nonlocal missing
        try:
            return read_file(path)
        except FileNotFoundError:
            if not preview:
                raise
            missing = True
            return ""

    text = read_text_file(reader, "keyFile", path, reading)
    return None if missing else text


def _judge_client(  # noqa: PLR0917 - what is judged, then what it is judged against
    reader: ObjectReader,
    certificate_file: str,
    key_file: str,
    key_text: str | None,
    root_ca: RootCaSettings,
    read_file: ReadFile,
    now: datetime,
) -> None:
    certificate, key = None, None
    certificate_text = read_text_file(reader, "certificateFile", certificate_file, read_file)
    if certificate_text is not None:
        try:
            chain = load_chain(certificate_text)
        except PkiError as error:
            reader.problem("certificateFile", f"{certificate_file}: {error}")
        else:
            certificate = chain[0]
            # With a chain, somebody between the root and the client has signed.
            known = None if len(chain) > 1 or root_ca.certificate_pem is None else root_ca.certificate_pem
            issuer = None if known is None else load_certificate(known)
            for problem in imported_client_errors(certificate, issuer=issuer, now=now):
                reader.problem("certificateFile", f"{certificate_file}: {problem}")
    if key_text is not None:
        try:
            key = load_private_key(key_text)
        except PkiError as error:
            reader.problem("keyFile", f"{key_file}: {error}")
    if certificate is not None and key is not None and not key_matches(certificate, key):
        reader.problem("keyFile", f"{key_file} is not the key of {certificate_file}")


def _judge_server_ca(reader: ObjectReader, path: str, read_file: ReadFile) -> None:
    text = read_text_file(reader, "serverCa", path, read_file)
    if text is None:
        return
    try:
        load_chain(text)
    except PkiError as error:
        reader.problem("serverCa", f"{path}: {error}")
