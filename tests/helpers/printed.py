"""A test that prints a private key fails, whatever it was about: what a test prints ends in logs of CI."""

from collections.abc import Generator

import pytest

from tests.helpers.scanner import Scanner

MARKER = "plants"


def judge(item: pytest.Item, report: pytest.TestReport) -> None:
    """Let a report fail whose phase printed or logged a private key."""
    if item.get_closest_marker(MARKER) is not None:
        return
    # Each report carries what the phases before it printed too.
    sections = [(name, text) for name, text in report.sections if name.endswith(f" {report.when}")]
    if not sections:
        # Nearly all of twelve thousand phases: a scanner for each of them would cost seconds.
        return
    scanner = Scanner()
    found = [str(each) for name, text in sections for each in scanner.find(name, text)]
    if not found:
        return
    sentence = "a private key was printed: " + "; ".join(found)
    if report.failed:
        report.sections.append(("In the clear", sentence))
    else:
        report.outcome = "failed"
        report.longrepr = sentence


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge each phase of each test."""
    report = yield
    judge(item, report)
    return report
