"""The certificates of imported generations: what two have in common, and whether one accepts clients of the next."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from alb_mtls.configuration.model import ClientSettings, RootCaSettings
from alb_mtls.pki.ca_chain import between, signing_certificate
from alb_mtls.pki.chain_verification import rejections_under
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.encoding import load_chain
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.keys import public_key_octets
from alb_mtls.pki.name_constraints import name_text
from alb_mtls.pki.rehearsal import CrossRehearsal, root_rehearsed
from alb_mtls.pki.same_name import ComparableName, comparable_name
from alb_mtls.pki.verification import ca_problems


def have_same_key(older_pem: str, newer_pem: str) -> bool:
    """Say whether two CAs have one key."""
    older, newer = (public_key_octets(signing_certificate(pem)) for pem in (older_pem, newer_pem))
    return older == newer is not None


def shared_root(older_pem: str, newer_pem: str) -> str | None:
    """Return the name of a CA that two others are below of, or one of the other; None without one."""
    older = {public_key_octets(one) for one in load_chain(older_pem)}
    shared = (one for one in load_chain(newer_pem) if public_key_octets(one) in older)
    return next((name_text(one.subject) for one in shared), None)


def subject_of(pem: str) -> ComparableName:
    """Return the subject of a CA, as it is compared with that of another."""
    return comparable_name(signing_certificate(pem).subject)


def is_accepted_by(ca_pem: str, certificate_pem: str, now: datetime) -> bool:
    """Say whether a server that trusts a CA accepts what a client brings."""
    chain, ca = load_chain(certificate_pem), load_chain(ca_pem)
    return not rejections_under(chain[0], [*chain[1:], *between(ca)], ca, now)


def problems_of_crossed(
    older_pem: str, newest: RootCaSettings, clients: Sequence[ClientSettings], now: datetime
) -> Iterator[str]:
    """Yield why a server that trusts the older CA would reject clients of the newest, leaf and cross certificate.

    Args:
        older_pem: of an imported CA; what is wrong with it by itself is reported elsewhere.
        newest: generated or imported.
        clients: that it will sign.
        now: aware, in UTC.
    """
    if any(ca_problems(one, now) for one in load_chain(older_pem)):
        return
    outlives = max((length_of(one.validity) for one in clients), default=length_of(newest.validity) / 2)
    try:
        rehearsal = _rehearsal(older_pem, newest, now)
        # Where every name is permitted, what is found of one client of a fleet is found of all.
        for client in clients if rehearsal.constrains_names else clients[:1]:
            for problem in rehearsal.problems_of_client(
                subject=client.subject,
                sans=client.sans,
                validity=length_of(client.validity),
                outlives=outlives,
                now=now,
            ):
                yield f"client {client.name}: {problem}"
    except PkiError as error:
        yield str(error)


@lru_cache(maxsize=1)
def _rehearsal(older_pem: str, newest: RootCaSettings, now: datetime) -> CrossRehearsal:
    if newest.certificate_pem is not None:
        newer = load_chain(newest.certificate_pem)
    elif newest.subject is not None:
        newer = [root_rehearsed(newest.subject, length_of(newest.validity), now)]
    else:
        message = "the newer CA is not known"
        raise PkiError(message)
    return CrossRehearsal(load_chain(older_pem), newer)
