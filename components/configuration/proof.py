"""Reading `proof`: how an `up` shows that a listener does what was asked."""

import re

from cryptography import x509

from components.configuration.files import Judging, judge_key_file, read_text_file
from components.configuration.model import ProofMode, ProofSettings, RootCaSettings
from components.configuration.names import is_host
from components.configuration.reader import ObjectReader
from components.pki.encoding import load_certificate, load_chain
from components.pki.errors import PkiError, shown
from components.pki.imported import end_problem, imported_client_errors

PROOF_KEYS = ("mode", "host", "path", "deadlineSeconds", "client", "serverCa")
PROOF_MODES: tuple[ProofMode, ...] = ("required", "api", "off")
SERVER_CA_WORDS = ("system", "insecure")

# What may stand in a request line; whatever else a path needs is percent-encoded (RFC 3986, 2.1).
_PATH = re.compile(r"/[!-~]*")


def read_proof(reader: ObjectReader, *, root_ca: RootCaSettings, judging: Judging) -> ProofSettings:
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
            certificate = _certificate(client, certificate_file, root_ca, judging)
            judge_key_file(client, key_file, judging, certificate=certificate, of=certificate_file)
        if server_ca not in SERVER_CA_WORDS:
            _judge_server_ca(reader, server_ca, judging)
    return ProofSettings(
        mode=next(known for known in PROOF_MODES if known == mode),
        host=host,
        path=path,
        deadline_seconds=reader.integer("deadlineSeconds", 120, minimum=5, maximum=3600, unit="seconds"),
        client_certificate_file=certificate_file,
        client_key_file=key_file,
        server_ca=server_ca,
    )


def _certificate(reader: ObjectReader, path: str, root_ca: RootCaSettings, judging: Judging) -> x509.Certificate | None:
    """Return the certificate of the proof's client, and record what keeps it from being let in."""
    text = read_text_file(reader, "certificateFile", path, judging.read_file)
    if text is None:
        return None
    try:
        chain = load_chain(text)
    except PkiError as error:
        reader.problem("certificateFile", f"{path}: {error}")
        return None
    # With a chain, somebody between the root and the client has signed.
    known = None if len(chain) > 1 or root_ca.certificate_pem is None else root_ca.certificate_pem
    issuer = None if known is None else load_certificate(known)
    for problem in imported_client_errors(chain[0], issuer=issuer):
        reader.problem("certificateFile", f"{path}: {problem}")
    ended = end_problem(chain[0], now=judging.now)
    if ended is not None:
        judging.ended(reader, "certificateFile", f"{path}: {ended}; bring a current one")
    return chain[0]


def _judge_server_ca(reader: ObjectReader, path: str, judging: Judging) -> None:
    text = read_text_file(reader, "serverCa", path, judging.read_file)
    if text is None:
        return
    try:
        load_chain(text)
    except PkiError as error:
        reader.problem("serverCa", f"{path}: {error}")
