"""The pages on handing over can be followed: each command, in order, with the files that `ops export` writes.

`alice` was issued under generation 1 of the root CA; `alice.new` comes in a rollover, with the chain that a listener
needs which still trusts generation 1.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clients.handed_over import Listeners, Roots, hand_over, make_roots, running_listeners
from tests.helpers.documents import DOCS
from tests.helpers.lab import LabHandle
from tests.helpers.needed import need
from tests.helpers.page_commands import REJECTED, Step, run, steps

FOLDER = "how-to/handing-over"
TRY = "Try it"
Follow = Callable[..., None]
PROGRAMS = {
    "curl": ("curl", "openssl"),
    "python": ("openssl",),
    "java": ("java", "keytool"),
    "browsers": ("certutil", "pk12util", "tstclnt"),
    "go-and-node": ("go", "node"),
    "kubernetes": ("kubectl", "curl"),
}
"""The pages that are followed here, and what must be on PATH for them."""
_OTHER_TOOLS = {"java", "browsers", "go-and-node"}
each_page = pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.other_tools] if page in _OTHER_TOOLS else []) for page in PROGRAMS]
)

NOT_RUN = {
    "browsers": {"it needs Windows", "it needs macOS"},
    "kubernetes": {"it needs a Pod"},
    "cert-manager": {"it needs cert-manager", "it needs trust-manager"},
}
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


@pytest.fixture
def follow(request: pytest.FixtureRequest, page: str, handed: Path, listeners: Listeners) -> Iterator[Follow]:
    """Do what the page says, in one of its sections or in all; `after` the listener has turned to generation 2."""
    # Go builds everything anew in a new home.
    built = os.environ.get("GOCACHE", str(Path.home() / ".cache" / "go-build"))
    environment = {**listeners.environment, "HOME": str(handed), "GOCACHE": built}
    if page == "kubernetes":
        lab: LabHandle = request.getfixturevalue("lab")
        environment["KUBECONFIG"] = str(lab.paths.admin_kubeconfig)

    def in_order(*, only: str = "", after: bool = False) -> None:
        replaced = listeners.after if after else listeners.before
        for step in _steps(page):
            if only in ("", step.section):
                run(step, folder=handed, replaced=replaced, environment=environment)

    yield in_order
    if page == "kubernetes":
        made = ("secret", "--ignore-not-found", "alice-certificate", "leaf")
        subprocess.run(["kubectl", "delete", *made], env={**os.environ, **environment}, check=True, timeout=30)


def _steps(page: str) -> list[Step]:
    return list(steps(f"{FOLDER}/{page}.md"))


@each_page
def test_a_page_can_be_followed_from_the_first_file_to_the_renewed_one_and_after_the_swap(
    follow: Follow,
) -> None:
    follow()
    follow(only=TRY, after=True)


@each_page
def test_a_client_that_fetched_nothing_is_rejected_after_the_swap(
    follow: Follow,
) -> None:
    follow(only="Install")
    with pytest.raises(AssertionError, match="ended with"):
        follow(only=TRY, after=True)


@each_page
def test_a_client_that_sends_no_cross_certificate_is_rejected_before_the_swap(
    follow: Follow, handed: Path, roots: Roots
) -> None:
    for name in ("alice", "alice.new"):
        shutil.rmtree(handed / name)
    hand_over(handed, roots, with_cross=False)
    follow(only="Install")
    follow(only=TRY)
    with pytest.raises(AssertionError, match="ended with"):
        follow(only="Renew")


@pytest.mark.parametrize("page", sorted(path.stem for path in (DOCS / FOLDER).glob("*.md")))
def test_what_of_a_page_is_run_by_nobody_says_why(page: str) -> None:
    assert {step.not_run for step in _steps(page) if step.not_run} == NOT_RUN.get(page, set())


@pytest.mark.parametrize("page", PROGRAMS)
def test_a_page_has_what_the_receiver_needs_in_the_same_order(page: str) -> None:
    sections = list(dict.fromkeys(step.section for step in _steps(page)))
    assert sections == ["Install", TRY, "Renew", REJECTED]


def test_what_of_the_page_on_cert_manager_needs_no_controller_can_be_followed(tmp_path: Path, roots: Roots) -> None:
    need("kubectl", "openssl")
    hand_over(tmp_path, roots)
    for step in _steps("cert-manager"):
        run(step, folder=tmp_path, replaced={}, environment={})
