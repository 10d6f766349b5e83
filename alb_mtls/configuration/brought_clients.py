"""Checking what clients bring against a root CA that the configuration itself does not hold: generated, or in CAS."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from alb_mtls.configuration.model import ClientSettings
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.verification import ca_problems, problems_of


def rejected_clients(clients: Sequence[ClientSettings], ca_pem: str, now: datetime) -> Iterator[str]:
    """Yield by key why a server that trusts one CA would reject clients that bring their certificate."""
    ca = load_chain(ca_pem)[0]
    for index, client in enumerate(clients):
        if client.certificate_pem is not None:
            certificate = load_chain(client.certificate_pem)[0]
            for problem in problems_of(certificate, (), ca, now):
                yield f"clients[{index}].certificateFile: {problem}"


def too_early_clients(clients: Sequence[ClientSettings], generation: int) -> Iterator[str]:
    """Yield by key who brings a certificate although the generated CA that listeners will trust is not made yet."""
    for index, client in enumerate(clients):
        if client.certificate_pem is not None:
            yield (
                f"clients[{index}].certificateFile: it cannot be of generation {generation} of the root CA, whose key "
                "this stack has yet to make; let the stack issue the client (csrFile or key), or take an imported "
                "root CA, the one that signed it"
            )


def rejected_with_purchased(
    clients: Sequence[ClientSettings], ca_pem: str, now: datetime, *, key: str
) -> Iterator[str]:
    """Yield by key why a server that trusts a CA of CAS would reject all its clients, or those of `clients`.

    Args:
        clients: of the stack.
        ca_pem: the CA.
        now: aware, in UTC.
        key: of the configuration, that names the CA.
    """
    try:
        ca = load_chain(ca_pem)[0]
    except PkiError as error:
        yield f"{key}: the certificate in CAS: {error}"
        return
    for problem in (*imported_ca_findings(ca).errors, *ca_problems(ca, now)):
        yield f"{key}: {problem}"
    yield from rejected_clients(clients, ca_pem, now)
