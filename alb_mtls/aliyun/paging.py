"""Reads every page of a listing, in the two styles of the APIs.

Without a snapshot in either style, an entry that is deleted meanwhile can push another across a page border;
callers that need certainty look again, as they do after a lost reply.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from alb_mtls.aliyun.answers import Members, entries, of_answer
from alb_mtls.aliyun.errors import RequestRejected

CAS_PAGE_SIZE: Final = 50
"""The default of `ShowSize`; no maximum is documented."""

ALB_PAGE_SIZE: Final = 100
"""The documented maximum of `MaxResults`."""

T = TypeVar("T")

# Far above every quota.
_MOST_ENTRIES: Final = 100_000
# A page may be small, or empty with a token for the next one.
_MOST_PAGES: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a listing.

    Attributes:
        entries: What is listed on it.
        total: How many entries all numbered pages have, if the answer says so.
        next_token: What the next page is requested with; the last one has none.
    """

    entries: list[T]
    total: int | None = None
    next_token: str | None = None


def numbered_page(answer: Members, read: Callable[[Members], T], *, items: str) -> Page[T]:
    """Return the page of an answer with the entries in its member `items`, and a total."""
    read_total = of_answer(f"the listing of {items}")(_total)
    return Page(entries=_entries(answer, read, items), total=read_total(answer))


def token_page(answer: Members, read: Callable[[Members], T], *, items: str) -> Page[T]:
    """Return the page of an answer with the entries in its member `items`, and a token."""
    return Page(entries=_entries(answer, read, items), next_token=answer.get("NextToken"))


def numbered_pages(fetch: Callable[[int], Page[T]], *, items: str) -> Iterator[T]:
    """Yield the entries of all pages, `fetch` getting page 1, 2, … (CurrentPage and ShowSize).

    The end is the page that completes the total, or an empty one: a service may cap the page size below
    what was requested, so a short page alone means nothing.
    """
    number = 1
    count = 0
    while True:
        page = fetch(number)
        yield from page.entries
        count += len(page.entries)
        if not page.entries or (page.total is not None and count >= page.total):
            return
        if count > _MOST_ENTRIES or number >= _MOST_PAGES:
            raise _endless(items, count)
        number += 1


def token_pages(fetch: Callable[[str | None], Page[T]], *, items: str) -> Iterator[T]:
    """Yield the entries of all pages, `fetch` getting the token of the page before (NextToken)."""
    token: str | None = None
    count = pages = 0
    while True:
        page = fetch(token)
        yield from page.entries
        count += len(page.entries)
        pages += 1
        last, token = token, page.next_token or None
        if token is None:
            return
        if token == last or count > _MOST_ENTRIES or pages >= _MOST_PAGES:
            raise _endless(items, count)


def _entries(answer: Members, read: Callable[[Members], T], items: str) -> list[T]:
    return [read(one) for one in entries(answer.get(items))]


def _total(answer: Members) -> int | None:
    total = answer.get("TotalCount")
    return None if total is None else int(total)


def _endless(items: str, count: int) -> RequestRejected:
    sentence = f"the listing of {items} does not come to an end after {count} entries; report it to Alibaba Cloud"
    return RequestRejected(sentence, api="listing", target=items)
