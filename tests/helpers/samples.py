"""The stack files of samples/, as they are committed and with what stands in their comments."""

import re
from typing import Any

import yaml

from tests.helpers.documents import REPOSITORY

SAMPLES = sorted((REPOSITORY / "samples").glob("Pulumi.*.yaml"))
_COMMENTED = re.compile(r"^  # (?=(?:alb-mtls:accept:|  ))", re.MULTILINE)


def sample(environment: str, *, with_accepted: bool = False) -> dict[str, Any]:
    """Return the configuration of a sample; on request with the accepted finding that it shows in a comment."""
    text = (REPOSITORY / "samples" / f"Pulumi.{environment}.yaml").read_text("utf-8")
    config: dict[str, Any] = yaml.safe_load(_COMMENTED.sub("  ", text) if with_accepted else text)["config"]
    return config


def own_keys(config: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the namespace alb-mtls."""
    return {key.removeprefix("alb-mtls:"): value for key, value in config.items() if key.startswith("alb-mtls:")}
