"""What clients hold of a stack with several generations of the root CA, and which of those generations accept it.

A client is judged by its real chain and the real root CA, as a TLS server judges it.
"""

import json
from functools import cache

from cryptography import x509

from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.verification import problems_of
from tests.model.registrations import StateFile, current

_CLIENT = "alice"


@cache
def chain_in(saved: StateFile) -> str:
    """Return the chain that a state file holds for the client: a Secret has it as soon as it is saved."""
    record = current(saved, "clients")
    if record is None:
        return ""
    certificates = json.loads(record.outputs)["certificates"]
    in_force = (one["chainPem"] for one in certificates if (one["client"], one["status"]) == (_CLIENT, "issued"))
    return next(in_force, "")


@cache
def accepts(ca_pem: str, chain_pem: str, *, takes_cross: bool = True) -> bool:
    """Say whether a server that trusts one CA accepts a client with this chain, or with the first of it alone."""
    ca = x509.load_pem_x509_certificate(ca_pem.encode())
    own, *others = load_chain(chain_pem)[: None if takes_cross else 1]
    # All of them were issued a moment ago, and each begins a little before it was.
    at = max(one.not_valid_before_utc for one in (own, *others))
    return not problems_of(own, others, ca, at)
