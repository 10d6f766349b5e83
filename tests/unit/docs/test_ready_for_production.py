"""The stack files of docs/how-to/production.md are what `doctor --production` demands."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from ops.doctor.diagnosis import Health
from ops.doctor.production import Around, review
from tests.helpers.certificates import NOW
from tests.helpers.documents import examples

CONFIGS = [(one.label, one.load().get("config")) for one in examples("how-to/production.md", "yaml")]


@pytest.mark.parametrize("config", [pytest.param(config, id=label) for label, config in CONFIGS if config])
def test_a_stack_file_of_the_page_meets_the_demands_of_doctor(
    parse: Callable[[Mapping[str, Any]], Settings], config: Mapping[str, Any]
) -> None:
    own = {key.removeprefix("alb-mtls:"): value for key, value in config.items() if key.startswith("alb-mtls:")}
    around = Around(
        secrets_in_the_clear=(), files=(), store="s3://states", secrets_provider="awskms://key", weak_passphrase=""
    )
    lines = review(parse(own), around, NOW)
    assert [line.found for line in lines if line.health is not Health.FINE] == []
