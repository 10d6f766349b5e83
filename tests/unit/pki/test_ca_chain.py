"""A CA that is no root: what stands above it, what its clients send, and that both ends of it accept them."""

from datetime import timedelta

import pytest
from cryptography import x509

from alb_mtls.pki.ca_chain import anchors, between, end_of, order_problems, path_length_problems, signing_certificate
from alb_mtls.pki.chain_verification import broken_path, rejections_under
from alb_mtls.pki.cross import Authority, issue_cross
from alb_mtls.pki.pem import all_but_last
from alb_mtls.pki.rehearsal import CrossRehearsal, Rehearsal
from alb_mtls.pki.subject import Subject
from tests.helpers.authorities import permitted
from tests.helpers.ca_chains import ca_below, whole
from tests.helpers.certificates import NOW, ClientCredential, make_client, make_root

ROOT = make_root()
ISSUING = ca_below(ROOT)
MIDDLE = ca_below(ROOT, "policy CA", depth=1)
DEEP = ca_below(MIDDLE, "issuing CA of the policy CA")
OTHER = make_root(subject=Subject(common_name="other root"))
YEAR = timedelta(days=365)


@pytest.mark.parametrize("ca", [ROOT, ISSUING, DEEP])
def test_a_client_is_accepted_by_whoever_trusts_its_ca_or_the_root_of_that(ca: ClientCredential) -> None:
    chain, client = whole(ca), make_client(ca).certificate
    assert rejections_under(client, between(chain), chain, NOW) == []
    assert signing_certificate(ca.pem) == ca.certificate
    for anchor in anchors(chain):
        assert rejections_under(client, between(chain), [anchor], NOW) == []


def test_without_what_stands_between_a_client_is_rejected_by_whoever_trusts_the_root_alone() -> None:
    client = make_client(ISSUING).certificate
    assert rejections_under(client, [], whole(ISSUING)[:1], NOW) == []
    [problem] = rejections_under(client, [], whole(ISSUING), NOW)
    assert "the certificate of its issuer, 'CN=issuing CA', is not in the file" in problem


def test_what_clients_send_is_everything_but_the_root() -> None:
    assert between(whole(ROOT)) == []
    assert between(whole(DEEP)) == [DEEP.certificate, MIDDLE.certificate]
    assert all_but_last(ROOT.pem) is None
    assert all_but_last(DEEP.pem) == DEEP.pem.replace(ROOT.pem, "")
    assert all_but_last("no certificate") is None


def test_what_ends_first_of_them_all_is_the_end_of_its_clients() -> None:
    short = make_root(days=30)
    assert end_of(whole(ca_below(short))) == short.certificate.not_valid_after_utc
    assert end_of(whole(ISSUING)) == ISSUING.certificate.not_valid_after_utc


