"""New clients with the subject of an earlier one, whose certificate is still accepted: a rename, or a confusion."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from alb_mtls.pki.encoding import load_certificate
from alb_mtls.pki.inventory import CertificateRequest, IssuedCertificate
from alb_mtls.pki.same_name import comparable_name, comparable_subject


def taken_over_subjects(
    held: Sequence[IssuedCertificate], requests: Sequence[CertificateRequest], now: datetime
) -> Iterator[str]:
    """Yield a sentence for each new client with the subject of one that left the configuration.

    Args:
        held: the inventory.
        requests: of all clients.
        now: aware; what has ended by then is accepted no more.
    """
    names, known = {one.name for one in requests}, {one.client for one in held}
    new = [one for one in requests if one.name not in known]
    left = [one for one in held if one.client not in names and datetime.fromisoformat(one.not_after) > now]
    if not new:
        return
    former = {comparable_name(load_certificate(one.certificate_pem).subject): one for one in left}
    for request in new:
        one = former.get(comparable_subject(request.subject))
        if one is not None:
            yield (
                f"client {request.name} has the subject of client {one.client}, which left the configuration and is "
                f"accepted until {one.not_after[:10]}; backends that read the subject cannot tell the two apart"
            )
