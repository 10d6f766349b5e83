"""When two certificate identifiers mean the same certificate (the ALB may return another form)."""

import pytest

from alb_mtls.aliyun.alb_models import same_identifier

UUID = "1ed65580-7e33-6a50-8630-dd13fdc009ee"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (UUID, UUID),
        (UUID, UUID.upper()),
        (UUID, f"{UUID}-ap-southeast-1"),
        ("139a00604bd-cn-east-hangzhou", "139a00604bd"),
        ("0e40dda998174723af39d37fcaf12345", "12315790212_0e40dda998174723af39d37fcaf12345"),
    ],
)
def test_a_prefix_or_suffix_of_the_cloud_does_not_make_another_certificate(one: str, other: str) -> None:
    assert same_identifier(one, other)
    assert same_identifier(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (UUID, "1ed65580-7e33-6a50-8630-dd13fdc009ef"),
        (UUID, f"{UUID}0"),
        ("14dcc8afc7578e", "14dcc8afc7578e1f"),
        ("1ed65580", UUID),
        ("", UUID),
        ("", ""),
    ],
)
def test_another_certificate_stays_another(one: str, other: str) -> None:
    assert not same_identifier(one, other)
    assert not same_identifier(other, one)
