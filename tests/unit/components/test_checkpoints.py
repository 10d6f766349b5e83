"""Without checkpoints a killed run could not be healed: the program refuses the variable that leaves them out."""

import pulumi
import pytest

from components.settings import refuse_without_checkpoints

VARIABLE = "PULUMI_SKIP_CHECKPOINTS"


@pytest.mark.parametrize("value", ["1", "true", "TRUE", " true "])
def test_a_run_that_saves_only_at_its_end_is_refused_by_the_name_of_the_variable(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(pulumi.RunError, match=f"{VARIABLE} is set: .* nothing was touched.* unset {VARIABLE}"):
        refuse_without_checkpoints()


@pytest.mark.parametrize("value", [None, "", "0", "false"])
def test_a_run_that_saves_after_each_step_goes_on(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    refuse_without_checkpoints()
