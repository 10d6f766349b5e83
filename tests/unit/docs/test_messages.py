"""Every sentence that a person can meet is found by its words in docs/reference/messages/, and nothing else."""

from pathlib import Path

import pytest

from tests.documents.errors import error_classes
from tests.documents.messages import FOLDER, GROUPS, group_of
from tests.documents.sentences import module_of, modules
from tests.helpers.documents import DOCS


def _found(folder: Path, code: str) -> list[str]:
    path = folder / "module.py"
    path.write_text(f'"""What it is for, in a sentence."""\n{code}\n', "utf-8")
    return list(module_of(path).sentences)


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        ('raise ValueError("the listener is not there")', ["the listener is not there"]),
        ('message = f"listener {key} has no server certificate"', ["listener … has no server certificate"]),
        ('say("one sentence" " in two pieces")', ["one sentence in two pieces"]),
        ('say("the ALB answered " + text())', ["the ALB answered …"]),
        ('say(text() + "; run the command again")', ["…; run the command again"]),
        # What stands in a placeholder is a sentence of its own.
        (
            """say(f"the key {'is not at hand here' if lost else 'fits'} today, on {day}")""",
            ["is not at hand here", "the key … today, on …"],
        ),
        (
            'say(first() + ("nobody is rejected" if off else "all of them are rejected"))',
            ["all of them are rejected", "nobody is rejected"],
        ),
        ('_BOUND = {"a": "more than the bound"}', ["more than the bound"]),
    ],
)
def test_a_text_for_people_is_found_with_a_gap_for_what_differs(
    tmp_path: Path, code: str, sentences: list[str]
) -> None:
    assert _found(tmp_path, code) == sentences


@pytest.mark.parametrize(
    "code",
    [
        'def f() -> None:\n    """Say what it is that it does."""',
        'VALUE = 1\n"""What the value of it means."""',
        're.compile("the name of a thing")',
        r'_NAMES = r"the name\s+of a (?:thing|person)"',
        'typer.Option("--out", help="Folder for the files here.")',
        'say("two words")',
        'TEMPLATE = "<p>more than three words</p>"',
    ],
)
def test_documentation_help_and_patterns_are_no_sentences(tmp_path: Path, code: str) -> None:
    assert _found(tmp_path, code) == []


def test_every_file_with_sentences_is_on_a_page() -> None:
    without = [one.path for one in modules() if group_of(one.path) is None]
    assert without == [], "name their folder in tests/documents/groups.yaml, and run `make docs`"


def test_the_page_of_a_file_is_the_one_with_the_longest_prefix() -> None:
    names = {path: getattr(group_of(path), "name", None) for path in ("ops/init/x.py", "ops/x.py", "rbac/x.py")}
    assert names == {"ops/init/x.py": "init", "ops/x.py": "operations", "rbac/x.py": None}


def test_every_page_has_sentences_and_no_page_is_left_from_before() -> None:
    assert {group.name for group in GROUPS} == {getattr(group_of(one.path), "name", None) for one in modules()}
    assert {path.stem for path in (DOCS / FOLDER).glob("*.md")} == {"README", *(group.name for group in GROUPS)}


def test_every_error_says_what_happened_and_one_that_is_caught_here_is_listed_too() -> None:
    assert [f"{one.path}:{one.name}" for one in error_classes() if not one.meaning] == []
    names = {one.name for one in error_classes()}
    assert {"OperationFailed", "AccessDenied", "StillBound", "PortTakenError", "SettingsError"} <= names
    assert not names & {"Finding", "Output", "ListenerKey"}
