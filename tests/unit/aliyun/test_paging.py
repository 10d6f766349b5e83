"""That a listing is read to its end, and no further."""

from collections.abc import Callable

import pytest

from alb_mtls.aliyun.answers import Members
from alb_mtls.aliyun.errors import RequestRejected
from alb_mtls.aliyun.paging import Page, numbered_page, numbered_pages, token_page, token_pages


def identifier(entry: Members) -> str:
    return str(entry["Id"])


def pages(entries: list[int], size: int, *, total: bool) -> Callable[[int], Page[int]]:
    def fetch(number: int) -> Page[int]:
        part = entries[(number - 1) * size : number * size]
        return Page(entries=part, total=len(entries) if total else None)

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

    def fetch(number: int) -> Page[str]:
        asked.append(number)
        return numbered_page({"Entries": [{"Id": "a"}, {"Id": "b"}], "TotalCount": "2"}, identifier, items="Entries")

    assert list(numbered_pages(fetch, items="Entries")) == ["a", "b"]
    assert asked == [1]


@pytest.mark.parametrize("total", ["many", "", [], {}])
def test_a_total_that_is_no_number_is_an_error_of_the_cloud(total: object) -> None:
    answer = {"Entries": [{"Id": "a"}], "TotalCount": total}
    with pytest.raises(RequestRejected, match="the listing of Entries was answered with an entry of an unknown shape"):
        numbered_page(answer, identifier, items="Entries")
    assert token_page(answer, identifier, items="Entries").entries == ["a"]


@pytest.mark.parametrize("end", [None, ""], ids=["missing token", "empty token"])
def test_pages_are_followed_by_token_until_there_is_none(end: str | None) -> None:
    answers: dict[str | None, Members] = {
        None: {"Entries": [{"Id": "a"}, {"Id": "b"}], "NextToken": "second"},
        "second": {"NextToken": "third"},
        "third": {"Entries": [{"Id": "c"}], "NextToken": end},
    }

    def fetch(token: str | None) -> Page[str]:
        return token_page(answers[token], identifier, items="Entries")

    assert list(token_pages(fetch, items="Entries")) == ["a", "b", "c"]


def test_numbered_pages_without_end_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alb_mtls.aliyun.paging._MOST_ENTRIES", 10)
    with pytest.raises(RequestRejected, match="does not come to an end after 12 entries"):
        list(numbered_pages(lambda _: Page(entries=[1] * 4), items="entries"))


def test_the_same_page_by_token_again_and_again_is_left() -> None:
    with pytest.raises(RequestRejected, match="does not come to an end"):
        list(token_pages(lambda _: Page(entries=[], next_token="same"), items="entries"))


def test_empty_pages_with_ever_new_tokens_are_left() -> None:
    asked: list[str | None] = []

    def fetch(token: str | None) -> Page[int]:
        asked.append(token)
        return Page(entries=[], next_token=f"token {len(asked)}")

    with pytest.raises(RequestRejected, match="does not come to an end after 0 entries"):
        list(token_pages(fetch, items="entries"))
    assert len(asked) == 1000


def test_small_pages_are_read_and_those_without_end_are_left() -> None:
    entries = list(range(900))
    assert list(numbered_pages(pages(entries, 1, total=False), items="entries")) == entries
    with pytest.raises(RequestRejected, match="does not come to an end after 1000 entries"):
        list(numbered_pages(lambda _: Page(entries=[1]), items="entries"))
