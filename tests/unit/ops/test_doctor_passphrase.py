"""Doctor examines the passphrase of a stack that has no secret in its state yet."""

import shutil
from pathlib import Path

import pytest

from ops.doctor.passphrase import examine_passphrase, passphrase_of
from tests.helpers.documents import REPOSITORY

VARIABLE, FILE = "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    """Return a stack file whose salt the Pulumi CLI has made, with the passphrase `lab`."""
    return Path(shutil.copy(REPOSITORY / "Pulumi.dev.yaml", tmp_path / "Pulumi.prod.yaml"))


@pytest.mark.parametrize("blank", ["", "\n", "  \n"])
def test_the_passphrase_of_the_stack_is_no_problem(stack: Path, tmp_path: Path, blank: str) -> None:
    (tmp_path / "passphrase").write_text(f"lab{blank}")
    assert [*examine_passphrase(stack, {FILE: str(tmp_path / "passphrase")})] == []


def test_another_passphrase_stops_an_up_and_is_not_shown(stack: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("hunter-two")
    [line] = examine_passphrase(stack, {FILE: str(tmp_path / "passphrase")})
    assert (line.stops_up, f"the passphrase of {FILE} is not that with which {stack}" in line.found) == (True, True)
    assert "hunter-two" not in f"{line}"


def test_the_variable_counts_before_its_file(stack: Path, tmp_path: Path) -> None:
    (tmp_path / "passphrase").write_text("lab")
    [line] = examine_passphrase(stack, {VARIABLE: "wrong", FILE: str(tmp_path / "passphrase")})
    assert f"the passphrase of {VARIABLE} is not" in line.found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "encryptionsalt: 7\n",
        "encryptionsalt: v2:AA==:v1:AA==:AA==\n",
        "encryptionsalt: nonsense\n",
        "encryptionsalt: v1:a:v1:AA==:AA==\n",
        "secretsprovider: awskms://key\n",
        "[",
    ],
)
def test_a_salt_that_cannot_be_read_says_nothing_against_a_passphrase(stack: Path, text: str) -> None:
    stack.write_text(text)
    assert [*examine_passphrase(stack, {VARIABLE: "lab"})] == []


@pytest.mark.parametrize("environment", [{}, {FILE: "/no/such/file"}])
def test_where_no_passphrase_is_given_none_is_wrong(stack: Path, environment: dict[str, str]) -> None:
    assert passphrase_of(environment) is None
    assert [*examine_passphrase(stack, environment)] == []
