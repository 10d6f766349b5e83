"""Checking the file of the CA that has signed the listener's own certificate."""

import re
import ssl

from alb_mtls.configuration.context import ReadContext, read_text_file
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.imports import import_turn
from alb_mtls.pki.errors import PkiError

_BLOCK = re.compile(r"-----BEGIN (?:X509 )?CERTIFICATE-----.*?-----END (?:X509 )?CERTIFICATE-----", re.DOTALL)
_EDGE = re.compile(r"-----(?:BEGIN|END) ")


def check_server_ca(reader: ObjectReader, path: str, context: ReadContext) -> None:
    """Record what keeps a file from being used as the CA that a handshake verifies the server with."""
    text = read_text_file(reader, "serverCa", path, context.read_file, in_utf16=False)
    if text is None or _openssl_reads_all(text):
        return
    # Only now, since it costs a preview more than all the rest of the configuration.
    with import_turn:
        from alb_mtls.pki.encoding import load_chain

    try:
        load_chain(text)
    except PkiError as error:
        reader.problem("serverCa", f"{path}: {error}")
    else:
        reader.problem(
            "serverCa",
            f"{path}: OpenSSL cannot read it as it stands (blanks, bare carriage returns, lines too long?); "
            "export it again, for example with openssl x509",
        )


def _openssl_reads_all(text: str) -> bool:
    """Say whether a text holds certificates, each of which OpenSSL reads, and no private key."""
    blocks = _BLOCK.findall(text)
    if not blocks or len(_EDGE.findall(text)) != 2 * len(blocks):
        return False
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata="\n".join(blocks).replace("X509 CERTIFICATE", "CERTIFICATE"))
    except (ssl.SSLError, TypeError, ValueError):
        return False
    return int(context.cert_store_stats()["x509"]) == len(set(blocks))
