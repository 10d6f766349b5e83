"""Whether a CA accepts what a client sends, as far as dates and signatures decide. Pure."""

from datetime import datetime

from cryptography import x509

from alb_mtls.pki.signatures import is_issued_by


def rejection_of(chain: list[x509.Certificate], trusted: x509.Certificate, now: datetime) -> str | None:
    """Return why a listener that trusts a CA rejects a client; None when it accepts it.

    Args:
        chain: what the client sends, its own certificate first.
        trusted: the CA.
        now: aware.
    """
    leaf = chain[0]
    if now >= leaf.not_valid_after_utc:
        return f"its certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d}"
    if now < leaf.not_valid_before_utc:
        return f"its certificate begins on {leaf.not_valid_before_utc:%Y-%m-%d}"
    if now >= trusted.not_valid_after_utc:
        return f"the root CA ended on {trusted.not_valid_after_utc:%Y-%m-%d}"
    if not any(is_issued_by(certificate, trusted) for certificate in chain):
        return "its certificate is of another CA than the listener's"
    return None
