"""A test that prints a private key fails, whatever it was about: what a test prints ends in logs of CI."""

from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.helpers.scanner import Scanner

Captured = pytest.CaptureFixture[str]


def fail_if_printed(report: pytest.TestReport) -> None:
    """Let a report fail whose phase printed or logged a private key."""
    # Each report carries what the phases before it printed too.
    sections = [(name, text) for name, text in report.sections if name.endswith(f" {report.when}")]
    if not sections:
        # Nearly all of twelve thousand phases: a scanner for each of them would cost seconds.
        return
    sentence = _sentence(sections)
    if not sentence:
        return
    if report.failed:
        report.sections.append(("In the clear", sentence))
    else:
        report.outcome = "failed"
        report.longrepr = sentence


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    fail_if_printed(report)
    return report


@pytest.fixture
def capsys(capsys: Captured) -> Iterator[Captured]:
    """Give pytest's own; what a test takes out of it, and no report shows any more, is looked at too."""
    taken: list[tuple[str, str]] = []
    take = capsys.readouterr

    def looked_at() -> Any:
        result = take()
        taken.extend(zip(("standard output", "standard error"), result, strict=True))
        return result

    capsys.readouterr = looked_at  # type: ignore[method-assign]  # so that no test has to ask for it
    yield capsys
    sentence = _sentence([(name, text) for name, text in taken if text])
    if sentence:
        pytest.fail(sentence)


def _sentence(printed: list[tuple[str, str]]) -> str:
    """Return what a failure says of texts; nothing when there is no private key in any."""
    if not printed:
        return ""
    scanner = Scanner()
    found = [str(each) for name, text in printed for each in scanner.find(name, text)]
    return "a private key was printed: " + "; ".join(found) if found else ""
