"""What OpenSSL makes of a certificate, beside our own judgement."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509

from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import NOW


def openssl_accepts(
    folder: Path, ca: x509.Certificate, chain: Sequence[x509.Certificate], *, strict: bool = False
) -> bool:
    """Say whether `openssl verify` takes the first certificate of a chain for a TLS client's.

    Args:
        folder: for its files.
        ca: the anchor.
        chain: what the client sends, its own certificate first.
        strict: with every rule of RFC 5280 (-x509_strict).
    """
    paths = {}
    for name, certificates in (("ca", [ca]), ("client", chain[:1]), ("sent", chain[1:])):
        paths[name] = folder / f"{name}.pem"
        paths[name].write_text("".join(map(certificate_pem, certificates)))
    command = ["openssl", "verify", "-purpose", "sslclient", "-partial_chain", "-attime", f"{NOW.timestamp():.0f}"]
    sent = ["-untrusted", str(paths["sent"])] if chain[1:] else []
    command += ["-x509_strict"] if strict else []
    answered = subprocess.run(
        [*command, "-CAfile", str(paths["ca"]), *sent, str(paths["client"])],
        capture_output=True,
        timeout=30,
        check=False,
    )
    return answered.returncode == 0
