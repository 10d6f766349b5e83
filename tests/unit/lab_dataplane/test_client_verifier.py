"""Verdicts on client certificates, beside the ones that tests/lab shows on the wire."""

import base64
from collections.abc import Callable

import pytest

from lab.dataplane.client_verifier import Verdict, judge
from tests.helpers.client_identities import ALLOWED, REFUSED, ClientCredential, authority, client, cross_certificate

CA = authority("root")


def _judged(identity: ClientCredential | None) -> Verdict:
    encoded = base64.b64encode(identity.der).decode() if identity else ""
    return judge(encoded, authority=CA.der)


@pytest.mark.parametrize("make", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_client_of_the_ca_is_accepted(make: Callable[[ClientCredential], ClientCredential]) -> None:
    assert _judged(make(CA)) is Verdict.ACCEPTED


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_every_other_client_is_rejected(make: Callable[[ClientCredential], ClientCredential | None]) -> None:
    identity = make(CA)
    wanted = Verdict.NO_CERTIFICATE if identity is None else Verdict.BAD_CERTIFICATE
    assert _judged(identity) is wanted


def test_a_placeholder_that_caddy_left_as_it_is_means_no_certificate() -> None:
    encoded = "{http.request.tls.client.certificate_der_base64}"
    assert judge(encoded, authority=CA.der) is Verdict.NO_CERTIFICATE


def test_what_is_no_certificate_at_all_is_a_bad_one() -> None:
    assert judge(base64.b64encode(b"x").decode(), authority=CA.der) is Verdict.BAD_CERTIFICATE


def test_a_cross_certificate_sent_along_is_not_used() -> None:
    newer = authority("root G2")
    assert _judged(client(newer, chain=(cross_certificate(newer, CA),))) is Verdict.BAD_CERTIFICATE
