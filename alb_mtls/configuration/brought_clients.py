"""Checking what clients bring against a root CA that the configuration itself does not hold: generated, or in CAS."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cryptography import x509

from alb_mtls.configuration.model import ClientSettings
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.imported import imported_ca_findings
from alb_mtls.pki.verification import ca_problems, problems_of


def rejected_clients(clients: Sequence[ClientSettings], ca_pem: str, now: datetime) -> Iterator[str]:
    """Yield by key why a server that trusts one CA would reject clients that bring their certificate."""
    ca = load_chain(ca_pem)[0]
    for key, certificate in _brought(clients):
        for problem in problems_of(certificate, (), ca, now):
            yield f"{key}: {problem}"


def rejected_with_generated(
    clients: Sequence[ClientSettings], trusted: int, pems: Mapping[int, object], now: datetime
) -> Iterator[str]:
    """Yield by key why listeners that trust a generated CA would reject clients that bring their certificate.

    Args:
        clients: of the stack.
        trusted: generation of the CA.
        pems: certificates of the generated CAs by generation; what is no text is not made yet.
        now: aware, in UTC.
    """
    known = {generation: load_chain(pem)[0] for generation, pem in pems.items() if isinstance(pem, str)}
    for key, certificate in _brought(clients):
        problems = problems_of(certificate, (), known[trusted], now) if trusted in known else [_not_made(trusted)]
        older = (one for one in known if one < trusted and not problems_of(certificate, (), known[one], now))
        former = next(older, None) if problems else None
        if former is not None:
            problems = [signed_by_former(former, trusted)]
        for problem in problems:
            yield f"{key}: {problem}"


def signed_by_former(generation: int, trusted: int) -> str:
    """Return what to do where an older generation signed a client than the listeners are to trust."""
    return (
        f"generation {generation} signed it, and from this `up` on listeners trust generation {trusted}; have "
        f"generation {trusted} sign the client, or take it out of clients until it has such a certificate"
    )


def _not_made(generation: int) -> str:
    return (
        f"it cannot be of generation {generation} of the root CA, whose key this stack has yet to make; let the stack "
        "issue the client (csrFile or key), or take an imported root CA, the one that signed it"
    )


def _brought(clients: Sequence[ClientSettings]) -> Iterator[tuple[str, x509.Certificate]]:
    for index, client in enumerate(clients):
        if client.certificate_pem is not None:
            yield f"clients[{index}].certificateFile", load_chain(client.certificate_pem)[0]


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
