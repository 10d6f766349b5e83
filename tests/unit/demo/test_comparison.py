"""What a document shows of the demo is what the demo printed: only whole lines and `...` may be missing."""

import pytest

from tests.helpers.documents import REPOSITORY
from tools.demo.comparison import MARK, Line, blocks, first_unlike

PRINTED = [
    "",
    "3. What would happen",
    "  $ pulumi preview --suppress-outputs --stack dev --config-file .lab/default/Pulumi.dev.yaml",
    "    Listener 443/HTTPS of AlbConfig alb",
    "      now: requests no client certificate (caEnabled absent, CA none)",
    "      then: requests client certificates (caEnabled true, CA of this stack)",
    "    warning: listener 80/HTTP of AlbConfig alb forwards to Service default/https-service there (HTTP_FORWARDS)",
    "  $ pulumi up --yes",
    "    error: listener 443/HTTPS of load balancer alb-lobszzv5uskr8wzf7p did not follow within 15 s",
    "  $ curl --silent --connect-to demo.alb.ingress.top:443:127.0.0.1:10443 https://demo.alb.ingress.top/",
    "    curl: (56) OpenSSL SSL_read: tlsv13 alert certificate required, errno 0",
    "    443/HTTPS of alb: enforced, 2 addresses, 1,204 connections",
]


def unlike(block: str) -> str | None:
    lines = [Line(number, text) for number, text in enumerate(block.strip("\n").splitlines(), start=1)]
    found = first_unlike(lines, PRINTED)
    return found.text.strip() if found else None


@pytest.mark.parametrize(
    "block",
    [
        "$ make demo\n3. What would happen",
        "3. What would happen\n  then: requests client certificates (caEnabled true, CA of this stack)",
        "now: requests no client certificate ...\n$ pulumi up",
        "warning: listener 80/HTTP of AlbConfig alb ... there (HTTP_FORWARDS)",
        "warning: listener 80/HTTP of AlbConfig alb forwards\n  to Service default/https-service there (HTTP_FORWARDS)",
        "$ pulumi preview   # changes nothing\n$ pulumi up --yes",
        "error: listener 443/HTTPS of load balancer alb-aaaaaaaaaaaaaaaaaa did not follow within 16 s",
        "$ curl https://demo.alb.ingress.top/\n  curl: (35) Recv failure: Connection reset by peer",
        "443/HTTPS of alb: enforced, 2 addresses, 612 connections",
    ],
    ids=["typed", "left-out", "dots-at-end", "dots", "broken", "command", "identifier", "lost-alert", "count"],
)
def test_lines_of_the_demo_may_be_left_out_broken_and_shortened_by_dots(block: str) -> None:
    assert unlike(block) is None


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ("now: requests no client certificate", "now: requests no client certificate"),
        ("now: requests client certificates ...", "now: requests client certificates ..."),
        ("then: ...\nnow: ...", "now: ..."),
        ("... certificate (caEnabled absent, CA no", "... certificate (caEnabled absent, CA no"),
        ("warning: listener 80/HTTP of AlbConfig alb forwards\n$ pulumi up", "$ pulumi up"),
        ("warning: listener 80/HTTP of AlbConfig alb forwards\nthere (HTTP_FORWARDS)", "there (HTTP_FORWARDS)"),
        ("$ pulumi destroy", "$ pulumi destroy"),
        ("$ pulumi up --skip-preview", "$ pulumi up --skip-preview"),
        ("443/HTTPS of alb: enforced, 3 addresses, 1,204 connections", "443/HTTPS of alb: enforced, 3 addresses, ..."),
    ],
    ids=["cut", "other", "order", "cut-word", "open-end", "hole", "command", "option", "number"],
)
def test_a_line_that_is_other_than_printed_cut_without_dots_or_out_of_order_is_named(block: str, line: str) -> None:
    assert (unlike(block) or "").startswith(line.removesuffix("..."))


def test_a_marked_block_is_read_with_the_numbers_of_its_lines_and_no_other_block_is() -> None:
    text = f"```console\n$ make\n```\n\n{MARK}\n```console\n$ make demo\n  old\n```\n"
    assert list(blocks(text)) == [[Line(7, "$ make demo"), Line(8, "  old")]]
    indented = "\n".join(f"   {line}" for line in text.splitlines())
    assert list(blocks(indented)) == [[Line(7, "   $ make demo"), Line(8, "     old")]]


def test_a_mark_without_a_block_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="line 1 marks output of the demo"):
        list(blocks(f"{MARK}\n\n```console\n```\n"))


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md", "docs/start/first-steps.md"])
def test_the_first_pages_have_such_a_block(page: str) -> None:
    assert list(blocks((REPOSITORY / page).read_text("utf-8")))
