"""The stack files of samples/ are whole ones: the program takes them, and they are what their comments say."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import yaml

from alb_mtls.configuration.model import Settings
from ops.doctor.diagnosis import Health
from ops.doctor.production import Around, review
from tests.helpers.certificates import NOW
from tests.helpers.samples import SAMPLES, own_keys, sample

Parse = Callable[[Mapping[str, Any]], Settings]
AROUND = Around(
    secrets_in_the_clear=(), files=(), store="s3://states", secrets_provider="awskms://key", weak_passphrase=""
)


def test_there_is_one_for_staging_and_one_for_production() -> None:
    assert [path.name for path in SAMPLES] == ["Pulumi.production.yaml", "Pulumi.staging.yaml"]


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in SAMPLES])
def test_a_sample_is_taken_as_it_is_and_rejects_nobody_and_nothing_in_it_stands_for_a_default(
    parse: Parse, path: Any
) -> None:
    whole = yaml.safe_load(path.read_text("utf-8"))
    assert list(whole) == ["config"]
    assert [key for key in whole["config"] if not key.startswith(("alb-mtls:", "alicloud:", "kubernetes:"))] == []
    settings = parse(own_keys(whole["config"]))
    assert settings.warnings == ()
    assert not settings.enabled
    assert all(listener.hosts for listener in settings.listeners)


def test_production_meets_every_demand_of_doctor_and_staging_not_all(parse: Parse) -> None:
    unmet = {
        environment: [line for line in review(parse(own_keys(sample(environment))), AROUND, NOW) if not _fine(line)]
        for environment in ("production", "staging")
    }
    assert unmet["production"] == []
    assert any("rootCa.protect" in line.found for line in unmet["staging"])


def test_production_has_listeners_of_two_albconfigs_and_its_comment_of_an_accepted_finding_is_taken(
    parse: Parse,
) -> None:
    settings = parse(own_keys(sample("production", with_accepted=True)))
    assert [one.key.output_key for one in settings.listeners] == ["alb/443", "alb/8443", "alb-internal/443"]
    assert [one.code for one in settings.accepted] == ["HTTP_FORWARDS"]
    assert parse(own_keys(sample("production"))).accepted == ()


def test_the_environments_share_no_root_ca_and_each_is_at_another_site_of_cas() -> None:
    staging, production = own_keys(sample("staging")), own_keys(sample("production"))
    assert {staging["cas"]["endpoint"], production["cas"]["endpoint"]} == {"china", "international"}
    for file in ("certificateFile", "keyFile"):
        assert staging["rootCa"][file] != production["rootCa"][file]


def _fine(line: Any) -> bool:
    return bool(line.health is Health.FINE)
