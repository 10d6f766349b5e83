"""Reading the certificates and keys that the configuration names: errors name the key of the configuration."""

from collections.abc import Callable

from cryptography import x509

from alb_mtls.configuration.context import ReadContext, ReadFile, read_text_file
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.file_modes import open_to_others
from alb_mtls.pki.encoding import certificate_pem, load_chain, only_one
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import PrivateKey, key_matches, load_private_key


def read_certificate_file(
    reader: ObjectReader, name: str, path: str, read_file: ReadFile
) -> tuple[str, x509.Certificate] | None:
    """Return the one certificate of a file, normalised and parsed, or record at `name` why there is none."""
    read = read_chain_file(reader, name, path, read_file)
    if read is None:
        return None
    pem, chain = read
    try:
        return pem, only_one(chain)
    except PkiError as error:
        reader.problem(name, f"{path}: {error}")
        return None


def read_chain_file(
    reader: ObjectReader, name: str, path: str, read_file: ReadFile
) -> tuple[str, list[x509.Certificate]] | None:
    """Return the certificates of a file, normalised and parsed, or record at `name` why there are none."""
    text = read_text_file(reader, name, path, read_file)
    if text is None:
        return None
    try:
        chain = load_chain(text)
    except PkiError as error:
        reader.problem(name, f"{path}: {error}")
        return None
    return "".join(map(certificate_pem, chain)), chain


def _warn_of_readers(reader: ObjectReader, path: str, context: ReadContext) -> None:
    mode = context.mode_of(path)
    warning = None if mode is None else open_to_others(path, path, mode, what="the key")
    if warning is not None:
        context.warn(reader, "keyFile", warning)


def read_key_file(reader: ObjectReader, path: str, context: ReadContext) -> str | None:
    """Return the text of a key file, or record at `keyFile` why there is none.

    It need not be there in a preview, which signs nothing and may run where no key belongs, nor in an `up` that only
    switches off.
    """
    missing = False

    def reading(path: str) -> str:
        nonlocal missing
        try:
            return context.read_file(path)
        except FileNotFoundError:
            if context.enabled and not context.preview:
                raise
            missing = True
            return ""

    text = read_text_file(reader, "keyFile", path, reading)
    if missing and not context.preview:
        context.warn(reader, "keyFile", f"{path} is not there, so nothing can be signed with it in this run")
    if text is None or missing:
        return None
    _warn_of_readers(reader, path, context)
    return text


def check_key_file(
    reader: ObjectReader, path: str, context: ReadContext, *, certificate: x509.Certificate | None, of: str
) -> None:
    """Record at `keyFile` what is wrong with a private key; the key itself is forgotten.

    Args:
        reader: of the object that names the file.
        path: of the file.
        context: what it is checked with.
        certificate: whose key it should be; None when that could not be read.
        of: how a message names the certificate.
    """
    text = read_key_file(reader, path, context)
    if text is not None:
        check_key(reader, path, lambda: load_private_key(text), certificate=certificate, of=of)


def check_key(
    reader: ObjectReader, path: str, load: Callable[[], PrivateKey], *, certificate: x509.Certificate | None, of: str
) -> None:
    """Record at `keyFile` why a key cannot be loaded, or is not that of a certificate."""
    try:
        key = load()
    except PkiError as error:
        reader.problem("keyFile", f"{path}: {error}")
        return
    if certificate is not None and not key_matches(certificate, key):
        reader.problem("keyFile", f"{path} is not the key of {of}")
