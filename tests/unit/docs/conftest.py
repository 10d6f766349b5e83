"""Reading configurations as the documents show them."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.configuration.parse import parse_settings
from tests.helpers.files_of_examples import FilesOfExamples
from tests.helpers.stack_file import surroundings


@pytest.fixture(scope="session")
def parse() -> Callable[[Mapping[str, Any]], Settings]:
    """Read the values of the namespace alb-mtls; the files that they name exist."""
    files = FilesOfExamples()
    around = surroundings(
        region={"alicloud:region": "ap-southeast-1"}, read_file=files.read, list_folder=files.list_folder
    )
    return lambda values: parse_settings(values, around)
