"""Probe clients of a CA that is no root: they send what stands between, and say which client nobody here can make."""

import pytest
from cryptography import x509

from alb_mtls.handshake.generations import Generation, with_generations
from alb_mtls.handshake.probe_clients import probe_clients_of, valid_client
from alb_mtls.pki.ca_chain import anchors
from alb_mtls.pki.chain_verification import rejections_under
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.subject import Subject
from tests.helpers.authorities import DAY, permitted
from tests.helpers.ca_chains import ca_below, whole
from tests.helpers.certificates import NOW, ClientCredential, make_root

ROOT = make_root()
ISSUING = ca_below(ROOT)
OLDER = ca_below(make_root(subject=Subject(common_name="older root")), "older CA", depth=None)


def _rejected(chain: list[x509.Certificate], ca: ClientCredential) -> bool:
    return bool(rejections_under(chain[0], chain[1:], whole(ca), NOW))


@pytest.mark.parametrize("ca", [ROOT, ISSUING])
def test_the_valid_one_is_accepted_whichever_is_trusted_and_the_others_by_neither(ca: ClientCredential) -> None:
    probes = probe_clients_of(ca.certificate, ca.key, NOW, above=ca.chain)
    assert probes.valid is not None
    assert probes.valid.chain[1:] == whole(ca)[:-1]
    assert not _rejected(list(probes.valid.chain), ca)
    for other in (probes.expired, probes.not_yet_valid, probes.wrong_eku, probes.other_ca, probes.other_ca_same_name):
        assert other is not None
        for anchor in anchors(whole(ca)):
            assert rejections_under(other.chain[0], other.chain[1:], [anchor], NOW)


def test_a_sibling_below_the_same_root_is_named_as_not_tried_and_of_a_root_there_is_none() -> None:
    for key in (ISSUING.key, None):
        [sentence] = probe_clients_of(ISSUING.certificate, key, NOW, above=ISSUING.chain).not_made
        assert sentence.startswith("a client of another CA below the root 'emailAddress=root@ali.example,CN=root")
        assert sentence.endswith("a listener that trusts the root accepts it")
    assert list(probe_clients_of(ROOT.certificate, ROOT.key, NOW).not_made) == []


def test_it_ends_with_whatever_stands_above_its_ca() -> None:
    short = make_root(days=3)
    client = valid_client(
        ca_below(short).certificate, ca_below(short).key, NOW, above=[short.certificate], life=9 * DAY
    )
    assert client.chain[0].not_valid_after_utc == short.certificate.not_valid_after_utc


def test_it_bears_names_that_only_the_root_permits() -> None:
    base = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "ours")])
    constrained = ca_below(
        ca_below(ROOT, "constrained CA", permitted(x509.DirectoryName(base)), depth=None),
        x509.Name([*base.rdns, *x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "issuing CA")]).rdns]),
    )
    probes = probe_clients_of(constrained.certificate, constrained.key, NOW, above=constrained.chain)
    assert probes.valid is not None
    assert not _rejected(list(probes.valid.chain), constrained)


def test_clients_of_both_generations_send_what_leads_to_the_older_root_and_the_older_lead_nowhere() -> None:
    signer = Authority(certificate=OLDER.certificate, key=OLDER.key)
    cross = issue_cross(older=signer, newer=ROOT.certificate, outlives=365 * DAY, intermediates=1, now=NOW)
    older = Generation(number=1, certificate=OLDER.certificate, above=OLDER.chain, key=OLDER.key, cross=[cross])
    newer = Generation(number=2, certificate=ISSUING.certificate, above=ISSUING.chain, key=ISSUING.key, cross=[cross])

    of_older = probe_clients_of(OLDER.certificate, OLDER.key, NOW, above=OLDER.chain)
    before = with_generations(of_older, older, [newer], NOW)
    [introduced] = before.with_cross
    assert not _rejected(list(introduced.chain), OLDER)

    of_newer = probe_clients_of(ISSUING.certificate, ISSUING.key, NOW, above=ISSUING.chain)
    after = with_generations(of_newer, newer, [older], NOW, former=1)
    handed_out = after.still_with_cross
    assert handed_out is not None
    assert not _rejected(list(handed_out.chain), ISSUING)
    assert not _rejected(list(handed_out.chain), OLDER)
    assert len(after.old_generation) == 2
    assert all(_rejected(list(one.chain), ISSUING) for one in after.old_generation)
