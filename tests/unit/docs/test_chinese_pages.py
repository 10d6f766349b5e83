"""A page in Chinese says what the English one says: the same headings, commands, keys, links and versions."""

import re
from pathlib import Path

import pytest

from tests.helpers.documents import REPOSITORY, codes

_CHINESE = ".zh-CN.md"
PAGES = sorted(path for path in [*REPOSITORY.glob(f"*{_CHINESE}"), *(REPOSITORY / "docs").rglob(f"*{_CHINESE}")])

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"^<!-- .* -->$", re.MULTILINE)
_LABEL = re.compile(r'"[^"\n]*"')
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Between the links at the head of both pages, each leads to the other one.
_SWITCH = re.compile(r"^\[(?:English|简体中文)\]\(.*\)$", re.MULTILINE)


def _both(page: Path) -> tuple[str, str]:
    english = page.with_name(page.name.replace(_CHINESE, ".md"))
    return english.read_text("utf-8"), page.read_text("utf-8")


def _blocks(text: str) -> list[str]:
    """Return the blocks and the comments that say how they are run; of a drawing without the words in it."""
    found = [*_FENCE.findall(text), *_COMMENT.findall(text)]
    return [_LABEL.sub('""', block) if block.startswith("```mermaid") else block for block in found]


def _prose(text: str) -> str:
    return _SWITCH.sub("", _COMMENT.sub("", _FENCE.sub("", text)))


def _links(text: str) -> list[str]:
    """Return where the links lead; to which language, or to which heading of the page itself, is no difference."""
    links = (link.replace(_CHINESE, ".md") for link in _LINK.findall(_prose(text)))
    return sorted({"#" if link.startswith("#") else link for link in links})


each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_both_pages_have_the_same_headings(page: Path) -> None:
    english, chinese = (_HEADING.findall(_prose(text)) for text in _both(page))
    assert chinese == english


@each_page
def test_both_pages_have_the_very_same_commands(page: Path) -> None:
    english, chinese = (_blocks(text) for text in _both(page))
    assert chinese == english


@each_page
def test_both_pages_name_the_same_keys_links_and_versions(page: Path) -> None:
    english, chinese = _both(page)
    assert sorted(set(codes(_prose(chinese)))) == sorted(set(codes(_prose(english))))
    assert _links(chinese) == _links(english)
    assert _VERSION.findall(_prose(chinese)) == _VERSION.findall(_prose(english))


@each_page
def test_no_sentence_of_the_chinese_page_is_english(page: Path) -> None:
    _, chinese = _both(page)
    lines = [line for line in _prose(chinese).splitlines() if len(re.findall(r"[a-z]{2,} [a-z]{2,}", line)) > 2]
    assert [line for line in lines if not _HAN.search(line)] == []


@each_page
def test_each_of_the_two_leads_to_the_other(page: Path) -> None:
    english, chinese = _both(page)
    assert f"[简体中文]({page.name})" in english
    assert f"[English]({page.name.replace(_CHINESE, '.md')})" in chinese


def test_readme_and_the_first_cluster_are_there_in_chinese() -> None:
    assert [page.name for page in PAGES] == ["README.zh-CN.md", "first-cluster.zh-CN.md"]
