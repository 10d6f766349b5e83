"""Reading `proof`: how an `up` shows that a listener is as desired."""

import re
from collections.abc import Sequence
from dataclasses import replace

from alb_mtls.addresses import is_host
from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.model import ClientSettings, RootCaSettings
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.server_ca import check_server_ca
from alb_mtls.imports import import_turn
from alb_mtls.listener_resources import ProbeNames, ProofMode, ProofSettings
from alb_mtls.pki.errors import shown

PROOF_KEYS = ("mode", "host", "path", "deadlineSeconds", "connections", "client", "serverCa", "echoPath")
_CLIENT_KEYS = ("certificateFile", "keyFile")
PROOF_MODES: tuple[ProofMode, ...] = ("required", "api", "off")
SERVER_CA_WORDS = ("system", "insecure")

# What may stand in a request line; whatever else a path needs is percent-encoded (RFC 3986, 2.1).
_PATH = re.compile(r"/[!-~]*")


def read_proof(
    reader: ObjectReader, *, root_ca: RootCaSettings, clients: Sequence[ClientSettings], context: ReadContext
) -> ProofSettings:
    """Read how an `up` proves what it did.

    The files are looked at here, although they are used only after the CA was uploaded: what is wrong with them is
    reported before anything is touched. A preview signs nothing, so the client's key need not be where previews run.
    """
    client = reader.object("client", _CLIENT_KEYS)
    proof = _proof(reader, client)
    if proof.mode != "required":
        return proof
    if proof.client_certificate_file is not None and proof.client_key_file is not None:
        with import_turn:
            from alb_mtls.configuration.files import check_key_file
            from alb_mtls.configuration.proof_client import read_proof_certificate

        certificate = read_proof_certificate(
            client, proof.client_certificate_file, root_ca, context, seconds=proof.deadline_seconds
        )
        check_key_file(
            client, proof.client_key_file, context, certificate=certificate, of=proof.client_certificate_file
        )
    if proof.server_ca not in SERVER_CA_WORDS:
        check_server_ca(reader, proof.server_ca, context)
    return replace(proof, probe_names=_probe_names(root_ca, clients))


def _probe_names(root_ca: RootCaSettings, clients: Sequence[ClientSettings]) -> ProbeNames | None:
    if root_ca.certificate_pem is None or not clients:
        return None
    with import_turn:
        from alb_mtls.configuration.proof_client import permits_certain_names

    issued = (ProbeNames(subject=one.subject, sans=one.sans) for one in clients if one.certificate_pem is None)
    return next(issued, None) if permits_certain_names(root_ca.certificate_pem) else None


def proof_without_files(reader: ObjectReader) -> ProofSettings:
    """Read the same, and look at none of the files."""
    return _proof(reader, reader.object("client", _CLIENT_KEYS))


def _proof(reader: ObjectReader, client: ObjectReader) -> ProofSettings:
    mode = reader.choice("mode", PROOF_MODES, PROOF_MODES[0])
    host = reader.text("host")
    if host is not None and not is_host(host):
        reader.problem("host", f"{shown(host)} is no host name")
    path = reader.text("path", "/") or "/"
    if not _PATH.fullmatch(path):
        reader.problem("path", f"{shown(path)} must begin with / and hold ASCII without blanks only")
    echo_path = reader.text("echoPath")
    if echo_path is not None and not _PATH.fullmatch(echo_path):
        reader.problem("echoPath", f"{shown(echo_path)} must begin with / and hold ASCII without blanks only")
    if client.has("certificateFile") != client.has("keyFile"):
        missing = "certificateFile" if client.has("keyFile") else "keyFile"
        client.problem(missing, "a client certificate for the proof needs both its certificate and its key")
    return ProofSettings(
        mode=next(known for known in PROOF_MODES if known == mode),
        host=host,
        path=path,
        deadline_seconds=reader.integer("deadlineSeconds", 120, minimum=5, maximum=3600, unit="seconds"),
        connections=reader.integer("connections", 300, minimum=50, maximum=10_000, unit="connections"),
        client_certificate_file=client.path("certificateFile"),
        client_key_file=client.path("keyFile"),
        server_ca=reader.path("serverCa") or "system",
        echo_path=echo_path,
    )
