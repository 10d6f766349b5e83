"""The pages on handing over can be followed: each command, in order, with the files that `ops export` writes.

`alice` was issued under generation 1 of the root CA; `alice.new` comes in a rollover, with the chain that a listener
needs which still trusts generation 1.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.handed_over import Listeners, Roots, hand_over, make_roots, running_listeners
from tests.helpers.documents import DOCS
from tests.helpers.needed import need
from tests.helpers.page_commands import REJECTED, Step, run, steps

FOLDER = "how-to/handing-over"
TRY = "Try it"
PROGRAMS = {
    "curl": ("curl", "openssl"),
    "python": ("openssl",),
    "java": ("java", "keytool"),
    "browsers": ("certutil", "pk12util", "tstclnt"),
}
"""The pages that are followed here, and what must be on PATH for them."""
_OTHER_TOOLS = {"java", "browsers"}
each_page = pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.other_tools] if page in _OTHER_TOOLS else []) for page in PROGRAMS]
)

NOT_RUN = {"browsers": {"it needs Windows", "it needs macOS"}}
"""Of each page, why some of its blocks are run by nobody."""


@pytest.fixture(scope="module")
def roots() -> Roots:
    return make_roots()


@pytest.fixture(scope="module")
def listeners(tmp_path_factory: pytest.TempPathFactory, roots: Roots) -> Iterator[Listeners]:
    with running_listeners(tmp_path_factory.mktemp("listeners"), roots) as running:
        yield running


@pytest.fixture
def handed(tmp_path: Path, roots: Roots, page: str) -> Path:
    """The reader's folder, where the programs of the page are at hand."""
    need(*PROGRAMS[page])
    hand_over(tmp_path, roots)
    return tmp_path


def _steps(page: str) -> list[Step]:
    return list(steps(f"{FOLDER}/{page}.md"))


def _follow(page: str, folder: Path, listeners: Listeners, *, only: str = "", after: bool = False) -> None:
    replaced = listeners.after if after else listeners.before
    for step in _steps(page):
        if only in ("", step.section):
            run(step, folder=folder, replaced=replaced, environment={**listeners.environment, "HOME": str(folder)})


@each_page
def test_a_page_can_be_followed_from_the_first_file_to_the_renewed_one_and_after_the_swap(
    page: str, handed: Path, listeners: Listeners
) -> None:
    _follow(page, handed, listeners)
    _follow(page, handed, listeners, only=TRY, after=True)


@each_page
def test_a_client_that_fetched_nothing_is_rejected_after_the_swap(
    page: str, handed: Path, listeners: Listeners
) -> None:
    _follow(page, handed, listeners, only="Install")
    with pytest.raises(AssertionError, match="ended with"):
        _follow(page, handed, listeners, only=TRY, after=True)


@each_page
def test_a_client_that_sends_no_cross_certificate_is_rejected_before_the_swap(
    page: str, handed: Path, roots: Roots, listeners: Listeners
) -> None:
    for name in ("alice", "alice.new"):
        shutil.rmtree(handed / name)
    hand_over(handed, roots, with_cross=False)
    _follow(page, handed, listeners, only="Install")
    _follow(page, handed, listeners, only=TRY)
    with pytest.raises(AssertionError, match="ended with"):
        _follow(page, handed, listeners, only="Renew")


@pytest.mark.parametrize("page", sorted(path.stem for path in (DOCS / FOLDER).glob("*.md")))
def test_what_of_a_page_is_run_by_nobody_says_why(page: str) -> None:
    assert {step.not_run for step in _steps(page) if step.not_run} == NOT_RUN.get(page, set())


@pytest.mark.parametrize("page", PROGRAMS)
def test_a_page_has_what_the_receiver_needs_in_the_same_order(page: str) -> None:
    sections = list(dict.fromkeys(step.section for step in _steps(page)))
    assert sections == ["Install", TRY, "Renew", REJECTED]
