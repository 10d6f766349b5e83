"""What clients send beside their own certificate: it changes with the generations, and their certificates stay."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from alb_mtls.pki.encoding import certificate_pem, fingerprint, load_chain
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.signatures import is_issued_by
from components.providers.issued_certificates import IssuedCertificatesProvider
from components.providers.root_certificate import RootCertificateProvider
from tests.helpers.authorities import DAY
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import ROOT_SUBJECT, ClientCredential, make_root
from tests.helpers.issued import certificate_of, inputs, request

NOW = datetime.now(UTC)
FIRST = make_root(now=NOW)
SECOND = make_root(now=NOW, subject=replace(ROOT_SUBJECT, common_name="root G2"))
CROSS = certificate_pem(make_root(now=NOW).certificate)
Properties = dict[str, Any]


def given(root: ClientCredential, generation: int, sent: str | None = None) -> Properties:
    """Return the inputs of a stack whose newest generation is this one."""
    issuer: Properties = {"generation": float(generation), "certificatePem": certificate_pem(root.certificate)}
    if sent is not None:
        issuer["sentPem"] = sent
    keys = {str(generation): private_key_pem(root.key)}
    return {**inputs(root, request("alice"), request("bob")), "issuers": [issuer], "issuerPrivateKeys": keys}


def up(held: Properties | None, wished: Properties) -> Properties:
    """Return what an `up` leaves; it must find a change."""
    provider = IssuedCertificatesProvider()
    if held is None:
        return dict(provider.create(wished).outs or {})
    assert provider.diff("client-certificates", held, wished).changes
    return dict(provider.update("client-certificates", held, wished).outs or {})


def test_a_new_generation_reissues_every_client_with_its_cross_certificate() -> None:
    first = up(None, given(FIRST, 1))
    second = up(first, given(SECOND, 2, CROSS))
    for name in ("alice", "bob"):
        before, after = certificate_of(first, name), certificate_of(second, name)
        assert (before["generation"], after["generation"]) == (1, 2)
        assert before["chainPem"] == before["certificatePem"]
        assert after["chainPem"] == after["certificatePem"] + CROSS
        assert after["certificatePem"] != before["certificatePem"]
    superseded = [one for one in second["certificates"] if one["status"] == "superseded"]
    assert {one["generation"] for one in superseded} == {1}


def test_without_the_older_generation_the_chains_lose_their_cross_certificate_and_no_client_is_reissued() -> None:
    second = up(up(None, given(FIRST, 1)), given(SECOND, 2, CROSS))
    third = up(second, given(SECOND, 2))
    for name in ("alice", "bob"):
        before, after = certificate_of(second, name), certificate_of(third, name)
        assert after["certificatePem"] == before["certificatePem"] == after["chainPem"]
    assert third["privateKeys"] == second["privateKeys"]


def test_a_renewed_cross_certificate_changes_chains_and_no_certificate() -> None:
    renewed = certificate_pem(make_root(now=NOW).certificate)
    second = up(None, given(SECOND, 2, CROSS))
    third = up(second, given(SECOND, 2, renewed))
    assert certificate_of(third, "alice")["fingerprint"] == certificate_of(second, "alice")["fingerprint"]
    assert certificate_of(third, "alice")["chainPem"].endswith(renewed)
    assert not IssuedCertificatesProvider().diff("client-certificates", third, given(SECOND, 2, renewed)).changes


def test_what_was_superseded_keeps_the_chain_that_it_was_handed_out_with() -> None:
    second = up(up(None, given(FIRST, 1)), given(SECOND, 2, CROSS))
    superseded = [one for one in second["certificates"] if one["status"] == "superseded"]
    assert [one["chainPem"] for one in superseded] == [one["certificatePem"] for one in superseded]


def test_of_an_intermediate_its_clients_end_with_whatever_stands_above_it() -> None:
    short = make_root(now=NOW, days=30)
    issuing = ca_below(short, now=NOW)
    issuer = {"generation": 1.0, "certificatePem": issuing.pem, "sentPem": certificate_pem(issuing.certificate)}
    keys = {"1": private_key_pem(issuing.key)}
    wished = {**inputs(issuing, request("alice")), "issuers": [issuer], "issuerPrivateKeys": keys}
    alice = certificate_of(up(None, wished), "alice")
    chain = load_chain(alice["chainPem"])
    assert chain[1:] == [issuing.certificate]
    assert is_issued_by(chain[0], issuing.certificate)
    assert chain[0].not_valid_after_utc == short.certificate.not_valid_after_utc
    # Renewed it would end at the same time again.
    in_its_window = {**alice, "notBefore": (NOW - 80 * DAY).isoformat()}
    assert (
        not IssuedCertificatesProvider()
        .diff("x", {**up(None, wished), "certificates": [in_its_window]}, wished)
        .changes
    )


def test_an_imported_ca_with_its_chain_is_described_by_itself_and_ends_with_the_first_of_them() -> None:
    short = make_root(now=NOW, days=30)
    issuing = ca_below(short, now=NOW)
    made = RootCertificateProvider().create({"source": "imported", "generation": 1.0, "certificatePem": issuing.pem})
    assert made.outs is not None
    assert made.outs["certificatePem"] == issuing.pem
    assert made.outs["fingerprint"] == fingerprint(issuing.certificate)
    assert made.outs["notAfter"] == short.certificate.not_valid_after_utc.isoformat()
