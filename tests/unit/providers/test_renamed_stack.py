"""A stack that is renamed keeps its root CA, whose commonName was the default; any other change is refused."""

from typing import Any

import pytest

from components.providers.root_certificate import RootCertificateProvider

SUBJECT = {"country": "CN", "organization": "o", "commonName": "alb-mtls-dev root"}
RENAMED = {**SUBJECT, "commonName": "alb-mtls-prod root"}


def inputs(subject: dict[str, str], **changes: Any) -> dict[str, Any]:
    common = {"source": "generated", "generation": 1.0, "key": {"algorithm": "rsa", "size": 4096.0}}
    return {**common, "validity": "3650d", "subject": subject, "namedAfterStack": True, **changes}


def test_a_default_name_stays_that_of_the_stack_that_made_it() -> None:
    checked = RootCertificateProvider().check(inputs(SUBJECT), inputs(RENAMED))
    assert not checked.failures
    assert checked.inputs["subject"] == SUBJECT
    assert not RootCertificateProvider().check(checked.inputs, inputs(RENAMED)).failures


@pytest.mark.parametrize(
    ("olds", "news"),
    [
        (inputs(SUBJECT), inputs(RENAMED, namedAfterStack=False)),
        (inputs(SUBJECT, namedAfterStack=False), inputs(RENAMED)),
        (inputs(SUBJECT), inputs({**RENAMED, "organization": "another"})),
        (inputs(SUBJECT), inputs(RENAMED, validity="30d")),
    ],
)
def test_a_name_that_was_given_and_anything_else_never_changes(olds: dict[str, Any], news: dict[str, Any]) -> None:
    [failure] = RootCertificateProvider().check(olds, news).failures
    assert "exists and never changes" in failure.reason
