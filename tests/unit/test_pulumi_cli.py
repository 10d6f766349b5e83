"""Without checkpoints a killed run could not be healed: the variable that leaves them out is refused."""

import pytest

from alb_mtls.pulumi_cli import is_supported, without_checkpoints

VARIABLE = "PULUMI_SKIP_CHECKPOINTS"


@pytest.mark.parametrize("value", ["1", "true", "TRUE", " true "])
def test_a_run_that_saves_only_at_its_end_is_refused_by_the_name_of_the_variable(value: str) -> None:
    sentence = without_checkpoints({VARIABLE: value})
    assert sentence is not None
    assert sentence.startswith(f"{VARIABLE} is set: ")
    assert sentence.endswith(f"unset {VARIABLE}")


@pytest.mark.parametrize("environment", [{}, {VARIABLE: ""}, {VARIABLE: "0"}, {VARIABLE: "false"}])
def test_a_run_that_saves_after_each_step_goes_on(environment: dict[str, str]) -> None:
    assert without_checkpoints(environment) is None


@pytest.mark.parametrize(
    ("version", "supported"),
    [
        ("v3.259.0", True),
        ("3.274.0", True),
        ("v3.1000.0-dev.1", True),
        ("v3.258.9", False),
        ("v4.0.0", False),
        ("dev", False),
    ],
)
def test_a_version_of_the_cli_is_compared_as_the_engine_compares_it(version: str, *, supported: bool) -> None:
    assert is_supported(version) is supported
