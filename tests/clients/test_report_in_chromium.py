"""The page of a report as Chromium shows and prints it: narrow and wide, light and dark, on paper, and by keyboard."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from ops.report.document import document_of
from ops.report.looking import Looked
from ops.report.page import page_of
from tests.helpers import report_stacks
from tests.helpers.needed import need
from tests.helpers.report_stacks import NOW

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_ROLES: "tuple[Literal['row', 'rowheader', 'columnheader', 'cell'], ...]" = ("row", "rowheader", "columnheader", "cell")
_WIDTHS = (360, 768, 834, 1440)
_PAGES: "dict[str, tuple[Callable[[], Looked], ...]]" = {
    "two": (report_stacks.production, report_stacks.staging),
    "hostile": (report_stacks.hostile,),
    "unreachable": (report_stacks.unreachable,),
}
_SECTIONS = (
    "Listeners",
    "Proof",
    "Certificates in time",
    "Inventory",
    "Permissions",
    "Versions",
    "What this page does",
)

# WCAG 2.2, 1.4.3: of each text the colour against that of the next ancestor that has a ground of its own.
_CONTRASTS = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (color) => { const [r, g, b] = color.slice(0, 3).map((one) => {
    const c = one / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (element) => { for (let one = element; one; one = one.parentElement) {
    const found = rgb(getComputedStyle(one).backgroundColor);
    if (found.length === 3 || found[3] > 0) return found; } return [255, 255, 255]; };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = {};
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
    if (!text || ["STYLE", "TITLE", "title", "desc"].includes(element.tagName)) continue;
    const style = getComputedStyle(element), isSvg = element.namespaceURI.endsWith("svg");
    const front = rgb(isSvg ? style.fill : style.color);
    const bar = element.classList.contains("beyond")
      && element.parentElement.querySelector(".bar:not([fill])");
    const back = bar ? rgb(getComputedStyle(bar).fill) : ground(element);
    const [high, low] = [light(front), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05), key = `${style.color} ${front} on ${back}`;
    if (!(key in found)) found[key] = [Math.round(ratio * 100) / 100, text.slice(0, 40)];
  }
  return Object.values(found);
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """One browser for all tests, with a profile of its own."""
    need("chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - what else is tested here does not wait for it

    with sync_playwright() as playwright:
        home: dict[str, str | float | bool] = {"HOME": str(tmp_path_factory.mktemp("home")), "PATH": "/usr/bin:/bin"}
        started = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS, env=home)
        yield started
        started.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, written = tmp_path_factory.mktemp("pages"), dict[str, Path]()
    for name, stacks in _PAGES.items():
        looked = [stack() for stack in stacks]
        written[name] = folder / f"{name}.html"
        written[name].write_text(page_of(document_of(looked, NOW), looked), "utf-8")
    return written


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    with browser.new_context() as context:
        yield context.new_page()


@pytest.mark.parametrize("name", list(_PAGES))
def test_no_width_scrolls_sideways_and_nothing_else_is_fetched(page: "Page", files: dict[str, Path], name: str) -> None:
    fetched, complaints = list[str](), list[str]()
    page.on("request", lambda request: fetched.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(files[name].as_uri())
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert fetched == [files[name].as_uri()]
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(page: "Page", files: dict[str, Path], scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    for name in ("two", "unreachable"):
        page.goto(files[name].as_uri())
        found = page.evaluate(_CONTRASTS)
        assert len(found) > 5
        assert [one for one in found if one[0] < 4.5] == []
    is_dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(16, 19, 22)"
    assert is_dark is (scheme == "dark")


def test_a_text_that_does_not_stand_out_would_be_found(page: "Page", files: dict[str, Path]) -> None:
    page.goto(files["two"].as_uri())
    page.evaluate("document.querySelector('.lead').style.color = '#999'")
    assert [one[1][:14] for one in page.evaluate(_CONTRASTS) if one[0] < 4.5] == ["Of 3 listeners"]


@pytest.mark.parametrize("name", ["two", "hostile"])
def test_the_letters_of_the_picture_are_as_large_on_a_telephone_and_none_leaves_it(
    page: "Page", files: dict[str, Path], name: str
) -> None:
    page.goto(files[name].as_uri())
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        outside, small, count = page.evaluate("""() => {
          const found = [...document.querySelectorAll("svg.timeline")].flatMap((picture) => {
            const box = picture.getBoundingClientRect();
            return [...picture.querySelectorAll("text, b, span")].map((text) => [box, text.getBoundingClientRect()]);
          });
          const leaves = ([box, one]) => one.left < box.left - 1 || one.right > box.right + 1;
          return [found.filter(leaves).length, found.filter(([, one]) => one.height < 12).length, found.length];
        }""")
        assert (outside, small) == (0, 0)
        assert count > 20


def test_tables_keep_their_rows_and_columns_for_a_screen_reader_where_they_are_blocks(
    page: "Page", files: dict[str, Path]
) -> None:
    page.goto(files["two"].as_uri())
    wide, narrow = list[int](), list[int]()
    for width, found in ((1440, wide), (360, narrow)):
        page.set_viewport_size({"width": width, "height": 900})
        table = page.locator("table").first
        found += [table.get_by_role(role).count() for role in _ROLES]
    assert wide == narrow == [4, 3, 5, 12]


def test_the_keyboard_reaches_the_content_first_and_then_each_stack(page: "Page", files: dict[str, Path]) -> None:
    page.goto(files["two"].as_uri())
    focused = "document.activeElement.getAttribute('href')"
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(focused))
    assert reached == ["#content", "#stack-1", "#stack-2", "#limits"]
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#limits"


def test_all_sections_are_printed_dark_on_white_on_whole_pages(page: "Page", files: dict[str, Path]) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(files["two"].as_uri())
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 34, 40)"
    rules = "[...document.querySelectorAll('tr')].map((row) => getComputedStyle(row).breakInside)"
    assert set(page.evaluate(rules)) == {"avoid"}
    page.set_viewport_size({"width": 688, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == 688
    printed = page.pdf(prefer_css_page_size=True, tagged=True, outline=True)
    titles = _titles(printed)
    assert [section for section in _SECTIONS if not any(title.startswith(section) for title in titles)] == []
    boxes = {tuple(round(float(one)) for one in box.split()) for box in re.findall(rb"/MediaBox \[(.*?)\]", printed)}
    assert boxes == {(0, 0, 595, 842)}


def _titles(pdf: bytes) -> list[str]:
    """Return the headings of a printed page, which stand in its outline."""
    return [title.decode("latin-1") for title in re.findall(rb"/Title \((.*?)\)", pdf)]
