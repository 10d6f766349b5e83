"""New clients with the subject of an earlier one, whose certificate is still accepted: a rename, or a confusion."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.inventory import BroughtCertificate, CertificateRequest, Inventory
from alb_mtls.pki.same_name import comparable_name, comparable_subject


def taken_over_subjects(
    held: Inventory, requests: Sequence[CertificateRequest], brought: Sequence[BroughtCertificate], now: datetime
) -> Iterator[str]:
    """Yield a sentence for each new client with the subject of one that left the configuration.

    Args:
        held: what the last run left.
        requests: of all clients whose certificates are issued here.
        brought: by all others.
        now: aware; what has ended by then is accepted no more.
    """
    certificates = [*held.certificates, *(one.in_inventory("issued") for one in held.brought)]
    known = {one.client for one in certificates}
    new = [one for one in requests if one.name not in known]
    if not new:
        return
    names = {one.name for one in requests} | {one.client for one in brought}
    left = [one for one in certificates if one.client not in names and datetime.fromisoformat(one.not_after) > now]
    former = {comparable_name(load_certificate(one.certificate_pem).subject): one for one in left}
    for request in new:
        one = former.get(comparable_subject(request.subject))
        if one is not None:
            yield (
                f"client {request.name} has the subject of client {one.client}, which left the configuration and is "
                f"accepted until {one.not_after[:10]}; backends that read the subject cannot tell the two apart"
            )
