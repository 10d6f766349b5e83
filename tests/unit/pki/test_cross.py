"""Cross certificates: leaf and cross certificate under the older root, the leaf alone under the newer, nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.pki.cross import Authority, cross_due, issue_cross
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.extensions import extension_of
from alb_mtls.pki.key_spec import KeySpec
from alb_mtls.pki.verification import problems_of
from tests.helpers.authorities import DAY, alternative, ca_of_depth, issued, permitted
from tests.helpers.certificates import NOW, P256, ROOT_SUBJECT, ClientCredential, make_client, make_root
from tests.helpers.openssl_verify import openssl_accepts

YEAR = timedelta(days=365)
OLDER = make_root()
NEWER = make_root(subject=replace(ROOT_SUBJECT, common_name="root G2"))


def crossed(
    older: ClientCredential = OLDER,
    newer: ClientCredential = NEWER,
    *,
    outlives: timedelta = YEAR,
    intermediates: int = 0,
    now: datetime = NOW,
) -> x509.Certificate:
    """Return the cross certificate of two CAs."""
    return issue_cross(
        older=Authority(certificate=older.certificate, key=older.key),
        newer=newer.certificate,
        outlives=outlives,
        intermediates=intermediates,
        now=now,
    )


def accepted(folder: Path, ca: ClientCredential, *sent: x509.Certificate) -> bool:
    """Say whether a server that trusts one CA takes a chain, and see that our judgement and OpenSSL's are one."""
    ours = not problems_of(sent[0], sent[1:], ca.certificate, NOW)
    assert ours == openssl_accepts(folder, ca.certificate, sent)
    assert ours == openssl_accepts(folder, ca.certificate, sent, strict=True)
    return ours


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (P256, P256),
        (KeySpec(algorithm="rsa", size=3072), P256),
        (P256, KeySpec(algorithm="ecdsa", curve="P-384")),
    ],
    ids=["P-256", "RSA to P-256", "P-256 to P-384"],
)
def test_the_older_root_takes_leaf_and_cross_and_the_newer_the_leaf_alone(
    tmp_path: Path, old: KeySpec, new: KeySpec
) -> None:
    older, newer = make_root(old), make_root(new, subject=replace(ROOT_SUBJECT, common_name="root G2"))
    cross, leaf = crossed(older, newer), make_client(newer).certificate
    assert accepted(tmp_path, older, leaf, cross)
    assert accepted(tmp_path, newer, leaf)
    assert accepted(tmp_path, newer, leaf, cross)
    assert not accepted(tmp_path, older, leaf)


def test_newer_clients_are_accepted_under_the_older_root_and_never_older_ones_under_the_newer(tmp_path: Path) -> None:
    cross, old_leaf = crossed(), make_client(OLDER).certificate
    assert accepted(tmp_path, OLDER, old_leaf)
    assert not accepted(tmp_path, NEWER, old_leaf)
    assert not accepted(tmp_path, NEWER, old_leaf, cross)
    assert not accepted(tmp_path, NEWER, old_leaf, OLDER.certificate, cross)
    # What it would be in the wrong direction, and why there is none.
    backwards = crossed(NEWER, OLDER)
    assert accepted(tmp_path, NEWER, old_leaf, backwards)


@pytest.mark.parametrize(("path_length", "taken"), [(0, False), (1, True), (None, True)])
def test_an_older_root_must_leave_room_for_one_more_ca(tmp_path: Path, path_length: int | None, *, taken: bool) -> None:
    older = issued(None, "older", *ca_of_depth(path_length), begin=NOW - DAY, end=NOW + 30 * DAY)
    cross = crossed(older, outlives=DAY)
    leaf = make_client(NEWER).certificate
    assert accepted_by_openssl(tmp_path, older, leaf, cross) is taken
    assert (problems_of(leaf, [cross], older.certificate, NOW) == []) is taken


def test_a_client_of_a_ca_of_another_name_or_key_is_rejected(tmp_path: Path) -> None:
    cross = crossed()
    other_name = make_root(subject=replace(ROOT_SUBJECT, common_name="root G3"))
    other_key = make_root(subject=replace(ROOT_SUBJECT, common_name="root G2"))
    assert accepted(tmp_path, OLDER, make_client(NEWER).certificate, cross)
    for other in (other_name, other_key):
        assert not accepted(tmp_path, OLDER, make_client(other).certificate, cross)


def test_clients_below_an_intermediate_need_and_get_a_longer_path(tmp_path: Path) -> None:
    newer = issued(None, "newer", *ca_of_depth(), end=NOW + 30 * DAY)
    between = issued(newer, "between", *ca_of_depth(0), end=NOW + 30 * DAY)
    leaf = issued(between, "alice").certificate
    for intermediates, taken in ((0, False), (1, True)):
        sent = [between.certificate, crossed(OLDER, newer, outlives=DAY, intermediates=intermediates)]
        assert (problems_of(leaf, sent, OLDER.certificate, NOW) == []) is taken
        assert openssl_accepts(tmp_path, OLDER.certificate, [leaf, *sent]) is taken


