"""TLS of a kubeconfig: its certificates and its key in memory, and what is wrong with them in a sentence."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from urllib3.util import create_urllib3_context

from alb_mtls.cluster.kubeconfig_choice import Choice
from alb_mtls.cluster.kubeconfig_files import bad


class _EncryptedKeyError(Exception):
    pass


def tls_context(*, verify: bool, authority: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    """Read the files now; urllib3 would read them at the first connection, when temporary ones may be gone.

    Raises:
        ssl.SSLError, OSError: a file cannot be used.
        _EncryptedKeyError: the key has a passphrase.
    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if verify else ssl.CERT_NONE)
    if authority:
        context.load_verify_locations(authority)
    elif verify:
        context.load_default_certs()
    if certificate:
        context.load_cert_chain(certificate, key, _no_passphrase)
    return context


@contextmanager
def failures_named(choice: Choice, *others: type[Exception]) -> Iterator[None]:
    """Raise BadKubeconfig, which quotes nothing, for what goes wrong while a client of `choice` is made.

    Args:
        choice: that the client is for.
        others: exceptions of a package that mean a wrong value.
    """
    wrong: tuple[type[Exception], ...] = (*others, OSError, ValueError, TypeError, AttributeError, KeyError)
    try:
        yield
    except _EncryptedKeyError:
        reason = f"the client-key of user {choice.user_name} is encrypted; give it without a passphrase"
        raise bad(choice.source, reason) from None
    except ssl.SSLError as error:
        raise bad(choice.source, _tls_reason(error, choice.user_name)) from None
    except wrong as error:
        # What is stumbled over when values have the wrong type; the texts may quote them.
        raise bad(choice.source, f"a value has the wrong type ({type(error).__name__})") from None


def _no_passphrase() -> str:
    # OpenSSL would ask for it on the terminal.
    raise _EncryptedKeyError


def _tls_reason(error: ssl.SSLError, user: str) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the client-key of user {user} is not the key of its client-certificate"
    return f"a certificate or key in it is not PEM, or cannot be used ({error.reason or 'no PEM'})"
