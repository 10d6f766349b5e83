"""A finding is a block that fits a terminal, and of which a command can be copied."""

import pytest
from rich.cells import cell_len

from alb_mtls.cluster.findings import Finding, FindingCode
from ops.blocks import Block, Level, wrapped
from ops.finding_blocks import blocks_of
from ops.findings import OpsFindingCode

LONG = (
    "kubectl annotate albconfig alb alb-mtls/hold.443.https=because-of-a-ticket-that-has-a-long-name --overwrite=true"
)


def _found(evidence: str = "caEnabled is false in the AlbConfig", remedy: str = "run `pulumi up`") -> Finding:
    return Finding(
        code=OpsFindingCode.NOT_ENFORCED,
        subject="listener 443/HTTPS of AlbConfig alb",
        evidence=evidence,
        remedy=remedy,
    )


def block_of(finding: Finding, level: Level | None = None) -> Block:
    [block] = blocks_of([finding], level)
    return block


def test_a_finding_begins_with_how_bad_it_is_and_ends_with_its_code() -> None:
    assert block_of(_found()).lines(80) == [
        "problem: listener 443/HTTPS of AlbConfig alb: not enforced",
        "  caEnabled is false in the AlbConfig",
        "  To do: run `pulumi up` [NOT_ENFORCED]",
    ]


def test_one_that_is_no_broken_promise_is_a_warning_and_a_note_is_what_it_is_called() -> None:
    bypass = Finding(code=FindingCode.HTTP_FORWARDS, subject="s", evidence="e", remedy="r")
    assert block_of(bypass).lines(80)[0].startswith("warning: s: ")
    assert block_of(bypass, Level.NOTE).lines(80)[0].startswith("note: s: ")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    block = block_of(_found(evidence="many words that go on " * 20, remedy=f"{'do this and that ' * 9}`pulumi up`"))
    lines = block.lines(width)
    assert len(lines) > 3
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize(("evidence", "head"), [("ended on 2026-10-23", "has ended"), ("ends on 2026-12-23", "ends")])
def test_a_certificate_that_has_ended_is_not_one_that_ends(evidence: str, head: str) -> None:
    found = Finding(code=OpsFindingCode.CLIENT_EXPIRING, subject="client alice", evidence=evidence, remedy="r")
    assert block_of(found).lines(80)[0] == f"warning: client alice: a certificate {head}"


def test_a_code_that_does_not_fit_stands_in_a_line_of_its_own() -> None:
    lines = Block(level=Level.NOTE, subject="x", remedy="a" * 60, code="A_LONG_CODE").lines(80)
    assert lines[-2:] == [f"  To do: {'a' * 60}", "  [A_LONG_CODE]"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("when it is over: python -m ops resume alb/443", ["when it is over:", "      python -m ops resume alb/443"]),
        (f"first `{LONG}`, then look", ["first:", f"      {LONG}", "  then look"]),
        (
            "list it (python -m ops inventory --deny-list), or wait",
            ["list it:", "      python -m ops inventory --deny-list", "  or wait"],
        ),
        ("`pulumi preview` shows it; `pulumi up` repairs it", ["`pulumi preview` shows it; `pulumi up` repairs it"]),
    ],
)
def test_a_command_stands_unbroken_in_its_own_line_but_for_a_short_one(text: str, lines: list[str]) -> None:
    assert wrapped(text, 80, following="  ") == lines


def test_a_short_command_is_not_broken_at_the_end_of_a_line() -> None:
    assert wrapped("aaaa bbbb `pulumi up` cccc", 16) == ["aaaa bbbb", "`pulumi up` cccc"]


def test_what_stands_between_two_short_commands_is_broken_and_they_are_not() -> None:
    text = "`hosts` forbids it; add it to (`hosts`) and run `pulumi up`, then look"
    lines = ["`hosts` forbids it;", "add it to (`hosts`)", "and run", "`pulumi up`, then", "look"]
    assert wrapped(text, 19) == lines


def test_chinese_text_is_broken_where_its_columns_end() -> None:
    lines = wrapped("因为" * 30, 40)
    assert [cell_len(line) for line in lines] == [40, 40, 40]
    assert "".join(lines) == "因为" * 30


def test_what_comes_from_outside_begins_no_line_of_its_own() -> None:
    assert wrapped("held: a\nproblem: b", 80) == ["held: a problem: b"]
