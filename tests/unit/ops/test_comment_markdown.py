"""Whatever comes from outside is shown in a comment as the words that it is, and nothing else of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from alb_mtls.redaction import one_line
from ops.comment.document import document, listed, tabled
from ops.comment.markdown import block, code, marker, text

_PIECES = (
    *"`|\\<>[]()!*_~#@&$:.-+=\"'/ \t\n\r",
    *("@team", "#123", "GH-12", "ABC-9", "org/repo#7", "deadbeef1234567", "www.a.example", "https://a.example/x"),
    *(
        "a@b.example",
        "<b>",
        "<!--",
        "-->",
        "</details>",
        "![i](u)",
        "[l](u)",
        "**b**",
        "| --- |",
        "```",
        "~~~",
        "1.",
        "-",
    ),
    *(
        ":smile:",
        "&#64;",
        "&lt;",
        "$x$",
        "\u202e",
        "\u2066",
        "\u200b",
        "\x00",
        "\x1b[31m",
        "\ud800",
        "http://",
        "xn--a",
    ),
    *("host.example", "a", "word", "`hosts`", "`pulumi up`", "é", "主机", "123", "2)", "1.", "-", "xn--a"),
)
OUTSIDE = st.lists(st.sampled_from(_PIECES), max_size=12).map("".join)
_READ = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# What GitHub makes of text that is not code (html-pipeline; autolinks of GFM).
_ACTIVE = re.compile(r"[@#]|www\.|://|[0-9a-f]{7,}|\b[A-Za-z0-9]+-[0-9]+|:\w+:|\$", re.IGNORECASE)
_GRAVE, _BAR = "\N{MODIFIER LETTER GRAVE ACCENT}", "\N{BROKEN BAR}"
_LIKE = str.maketrans({"`": _GRAVE, "|": _BAR})


def _words(outside: str) -> str:
    """Return what people are to read of it."""
    return " ".join(one_line(outside).encode("utf-8", "replace").decode().split())


def _inline(markdown: str) -> list[tuple[str, str]]:
    return [(one.type, one.content) for each in _READ.parse(markdown) for one in each.children or ()]


def _shown(parts: list[tuple[str, str]]) -> str:
    return "".join(content for _, content in parts)


def _plain(words: str) -> str:
    """Return words without the marks of code, and what is like them."""
    return words.translate(_LIKE).replace(_GRAVE, "")


@given(OUTSIDE)
def test_words_in_a_list_are_text_and_code_alone(outside: str) -> None:
    tokens = _READ.parse(f"- x {text(outside)}\n")
    assert {one.type for one in tokens} == {
        "bullet_list_open",
        "list_item_open",
        "paragraph_open",
        "inline",
        "paragraph_close",
        "list_item_close",
        "bullet_list_close",
    }
    parts = _inline(f"- x {text(outside)}\n")
    assert {kind for kind, _ in parts} <= {"text", "code_inline"}
    assert not any(_ACTIVE.search(content) for kind, content in parts if kind == "text")
    assert _plain(_shown(parts)).split() == ["x", *_plain(_words(outside)).split()]


@given(OUTSIDE)
def test_words_that_begin_an_item_begin_nothing_else(outside: str) -> None:
    tokens = [one.type for one in _READ.parse(f"- {text(outside)}\n") if one.nesting == 1]
    assert set(tokens) <= {"bullet_list_open", "list_item_open", "paragraph_open"}


@given(OUTSIDE, OUTSIDE)
def test_words_in_a_table_stay_in_their_cells(one: str, other: str) -> None:
    made = tabled("t", ("a", "b"), [(text(one), code(other)), ("x", "y")]).whole
    tokens = _READ.parse(made)
    assert sum(each.type == "tr_open" for each in tokens) == 3
    assert sum(each.type == "td_open" for each in tokens) == 4
    cells = [each for each in tokens if each.type == "inline"][2:]
    assert (
        _plain(_shown([(part.type, part.content) for part in cells[0].children or ()])).split()
        == _plain(_words(one)).split()
    )
    assert {part.type for cell in cells for part in cell.children or ()} <= {"text", "code_inline"}


@given(OUTSIDE)
def test_nothing_ends_a_block_of_code_but_its_own_end(outside: str) -> None:
    [fence, *after] = _READ.parse(f"{block(outside)}\n\nafter\n")
    assert fence.type == "fence"
    assert [one.type for one in after] == ["paragraph_open", "inline", "paragraph_close"]


@given(OUTSIDE, OUTSIDE, OUTSIDE)
def test_the_marker_is_hidden_and_no_two_stacks_have_the_same(project: str, stack: str, other: str) -> None:
    line = marker(project, stack)
    assert "\n" not in line
    assert line.startswith("<!-- alb-mtls ")
    assert line.count("-->") == 1
    assert re.fullmatch(r"<!-- alb-mtls [^<>]+ -->", line)
    assert (marker(project, other) == line) is (other.encode("utf-8", "replace") == stack.encode("utf-8", "replace"))


def test_long_words_are_cut_and_short_ones_are_not() -> None:
    assert text("word " * 300).endswith("word …")
    assert len(text("word " * 300)) < 620
    assert text("word") == "word"
    assert code("a" * 700) == f"`{'a' * 600} …`"
    assert code("") == ""


def test_what_has_no_room_is_shortened_or_left_out_and_named_and_what_has_room_is_whole() -> None:
    first, second = listed("First", ["a" * 6_000] * 5), listed("Second", ["b" * 500] * 400)
    third = listed("Third", ["c" * 20_000] * 5)
    made = document("head\n", [first, second, third], foot="foot\n", elsewhere="it is there")
    assert len(made.encode()) <= 64_000
    assert made.count("a" * 6_000) == 5
    assert "- and 395 more" in made
    assert "characters (in short: Second; left out: Third): it is there.\nfoot\n" in made
    small = document("head\n", [listed("First", ["a"])], foot="", elsewhere="it is there")
    assert small == "head\n\n### First\n\n- a\n"


@pytest.mark.parametrize("nothing", ["", " ", "\N{RIGHT-TO-LEFT OVERRIDE}"])
def test_no_words_are_nothing_since_two_graves_would_begin_code(nothing: str) -> None:
    assert (text(nothing), code(nothing)) == ("", "")
