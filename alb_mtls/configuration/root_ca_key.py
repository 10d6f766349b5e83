"""Checking the key file of an imported root CA and the passphrase that opens it."""

from cryptography import x509

from alb_mtls.configuration.context import ReadContext
from alb_mtls.configuration.files import check_key, read_key_file
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.keys import is_encrypted, load_private_key
from alb_mtls.pki.passphrases import KEY, VARIABLE, Passphrase, passphrase_for

_SET = "pulumi config set --path --secret"
_BROKEN = "holds a line end, which is no part of a passphrase for OpenSSL; set it again without one"


def check_ca_key(
    reader: ObjectReader,
    key_file: str | None,
    generation: int,
    context: ReadContext,
    *,
    certificate: x509.Certificate | None,
) -> None:
    """Record what is wrong with the key of an imported root CA and with its passphrase; both are forgotten.

    No message says anything of a passphrase but where it stands.

    Args:
        reader: of the object that names the file.
        key_file: its path; None without one.
        generation: number of the root CA.
        context: what it is checked with.
        certificate: of the CA; None when that could not be read.
    """
    configured = reader.secret(KEY)
    is_sound = configured is not None or not reader.has(KEY)
    if configured is not None:
        is_sound = _check_form(reader, configured, context)
    if key_file is None:
        if configured:
            reader.problem(KEY, "opens a keyFile, and there is none; add keyFile, or remove it")
        return
    text = read_key_file(reader, key_file, context)
    if text is None or not is_sound:
        return
    passphrase = passphrase_for(configured, reader.key_of(KEY), generation, context.environment)
    if not is_encrypted(text):
        _say_unneeded(reader, key_file, passphrase, context, is_configured=bool(configured))
    elif passphrase is None:
        _say_missing(reader, key_file, context)
        return
    elif _is_broken(reader, key_file, passphrase, is_configured=bool(configured)):
        return
    check_key(
        reader,
        key_file,
        lambda: load_private_key(text, passphrase),
        certificate=certificate,
        of=reader.key_of("certificateFile"),
    )


def _check_form(reader: ObjectReader, configured: str, context: ReadContext) -> bool:
    """Record what is wrong with a configured passphrase by itself; say whether it can be tried."""
    path = reader.key_of(KEY)
    if not configured:
        reader.problem(KEY, f"is empty; set it ({_SET} '{path}'), or remove it")
        return False
    if not context.is_secret("rootCa"):
        reader.problem(
            KEY,
            "is not encrypted in the stack file; choose another one for the key if others may have read that file, and "
            f"set it with {_SET} '{path}'",
        )
    if _has_line_end(configured):
        reader.problem(KEY, _BROKEN)
        return False
    return True


def _is_broken(reader: ObjectReader, key_file: str, passphrase: Passphrase, *, is_configured: bool) -> bool:
    if is_configured or not _has_line_end(passphrase.text):
        return False
    reader.problem("keyFile", f"{key_file}: the passphrase in {passphrase.origin} {_BROKEN}")
    return True


def _has_line_end(text: str) -> bool:
    return not {"\n", "\r", "\0"}.isdisjoint(text)


def _say_unneeded(
    reader: ObjectReader, key_file: str, passphrase: Passphrase | None, context: ReadContext, *, is_configured: bool
) -> None:
    if is_configured:
        reader.problem(
            KEY, f"opens nothing: {key_file} is not encrypted; encrypt it (openssl pkey -aes256), or remove this key"
        )
    elif passphrase is not None:
        # The variable may be there for another stack.
        context.warn(reader, "keyFile", f"{key_file} is not encrypted, although {passphrase.origin} is set")


def _say_missing(reader: ObjectReader, key_file: str, context: ReadContext) -> None:
    remedy = f"set it with {_SET} '{reader.key_of(KEY)}', or in the variable {VARIABLE}"
    if context.enabled and not context.preview:
        reader.problem(KEY, f"is missing: {key_file} is encrypted; {remedy}")
    else:
        context.warn(
            reader, KEY, f"is missing, and {key_file} is encrypted: nothing can be signed with it in this run; {remedy}"
        )
