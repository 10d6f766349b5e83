"""The table of supported versions in README.md says what the code checks."""

import pytest

from alb_mtls.cluster.controller_version import OLDEST, OLDEST_TEXT
from alb_mtls.pulumi_cli import NEXT_MAJOR, OLDEST_CLI
from tests.helpers.documents import REPOSITORY, tables
from tools.toolchain.__main__ import _OLDEST_PYTHON
from tools.toolchain.programs import BY_NAME


def _supported() -> dict[str, str]:
    found = [table for table in tables((REPOSITORY / "README.md").read_text("utf-8")) if "Versions" in table[0]]
    (table,) = found
    return {row["What"]: row["Versions"] for row in table}


def _pinned(package: str) -> str:
    lines = (REPOSITORY / "requirements.in").read_text("utf-8").splitlines()
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{package}=="))


def _text(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))


@pytest.mark.parametrize(
    ("what", "versions"),
    [
        ("Pulumi CLI", f"{OLDEST_CLI} or later, below {NEXT_MAJOR}"),
        ("Pulumi SDK for Python", _pinned("pulumi")),
        ("Python", f"{_text(_OLDEST_PYTHON)} or later"),
        ("Kubernetes", f"tried on the lab with {_text(BY_NAME['kube-apiserver'].oldest)} or later"),
        ("ALB Ingress Controller of ACK", f"{OLDEST_TEXT} or later"),
    ],
)
def test_a_row_says_what_is_checked(what: str, versions: str) -> None:
    assert _supported()[what] == versions


def test_the_table_has_no_row_that_nothing_checks() -> None:
    assert len(_supported()) == 5


def test_the_lab_builds_and_takes_the_cli_that_the_program_takes() -> None:
    oldest = BY_NAME["pulumi"].oldest
    assert f"{_text(oldest)}.0" == OLDEST_CLI
    assert oldest[0] + 1 == NEXT_MAJOR


def test_the_oldest_controller_reads_as_it_is_compared() -> None:
    assert f"v{_text(OLDEST)}" == OLDEST_TEXT
