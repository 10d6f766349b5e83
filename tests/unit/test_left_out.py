"""`make test` ends with what it has left out and why, so that "everything" is no more than it is."""

import re

import pytest

from tests.helpers.documents import REPOSITORY
from tests.helpers.left_out import LONGER, sentence

pytest_plugins = ["pytester"]

SKIPS = """
    import pytest

    @pytest.mark.parametrize("number", range(3))
    def test_one(number):
        if number < 2:
            pytest.skip("kubectl missing")
"""


def test_what_workers_skip_is_counted_by_its_reason_and_once(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = pytester.path / "cache" / "left-out"
    monkeypatch.setenv("ALB_MTLS_LEFT_OUT", str(written))
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makeconftest("from tests.helpers.left_out import pytest_runtest_logreport, pytest_sessionfinish\n")
    pytester.makepyfile(SKIPS)
    assert pytester.runpytest_subprocess("-p", "no:randomly", "-n", "1").ret == 0
    # As when two stages have skipped the same.
    assert sentence(written.read_text().splitlines() * 2).startswith(
        "Everything that was run is fine. Not run: 4 tests skipped (4: kubectl missing), and what takes longer: "
    )


def test_where_nothing_is_skipped_only_what_takes_longer_is_left_out() -> None:
    assert sentence([]) == f"Everything that was run is fine. Not run: what takes longer: {LONGER}."


def test_every_longer_test_that_can_be_made_is_named_and_its_marker_is_one_of_those_left_out() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    named = set(re.findall(r"make (test-[a-z]+)", LONGER))
    assert named <= set(re.findall(r"^(test-[a-z]+):", makefile, re.MULTILINE))
    everything = re.search(r"^test:.*\n(?:\t.*\n)+", makefile, re.MULTILINE)
    assert everything is not None
    assert not [name for name in named if name in everything[0]]
