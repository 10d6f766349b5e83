"""Certificates that listeners accept though no client is to use them any more: findings and notes. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509

from alb_mtls.cluster.findings import Finding
from alb_mtls.listing import listing
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.inventory import IssuedCertificate, fleet_of
from ops.acceptance import rejection_of
from ops.current_listeners import CurrentListener
from ops.findings import OpsFindingCode

_REVOCATION = "docs/how-to/revocation.md"


def forgotten_findings(
    former: Iterable[IssuedCertificate], listeners: Sequence[CurrentListener], now: datetime
) -> list[Finding]:
    """Return a finding for each client, or fleet, of which a certificate is accepted though it left.

    Who takes a client out of the configuration believes that it is kept out, so it counts for the exit code.

    Args:
        former: certificates that are in force no more.
        listeners: as they are now; one that requests no certificate accepts everybody, and is no matter of this.
        now: aware.

    Raises:
        PkiError: a certificate in the state cannot be read.
    """
    return _found(
        (one for one in former if one.status == "forgotten"),
        listeners,
        now,
        code=OpsFindingCode.FORGOTTEN_CLIENT,
        remedy=(
            "put it on the deny list of the backends (python -m ops inventory --deny-list), or wait "
            f"until then; the ALB knows no revocation ({_REVOCATION})"
        ),
    )


def superseded_notes(
    former: Iterable[IssuedCertificate], listeners: Sequence[CurrentListener], now: datetime
) -> list[Finding]:
    """Return a note for each client, or fleet, of which an earlier certificate is accepted beside the current one.

    Each renewal leaves one for months, so it does not count for the exit code. Arguments and errors are those of
    `forgotten_findings`.
    """
    return _found(
        (one for one in former if one.status == "superseded"),
        listeners,
        now,
        code=OpsFindingCode.SUPERSEDED_CLIENT,
        remedy=(
            "nothing, when it was renewed in time; when its key was stolen, put it on the deny list of the backends "
            f"({_REVOCATION})"
        ),
    )


def _found(
    certificates: Iterable[IssuedCertificate],
    listeners: Sequence[CurrentListener],
    now: datetime,
    *,
    code: OpsFindingCode,
    remedy: str,
) -> list[Finding]:
    trusted = [one.trusted_ca for one in listeners if one.requests_certificates]
    cas = [one for one in dict.fromkeys(trusted) if one is not None]
    by_subject: dict[str, list[IssuedCertificate]] = {}
    for one in certificates:
        if _is_accepted(one, cas, now):
            fleet = fleet_of(one.client)
            by_subject.setdefault(f"client {one.client}" if fleet is None else f"fleet {fleet}", []).append(one)
    return [
        Finding(code=code, subject=subject, evidence=_evidence(subject, found, code), remedy=remedy)
        for subject, found in by_subject.items()
    ]


def _is_accepted(one: IssuedCertificate, cas: Sequence[x509.Certificate], now: datetime) -> bool:
    chain = load_chain(one.chain_pem)
    return any(rejection_of(chain, ca, now) is None for ca in cas)


def _evidence(subject: str, found: Sequence[IssuedCertificate], code: OpsFindingCode) -> str:
    last = max(datetime.fromisoformat(one.not_after) for one in found)
    until = f"accepted until {last:%Y-%m-%d %H:%M} UTC"
    forgotten = code is OpsFindingCode.FORGOTTEN_CLIENT
    if fleet_of(found[0].client) is not None:
        clients = sorted({one.client.removeprefix(f"{subject.removeprefix('fleet ')}/") for one in found})
        if len(found) == 1:
            whose = "a client that left it" if forgotten else "a client that holds a later one"
            return f"a certificate of {whose} is {until}: {listing(clients)}"
        whose = "clients that left it" if forgotten else "clients that hold a later one"
        return f"{len(found)} certificates of {whose} are {until} at the latest: {listing(clients)}"
    if forgotten:
        return f"it left the configuration, and its certificate is {until}"
    earlier = "an earlier certificate is" if len(found) == 1 else f"{len(found)} earlier certificates are"
    return f"{earlier} {until}"
