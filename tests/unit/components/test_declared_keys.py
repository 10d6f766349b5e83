"""What Pulumi.yaml declares is what the program reads."""

import yaml

from alb_mtls.configuration import stack_values
from alb_mtls.configuration.parse import TOP_KEYS
from tests.helpers.documents import REPOSITORY

DECLARED = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text("utf-8"))["config"]


def test_the_keys_of_the_program_are_declared_and_no_other() -> None:
    assert set(DECLARED) == set(TOP_KEYS)


def test_what_is_declared_as_object_or_array_is_decoded_and_nothing_else() -> None:
    structured = {key for key, declared in DECLARED.items() if declared["type"] in {"object", "array"}}
    assert set(stack_values._DECODED) == structured  # noqa: SLF001 - nobody else may read the list