def test_what_the_newer_ca_may_not_sign_it_may_not_sign_under_the_older_root(tmp_path: Path) -> None:
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    newer = issued(
        None, "newer", *ca_of_depth(), permitted(x509.DNSName("ours.example")), (purposes, False), end=NOW + 30 * DAY
    )
    cross = crossed(OLDER, newer, outlives=DAY)
    assert extension_of(cross, x509.ExtendedKeyUsage) == purposes
    for name, taken in (("a.ours.example", True), ("a.theirs.example", False)):
        leaf = issued(newer, "alice", alternative(x509.DNSName(name))).certificate
        assert (problems_of(leaf, [cross], OLDER.certificate, NOW) == []) is taken
        assert accepted_by_openssl(tmp_path, OLDER, leaf, cross) is taken


def test_it_is_a_ca_that_can_sign_clients_only_with_a_random_serial_number() -> None:
    cross = crossed()
    assert (cross.subject, cross.issuer) == (NEWER.certificate.subject, OLDER.certificate.subject)
    assert cross.public_key() == NEWER.certificate.public_key()
    constraints = cross.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value) == (True, x509.BasicConstraints(ca=True, path_length=0))
    assert cross.extensions.get_extension_for_class(x509.KeyUsage).critical
    own, of_newer = (extension_of(one, x509.SubjectKeyIdentifier) for one in (cross, NEWER.certificate))
    authority, of_older = (
        extension_of(cross, x509.AuthorityKeyIdentifier),
        extension_of(OLDER.certificate, x509.SubjectKeyIdentifier),
    )
    assert own == of_newer
    assert authority is not None
    assert of_older is not None
    assert authority.key_identifier == of_older.digest
    assert cross.serial_number.bit_length() > 64
    assert crossed().serial_number != cross.serial_number


@pytest.mark.parametrize(
    ("older_days", "newer_days", "expected"),
    [(3650, 3650, 730), (400, 3650, 400), (3650, 500, 500)],
    ids=["twice the life of a client", "the older root's end", "the newer root's end"],
)
def test_it_lasts_twice_as_long_as_any_client_but_no_longer_than_either_root(
    older_days: int, newer_days: int, expected: int
) -> None:
    older = make_root(days=older_days)
    newer = make_root(subject=replace(ROOT_SUBJECT, common_name="root G2"), days=newer_days)
    assert crossed(older, newer).not_valid_after_utc == NOW + timedelta(days=expected)


def test_whenever_a_client_is_issued_its_cross_certificate_outlives_it_and_is_renewed_in_time() -> None:
    cross = crossed()
    due = {
        days: cross_due(
            cross, older=OLDER.certificate, newer=NEWER.certificate, outlives=YEAR, now=NOW + timedelta(days=days)
        )
        for days in (0, 364, 365, 366, 800)
    }
    assert due == {0: False, 364: False, 365: False, 366: True, 800: True}
    for days, renewed in due.items():
        # A client that is issued on that day, with the cross certificate as it stands then.
        day = NOW + timedelta(days=days)
        beside = crossed(now=day) if renewed else cross
        assert beside.not_valid_after_utc >= day + YEAR


@pytest.mark.parametrize(("ends_in", "renewed"), [(400, False), (3650, True)])
def test_one_that_ends_with_a_root_is_not_renewed_to_the_same_end_again_and_again(
    ends_in: int, *, renewed: bool
) -> None:
    cross, older = crossed(make_root(days=400)), make_root(days=ends_in).certificate
    day = NOW + timedelta(days=100)
    assert cross_due(cross, older=older, newer=NEWER.certificate, outlives=YEAR, now=day) is renewed


@pytest.mark.parametrize("hours", [23, 25])
def test_a_root_that_ends_before_anybody_could_fetch_files_is_refused(hours: int) -> None:
    older = issued(None, "older", *ca_of_depth(), end=NOW + timedelta(hours=hours))
    if hours > 24:
        assert crossed(older).not_valid_after_utc == older.certificate.not_valid_after_utc
        return
    with pytest.raises(PkiError, match=r"the older root CA ends on .*, which leaves less than 1d for clients"):
        crossed(older)


def test_two_cas_of_one_key_or_one_name_are_refused() -> None:
    same_key = issued(None, "another name", *ca_of_depth(), key=OLDER.key)
    same_name = make_root()
    with pytest.raises(PkiError, match="the same key as the older generation"):
        crossed(newer=same_key)
    with pytest.raises(PkiError, match="the same subject as the older generation"):
        crossed(newer=same_name)


def test_a_key_that_is_not_the_older_roots_signs_nothing() -> None:
    stranger = ClientCredential(certificate=OLDER.certificate, key=NEWER.key)
    with pytest.raises(PkiError, match="not that of the older root CA"):
        crossed(stranger)


def accepted_by_openssl(folder: Path, ca: ClientCredential, *sent: x509.Certificate) -> bool:
    """Say whether OpenSSL takes a chain; the CAs of these tests lack what strict rules require beside."""
    return openssl_accepts(folder, ca.certificate, sent)
