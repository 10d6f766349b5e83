"""What leaves for a person: nothing in it is a secret, begins a line, or turns the order of characters."""

import ast
from pathlib import Path

import pytest

from alb_mtls import redaction
from alb_mtls.cluster.claim_errors import AnotherCa, ClaimedByAnother, HeldByAnother
from alb_mtls.cluster.findings import Finding
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.configuration.problems import SettingsError
from alb_mtls.errors import user_message
from components.printing import stop
from ops.output import Output
from tests.helpers.documents import REPOSITORY

# As a tenant may write them: a line end with a line of its own, a carriage return, an escape sequence, a turn of the
# order (right-to-left override), a separator of lines.
SPOOFED = "evil\nAll is fine\r\x1b[2J\u202eniof\u2028x"
CLEAN = "evil All is fine  [2Jniof x"
LISTENER = ListenerKey(alb_config="alb", port=443, protocol="HTTPS")


def test_a_fragment_keeps_its_lines_and_nothing_that_turns_them() -> None:
    assert redaction.cleaned({"fragment": "a:\n- b\u202e", "note": "a\nb"}) == {
        "fragment": "a:\n- b",
        "note": "a b",
    }


def test_what_comes_from_outside_begins_no_line_and_turns_no_order() -> None:
    assert redaction.one_line(SPOOFED) == CLEAN


def test_a_secret_at_the_place_where_a_text_is_cut_leaves_no_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_secrets", set())
    redaction.hide(["correct-horse-battery"])
    assert redaction.quoted("it is\ncorrect-horse-battery", 14) == "it is [hidden]"
    assert redaction.quoted("it is\ncorrect-horse-battery", 10) == "it is [hid"
    assert redaction.quoted("it is  wrong", 10) == "it is wron"


@pytest.mark.parametrize("text", ["443/HTTPS of alb: enforced", "客户 réouvrir", "  two blanks first"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert redaction.one_line(text) == text


def test_half_a_character_of_a_file_name_is_shown_by_its_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert str(stop("client-\udcff.key")) == "client-\\udcff.key"
    Output(as_json=False).line("client-\udcff.key")
    assert capsys.readouterr().out == "client-\\udcff.key\n"


def test_a_text_of_several_lines_keeps_them_where_it_is_made_of_them() -> None:
    assert redaction.redact("first\n  second\x1b[0m") == "first\n  second [0m"


@pytest.mark.parametrize(
    "error",
    [
        ClaimedByAnother(LISTENER, owner=SPOOFED, deployment=SPOOFED),
        HeldByAnother(LISTENER, owner=SPOOFED, deployment=SPOOFED),
        AnotherCa(LISTENER, identifiers=[SPOOFED]),
    ],
    ids=["owner of a claim", "owner of a claim that stays", "CertificateId"],
)
def test_an_error_that_quotes_the_cluster_is_one_line_of_readable_text(error: Exception) -> None:
    message = user_message(error)
    assert CLEAN in message
    assert all(character.isprintable() for character in message)


def test_what_a_claim_says_of_itself_is_cut_before_it_hides_what_to_do() -> None:
    for kind in (ClaimedByAnother, HeldByAnother):
        sentence = str(kind(LISTENER, owner="x" * 100_000, deployment="y" * 100_000))
        assert f"stack {'x' * 200} (deployment {'y' * 200})" in sentence
        assert "claimed by stack a/b (deployment d-1)" in str(kind(LISTENER, owner="a/b", deployment="d-1"))


def test_what_a_survey_holds_is_to_be_given_back_and_not_taken_over() -> None:
    sentence = str(ClaimedByAnother(LISTENER, owner="ops survey", deployment="d-1"))
    assert f"python -m ops survey --listener {LISTENER.output_key} --put-back" in sentence
    assert "takeOver" not in sentence
    assert "takeOver: d-1" in str(ClaimedByAnother(LISTENER, owner="a/b", deployment="d-1"))


def test_a_finding_is_one_line_of_readable_text_for_people_and_scripts() -> None:
    finding = Finding(code="OTHER_ROUTE", subject=SPOOFED, evidence=SPOOFED, remedy=SPOOFED)
    assert finding.text.isprintable()
    assert all(value.isprintable() for value in finding.to_json().values())


def test_a_mistake_of_the_configuration_is_one_line() -> None:
    head, *lines = str(SettingsError([f"listeners[0]: {SPOOFED}", "rootCa: is wrong"])).split("\n")
    assert head.startswith("2 mistakes")
    assert lines == [f"  listeners[0]: {CLEAN}", "  rootCa: is wrong"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_command_prints_readable_text(capsys: pytest.CaptureFixture[str], *, as_json: bool) -> None:
    output = Output(as_json=as_json)
    if as_json:
        output.document({"owner": SPOOFED, "hosts": [SPOOFED]})
    else:
        output.line(SPOOFED)
        output.table("listeners", ("host",), [(SPOOFED,)])
    output.say(SPOOFED)
    printed = capsys.readouterr()
    text = printed.out + printed.err
    assert "All is fine" in text
    assert not any(line.startswith("All is fine") for line in text.splitlines())
    assert text.replace("\n", "").isprintable()


def _calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


@pytest.mark.parametrize(
    ("call", "exit_"),
    [
        ("pulumi.log.info", "components/printing.py"),
        ("pulumi.log.warn", "components/printing.py"),
        ("pulumi.log.error", None),
        ("pulumi.RunError", "components/printing.py"),
        ("CheckFailure", "components/providers/base.py"),
        ("print", "components/providers/base.py"),
    ],
)
def test_texts_of_the_program_leave_by_one_exit_each(call: str, exit_: str | None) -> None:
    files = [REPOSITORY / "__main__.py", *(REPOSITORY / "components").rglob("*.py")]
    calling = {str(path.relative_to(REPOSITORY)) for path in files if call in _calls(path)}
    assert calling == (set() if exit_ is None else {exit_})
