"""That a listing is read to its end, and no further."""

from types import SimpleNamespace
from typing import Any

import pytest

from alb_mtls.aliyun.errors import RequestRejected
from alb_mtls.aliyun.paging import numbered_pages, token_pages


def pages(entries: list[int], size: int, *, total: bool) -> Any:
    def fetch(page: int) -> Any:
        part = entries[(page - 1) * size : page * size]
        return SimpleNamespace(entries=part, total_count=len(entries) if total else None)

    return fetch


@pytest.mark.parametrize("total", [True, False], ids=["with a total", "without a total"])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 101])
def test_every_numbered_page_is_read(count: int, *, total: bool) -> None:
    entries = list(range(count))
    assert list(numbered_pages(pages(entries, 50, total=total), items="entries")) == entries


def test_a_service_that_caps_the_page_size_is_read_to_the_end() -> None:
    entries = list(range(7))
    assert list(numbered_pages(pages(entries, 2, total=True), items="entries")) == entries


def test_an_announced_total_saves_the_request_for_an_empty_page() -> None:
    asked = []

    def fetch(page: int) -> Any:
        asked.append(page)
        return SimpleNamespace(entries=[1, 2], total_count="2")

    assert list(numbered_pages(fetch, items="entries")) == [1, 2]
    assert asked == [1]


@pytest.mark.parametrize("total", ["many", "", [], {}])
def test_a_total_that_is_no_number_is_an_error_of_the_cloud(total: object) -> None:
    page = SimpleNamespace(entries=[1, 2], total_count=total)
    with pytest.raises(RequestRejected, match="the listing of entries was answered with an entry of an unknown shape"):
        list(numbered_pages(lambda _: page, items="entries"))


@pytest.mark.parametrize("end", [None, ""], ids=["missing token", "empty token"])
def test_pages_are_followed_by_token_until_there_is_none(end: str | None) -> None:
    answers = {
        None: SimpleNamespace(entries=[1, 2], next_token="second"),
        "second": SimpleNamespace(entries=None, next_token="third"),
        "third": SimpleNamespace(entries=[3], next_token=end),
    }
    assert list(token_pages(lambda token: answers[token], items="entries")) == [1, 2, 3]


def test_numbered_pages_without_end_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alb_mtls.aliyun.paging._MOST_ENTRIES", 10)
    with pytest.raises(RequestRejected, match="does not come to an end after 12 entries"):
        list(numbered_pages(lambda _: SimpleNamespace(entries=[1] * 4, total_count=None), items="entries"))


def test_the_same_page_by_token_again_and_again_is_left() -> None:
    with pytest.raises(RequestRejected, match="does not come to an end"):
        list(token_pages(lambda _: SimpleNamespace(entries=[], next_token="same"), items="entries"))


def test_empty_pages_with_ever_new_tokens_are_left() -> None:
    asked: list[str | None] = []

    def fetch(token: str | None) -> Any:
        asked.append(token)
        return SimpleNamespace(entries=[], next_token=f"token {len(asked)}")

    with pytest.raises(RequestRejected, match="does not come to an end after 0 entries"):
        list(token_pages(fetch, items="entries"))
    assert len(asked) == 1000


def test_small_pages_are_read_and_those_without_end_are_left() -> None:
    entries = list(range(900))
    assert list(numbered_pages(pages(entries, 1, total=False), items="entries")) == entries
    with pytest.raises(RequestRejected, match="does not come to an end after 1000 entries"):
        list(numbered_pages(lambda _: SimpleNamespace(entries=[1], total_count=None), items="entries"))
