"""With `--target`, what another resource gives is missing while that one is not there: a sentence says what to do."""

from datetime import UTC, datetime
from typing import Any

import pytest

from alb_mtls.errors import OperationFailed
from components.providers.issued_certificates import IssuedCertificatesProvider
from tests.helpers.certificates import make_root
from tests.helpers.issued import inputs, request

GIVEN = inputs(make_root(now=datetime.now(UTC)), request("alice"))


def _without_certificate(given: dict[str, Any]) -> dict[str, Any]:
    [issuer] = given["issuers"]
    return {**given, "issuers": [{name: value for name, value in issuer.items() if name != "certificatePem"}]}


def test_a_property_of_a_root_ca_that_is_not_made_is_named_with_the_way_out() -> None:
    with pytest.raises(OperationFailed, match=r"property certificatePem is missing.*run pulumi up without --target"):
        IssuedCertificatesProvider().check({}, _without_certificate(GIVEN))


def test_with_all_that_it_needs_clients_are_taken() -> None:
    assert IssuedCertificatesProvider().check({}, GIVEN).failures == []
