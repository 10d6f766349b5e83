"""Fixtures of everything that runs on a lab, and a look at what every test prints."""

import atexit
import gc
import os
import signal
from collections.abc import Generator, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from tests.helpers.left_out import pytest_runtest_logreport, pytest_sessionfinish
from tests.helpers.printed import capsys, pytest_runtest_makereport

if TYPE_CHECKING:
    from tests.helpers.lab import LabHandle

# The credentials package reads this once, when it is imported: a fixture would come too late, and a test without
# credentials would ask the ECS metadata address, which is not on this machine.
os.environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"
# A shell ignores it for jobs in the background, and all that is started below would too: tests interrupt programs, and
# Pulumi ends its plugins with it.
signal.signal(signal.SIGINT, signal.default_int_handler)


__all__ = ["capsys", "pytest_runtest_logreport", "pytest_runtest_makereport", "pytest_sessionfinish"]

# Python searches everything for garbage when it ends: with the SDKs that takes seconds, and nobody looks at the result.
atexit.register(gc.freeze)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Search for no garbage while thousands of tests are made, which all stay: that takes a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Leave what was imported out of every garbage collection; what the tests make is still looked for."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each worker begin with its part of what takes longest: at the end the others would wait for it."""
    workers = int(getattr(config, "workerinput", {}).get("workercount", 1))
    long = [item for item in items if item.get_closest_marker("long")]
    others = iter([item for item in items if not item.get_closest_marker("long")])
    left, ordered = len(items), list[pytest.Item]()
    for number in range(workers):
        # As many as xdist gives a worker at first, in the order of all tests (its scheduler worksteal).
        share = left // (workers - number)
        mine = long[number::workers]
        ordered += [*mine, *islice(others, max(share - len(mine), 0))]
        left -= share
    items[:] = [*ordered, *others]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let whoever has minutes try the survey in every mode of the lab."""
    parser.addoption("--all-surveys", action="store_true", help="survey the lab in every mode, not in some")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The lab is an asyncio program."""
    return "asyncio"


@pytest.fixture(scope="session")
def shared_lab() -> "Iterator[LabHandle]":
    """One lab for a test process, started by the first test that asks; it may be in any state (see `lab`)."""
    # Three SDKs: unit tests do not wait for them.
    from tests.helpers.clear_text import assert_nothing_in_the_clear_of_lab  # noqa: PLC0415  # see above
    from tests.helpers.lab import new_lab  # noqa: PLC0415  # see above

    with new_lab(f"tests-{os.getpid()}") as handle:
        yield handle
        assert_nothing_in_the_clear_of_lab(handle.paths)


@pytest.fixture
def lab(shared_lab: "LabHandle") -> "Iterator[LabHandle]":
    """A lab that is as new: no faults, switches at their defaults, objects and certificates as in the beginning."""
    shared_lab.reset()
    yield shared_lab
    # A call that is held would let everything that follows wait.
    shared_lab.management.delete("/faults").raise_for_status()
