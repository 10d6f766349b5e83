"""Reading configurations as the documents show them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import Surroundings, parse_settings
from tests.helpers.certificates import NOW
from tests.helpers.files_of_examples import FilesOfExamples


@pytest.fixture(scope="session")
def parse() -> Callable[[Mapping[str, Any]], Settings]:
    """Read the values of the namespace alb-mtls; the files that they name exist."""
    files = FilesOfExamples()

    def parsing(values: Mapping[str, Any]) -> Settings:
        surroundings = Surroundings(
            project="alb-mtls",
            stack="prod",
            region={"alicloud:region": "ap-southeast-1"},
            access={},
            read_file=files.read,
            now=NOW,
        )
        return parse_settings(values, surroundings)

    return parsing
