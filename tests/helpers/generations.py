"""Two generations of a CA, switches between them, and listeners that verify whole chains as OpenSSL does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.observation import Observation
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.signatures import is_issued_by
from alb_mtls.pki.verification import problems_of
from tests.helpers.certificates import ROOT_SUBJECT, make_root
from tests.helpers.certificates import ClientCredential as Ca
from tests.helpers.handshakes import (
    NOW,
    REJECTED,
    REQUESTED_AND_ACCEPTED,
    Answering,
    Request,
    ScriptedListener,
    opened,
    session_of,
)
from tests.helpers.probed_listener import answering
from tests.helpers.proof_settings import REQUIRED
from tests.helpers.provider_world import World

OLDER, NEWER = (
    make_root(now=NOW, subject=replace(ROOT_SUBJECT, common_name=name)) for name in ("older root", "newer root")
)
CROSS = issue_cross(
    older=Authority(certificate=OLDER.certificate, key=OLDER.key),
    newer=NEWER.certificate,
    outlives=timedelta(days=365),
    now=NOW,
)


def trusting(*roots: Ca, longest_chain: int = 9) -> Answering:
    """Accept who has a chain to one of these CAs, of as many certificates at most, and open a session."""

    # A proof asks thousands of times with the same few chains.
    @cache
    def accepts(leaf: x509.Certificate, *beside: x509.Certificate) -> bool:
        return len(beside) < longest_chain and any(
            not problems_of(leaf, beside, root.certificate, datetime.now(UTC)) for root in roots
        )

    def answer(request: Request) -> Observation:
        if request.credential is None or not accepts(*request.credential.chain):
            return REJECTED
        return replace(REQUESTED_AND_ACCEPTED, session=session_of(request.credential))

    return answer


IDENTIFIERS = {1: "ca-first", 2: "ca-second"}
ROOTS = {1: OLDER, 2: NEWER}


def trusts(number: int, *, keys: bool = True, cross: bool = True, **more: Any) -> dict[str, Any]:
    """Return the inputs of a switch to one of two generations."""
    root, other = ROOTS[number], 3 - number
    beside: dict[str, Any] = {
        "generation": float(other),
        "certificatePem": certificate_pem(ROOTS[other].certificate),
        "caIdentifier": IDENTIFIERS[other],
    }
    return {
        **REQUIRED,
        "caIdentifier": IDENTIFIERS[number],
        "generation": float(number),
        "issuedGeneration": 2.0,
        **({"crossGeneration": 1.0} if cross else {}),
        "caCertificatePem": certificate_pem(root.certificate),
        "caPrivateKeyPem": private_key_pem(root.key),
        "otherGenerations": [{**beside, **({"crossPem": certificate_pem(CROSS)} if cross else {})}],
        "otherPrivateKeys": {str(other): private_key_pem(ROOTS[other].key)} if keys else {},
        **more,
    }


def following(world: World, monkeypatch: pytest.MonkeyPatch, **by_ca: Answering) -> ScriptedListener:
    """Let the listener do what the AlbConfig says, or answer by another rule under one CA."""
    rules = {"ca-first": trusting(OLDER), "ca-second": trusting(NEWER), **by_ca}

    def rule(request: Request) -> Any:
        element = world.cluster.element
        if not element.get("caEnabled"):
            return opened(request)
        return rules[element["caCertificates"][0]["CertificateId"]](request)

    return answering(monkeypatch, rule)


def asked_with(listener: ScriptedListener, ca: Ca, *, sent: int) -> list[ClientCredential]:
    """Return the clients of a CA that asked and sent so many certificates."""
    clients = {id(one.credential): one.credential for one in listener.requests if one.credential is not None}
    return [one for one in clients.values() if len(one.chain) == sent and is_issued_by(one.chain[0], ca.certificate)]