C = x509.Certificate
WRONG: dict[str, tuple[list[C], str]] = {
    "the other way round": (whole(ISSUING)[::-1], "out of order; the CA that signs clients comes first, its root last"),
    "two of three out of order": ([DEEP.certificate, ROOT.certificate, MIDDLE.certificate], "'CN=issuing CA of the"),
    "one of them twice": ([*whole(ISSUING), ISSUING.certificate], "the certificate of 'CN=issuing CA' twice"),
    "without the root": (whole(DEEP)[:2], "it ends with 'CN=policy CA', which is no root; add the certificate of its"),
    "with a hole": ([DEEP.certificate, ROOT.certificate], "which is no part of the path from"),
    "with another root": ([*whole(ISSUING), OTHER.certificate], "it holds 'CN=other root', which is no part"),
    "with a sibling": ([*whole(ISSUING), MIDDLE.certificate], "it holds 'CN=policy CA', which is no part of the path"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_each_mistake_in_a_chain_is_one_sentence_that_names_the_certificate(mistake: str) -> None:
    chain, words = WRONG[mistake]
    [sentence] = order_problems(chain)
    assert words in sentence


@pytest.mark.parametrize("ca", [ROOT, ISSUING, DEEP])
def test_a_whole_chain_in_order_has_no_problem_and_neither_has_a_ca_alone(ca: ClientCredential) -> None:
    chain = whole(ca)
    assert order_problems(chain) == order_problems(chain[:1]) == []
    assert list(path_length_problems(chain)) == broken_path(chain, NOW) == []


def test_a_ca_that_allows_fewer_cas_below_it_than_there_are_is_named() -> None:
    shallow = ca_below(ca_below(ROOT, "policy CA", depth=0), "too deep")
    [problem] = path_length_problems(whole(shallow))
    assert problem.startswith(
        "'CN=policy CA' has pathLen 0, but in this file 1 of the CAs must stand between it and a client"
    )
    # OpenSSL, asked about the CA itself, has nothing against it: only its clients are too deep.
    assert broken_path(whole(shallow), NOW) == []
    assert rejections_under(make_client(shallow).certificate, between(whole(shallow)), whole(shallow), NOW) != []


def test_a_key_identifier_that_leads_nowhere_breaks_the_path() -> None:
    other_key = make_root()
    mislabelled = ca_below(ROOT)
    assert broken_path([mislabelled.certificate, other_key.certificate], NOW) != []
    assert broken_path(whole(mislabelled), NOW) == []


def test_names_that_only_the_root_permits_are_found_before_anything_is_issued() -> None:
    domain = x509.DNSName("example.com")
    constrained = ca_below(ca_below(ROOT, "constrained CA", permitted(domain), depth=None))
    rehearsal = Rehearsal(whole(constrained))
    allowed = rehearsal.problems_of_client(
        subject=Subject(common_name="a"), sans=["dns:a.example.com"], validity=YEAR, now=NOW
    )
    refused = rehearsal.problems_of_client(
        subject=Subject(common_name="a"), sans=["dns:a.example.org"], validity=YEAR, now=NOW
    )
    assert allowed == []
    assert "breaks the nameConstraints" in refused[0]


def _crossed(older: ClientCredential, newer: ClientCredential) -> list[str]:
    cross = issue_cross(
        older=Authority(certificate=older.certificate, key=older.key),
        newer=whole(newer)[-1],
        outlives=YEAR,
        intermediates=len(whole(newer)) - 1,
        now=NOW,
    )
    sent = [*between(whole(newer)), cross, *between(whole(older))]
    return rejections_under(make_client(newer).certificate, sent, whole(older), NOW)


NEWER_ROOT = make_root(subject=Subject(common_name="newer root"))
BETWEEN_GENERATIONS = [
    (ROOT, NEWER_ROOT),
    (ROOT, ca_below(NEWER_ROOT)),
    (ca_below(ROOT, depth=None), NEWER_ROOT),
    (ca_below(ROOT, depth=None), ca_below(NEWER_ROOT)),
]


@pytest.mark.parametrize(("older", "newer"), BETWEEN_GENERATIONS)
def test_the_cross_certificate_leads_from_whatever_is_newer_to_whatever_is_older(
    older: ClientCredential, newer: ClientCredential
) -> None:
    assert _crossed(older, newer) == []
    rehearsed = CrossRehearsal(whole(older), whole(newer)).problems_of_client(
        subject=Subject(common_name="a"), sans=[], validity=YEAR, outlives=YEAR, now=NOW
    )
    assert rehearsed == []


@pytest.mark.parametrize(("older", "newer"), [(ISSUING, NEWER_ROOT), (ISSUING, ca_below(NEWER_ROOT))])
def test_an_older_ca_with_path_length_0_accepts_no_cross_certificate_and_that_is_rehearsed(
    older: ClientCredential, newer: ClientCredential
) -> None:
    assert _crossed(older, newer) != []
    rehearsed = CrossRehearsal(whole(older), whole(newer)).problems_of_client(
        subject=Subject(common_name="a"), sans=[], validity=YEAR, outlives=YEAR, now=NOW
    )
    assert any("pathLen" in problem for problem in rehearsed)
