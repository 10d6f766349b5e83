"""Reads every page of a listing, in the two styles of the APIs.

Without a snapshot in either style, an entry that is deleted meanwhile can push another across a page border;
callers that need certainty look again, as they do after a lost reply.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from alb_mtls.aliyun.answers import of_answer
from alb_mtls.aliyun.errors import RequestRejected

CAS_PAGE_SIZE: Final = 50
"""The default of `ShowSize`; no maximum is documented."""

ALB_PAGE_SIZE: Final = 100
"""The documented maximum of `MaxResults`."""

# Far above every quota.
_MOST_ENTRIES: Final = 100_000
# A page may be small, or empty with a token for the next one.
_MOST_PAGES: Final = 1_000


def numbered_pages(fetch: Callable[[int], Any], *, items: str) -> Iterator[Any]:
    """Yield the entries of all pages, `fetch` getting page 1, 2, … (CurrentPage and ShowSize).

    The end is the page that completes `total_count`, or an empty one: a service may cap the page size below
    what was requested, so a short page alone means nothing.
    """
    total_of = of_answer(f"the listing of {items}")(_total)
    page = 1
    count = 0
    while True:
        body = fetch(page)
        entries = getattr(body, items) or []
        yield from entries
        count += len(entries)
        total = total_of(body)
        if not entries or (total is not None and count >= total):
            return
        if count > _MOST_ENTRIES or page >= _MOST_PAGES:
            raise _endless(items, count)
        page += 1


def token_pages(fetch: Callable[[str | None], Any], *, items: str) -> Iterator[Any]:
    """Yield the entries of all pages, `fetch` getting the token of the page before (NextToken)."""
    token: str | None = None
    count = pages = 0
    while True:
        body = fetch(token)
        entries = getattr(body, items) or []
        yield from entries
        count += len(entries)
        pages += 1
        last, token = token, body.next_token or None
        if token is None:
            return
        if token == last or count > _MOST_ENTRIES or pages >= _MOST_PAGES:
            raise _endless(items, count)


def _total(body: Any) -> int | None:
    return None if body.total_count is None else int(body.total_count)


def _endless(items: str, count: int) -> RequestRejected:
    sentence = f"the listing of {items} does not come to an end after {count} entries; report it to Alibaba Cloud"
    return RequestRejected(sentence, api="listing", target=items)
