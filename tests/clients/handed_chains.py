"""Every chain that a client is handed, with the CA that must accept it, and those that must be accepted by none.

Roots in RSA and ECDSA, so that each vouches for the other kind: generation 1 is RSA, its successors are ECDSA.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.ca_chain import between
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.subject import Subject
from tests.helpers.authorities import DAY, issued
from tests.helpers.ca_chains import ca_below, whole
from tests.helpers.certificates import ClientCredential, make_client, make_root

RSA = KeySpec(algorithm="rsa", size=3072)
_YEAR = timedelta(days=365)


@dataclass(frozen=True, kw_only=True)
class Chain:
    """What a client sends, and what the server trusts."""

    anchor: x509.Certificate
    sent: Sequence[x509.Certificate]

    def write(self, folder: Path, name: str) -> None:
        """Write both as the programs in `sources` read them."""
        (folder / f"{name}.anchor.pem").write_text(certificate_pem(self.anchor))
        (folder / f"{name}.chain.pem").write_text("".join(map(certificate_pem, self.sent)))


def _cross(older: ClientCredential, newer: ClientCredential, *, depth: int | None = None) -> x509.Certificate:
    """Return the cross certificate as the program makes it, or one that allows fewer CAs below it."""
    chain = whole(newer)
    return issue_cross(
        older=Authority(certificate=older.certificate, key=older.key),
        newer=chain[-1],
        outlives=_YEAR,
        intermediates=len(chain) - 1 if depth is None else depth,
        now=datetime.now(UTC),
    )


@cache
def chains() -> tuple[dict[str, Chain], dict[str, Chain]]:
    """Return those that are accepted and those that are rejected, by name."""
    now = datetime.now(UTC)
    first = make_root(RSA, subject=Subject(common_name="root"), now=now)
    second = make_root(subject=Subject(common_name="root G2"), now=now)
    company = make_root(subject=Subject(common_name="company root"), now=now)
    issuing = ca_below(company, now=now)
    sibling = ca_below(company, "sibling CA", now=now)
    cross, cross_of_company = _cross(first, second), _cross(first, company, depth=1)
    leaves = {ca: make_client(ca, now=now).certificate for ca in (first, second, issuing, sibling)}
    of_issuing = [leaves[issuing], *between(whole(issuing))]

    def cross_like(*, begin: datetime, end: datetime) -> x509.Certificate:
        extensions = ((one.value, one.critical) for one in cross.extensions)
        made = issued(first, second.certificate.subject, *extensions, key=second.key, begin=begin, end=end)
        return made.certificate

    def ended(issuer: ClientCredential) -> x509.Certificate:
        return _as_client(issuer, begin=now - 9 * DAY, end=now - DAY)

    accepted = {
        "leaf": Chain(anchor=first.certificate, sent=[leaves[first]]),
        "leaf-of-the-newer": Chain(anchor=second.certificate, sent=[leaves[second]]),
        "leaf-and-cross-under-the-older": Chain(anchor=first.certificate, sent=[leaves[second], cross]),
        "leaf-and-cross-under-the-newer": Chain(anchor=second.certificate, sent=[leaves[second], cross]),
        "leaf-and-intermediate-under-the-root": Chain(anchor=company.certificate, sent=of_issuing),
        "leaf-and-intermediate-under-the-intermediate": Chain(anchor=issuing.certificate, sent=of_issuing),
        "leaf-intermediate-and-cross": Chain(anchor=first.certificate, sent=[*of_issuing, cross_of_company]),
        "leaf-intermediate-and-cross-under-the-newer": Chain(
            anchor=company.certificate, sent=[*of_issuing, cross_of_company]
        ),
    }
    # What is rejected below differs from these in one thing only.
    accepted |= {
        "leaf-made-alike": Chain(anchor=first.certificate, sent=[_as_client(first)]),
        "leaf-and-cross-made-alike": Chain(
            anchor=first.certificate, sent=[_as_client(second), cross_like(begin=now - DAY, end=now + DAY)]
        ),
        "leaf-and-intermediate-made-alike": Chain(
            anchor=company.certificate, sent=[_as_client(issuing), issuing.certificate]
        ),
    }
    of_servers = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    signed_by_client = issued(make_client(first, now=now), "signed by a client", begin=now - DAY, end=now + DAY)
    too_old = cross_like(begin=now - 9 * DAY, end=now - DAY)
    rejected = {
        "leaf-of-the-newer-without-cross": Chain(anchor=first.certificate, sent=[leaves[second]]),
        "leaf-of-the-older": Chain(anchor=second.certificate, sent=[leaves[first]]),
        "leaf-of-the-older-with-cross": Chain(anchor=second.certificate, sent=[leaves[first], cross]),
        "leaf-of-the-older-with-everything": Chain(
            anchor=second.certificate, sent=[leaves[first], cross, first.certificate, second.certificate]
        ),
        "leaf-without-intermediate": Chain(anchor=company.certificate, sent=[leaves[issuing]]),
        "leaf-of-a-sibling": Chain(anchor=issuing.certificate, sent=[leaves[sibling], sibling.certificate]),
        "leaf-below-a-cross-that-allows-no-intermediate": Chain(
            anchor=first.certificate, sent=[*of_issuing, _cross(first, company, depth=0)]
        ),
        "ended-leaf": Chain(anchor=first.certificate, sent=[ended(first)]),
        "ended-leaf-with-cross": Chain(anchor=first.certificate, sent=[ended(second), cross]),
        "ended-leaf-with-intermediate": Chain(anchor=company.certificate, sent=[ended(issuing), issuing.certificate]),
        "leaf-with-an-ended-cross": Chain(anchor=first.certificate, sent=[leaves[second], too_old]),
        "leaf-that-has-not-begun": Chain(
            anchor=first.certificate, sent=[_as_client(first, begin=now + DAY, end=now + 2 * DAY)]
        ),
        "leaf-for-servers": Chain(anchor=first.certificate, sent=[_as_client(first, usage=of_servers)]),
        "leaf-for-servers-with-cross": Chain(
            anchor=first.certificate, sent=[_as_client(second, usage=of_servers), cross]
        ),
        "leaf-for-servers-with-intermediate": Chain(
            anchor=company.certificate, sent=[_as_client(issuing, usage=of_servers), issuing.certificate]
        ),
        "leaf-signed-by-a-client": Chain(anchor=first.certificate, sent=[signed_by_client.certificate, leaves[first]]),
    }
    return accepted, rejected


def _as_client(
    issuer: ClientCredential,
    *,
    begin: datetime | None = None,
    end: datetime | None = None,
    usage: x509.ExtendedKeyUsage | None = None,
) -> x509.Certificate:
    """Return a client like one of the program, but for its life or its usage."""
    now = datetime.now(UTC)
    like = make_client(issuer, now=now)
    extensions = [
        (usage if usage is not None and one.oid == usage.oid else one.value, one.critical)
        for one in like.certificate.extensions
    ]
    subject = like.certificate.subject
    return issued(
        issuer, subject, *extensions, key=like.key, begin=begin or now - DAY, end=end or now + DAY
    ).certificate
