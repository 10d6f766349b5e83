"""Reading the JSON of a survey: every mistake in it is a sentence."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.survey.schema import ANSWERS, KIND, VERSION

_LARGEST_BYTES = 1_000_000
_LONGEST_SECONDS = 3_600
_MOST = 1_000_000
# RFC 8446, B.2: one octet.
_HIGHEST_ALERT = 255
_LONGEST_TEXT = 300
_MOST_PROBLEMS = 20
_MEMBERS = ("kind", "version", "at", "edition", "answers", "unanswered")


class SurveyError(ValueError):
    """The file is none that a survey has made; the text has a line for each mistake."""


@dataclass(frozen=True, kw_only=True)
class SurveyReport:
    """What a survey has found out.

    Attributes:
        edition: of the ALB that was asked.
        answers: by question; what was not answered is not in it.
        unanswered: why, by question.
    """

    edition: str
    answers: dict[str, Any]
    unanswered: dict[str, str]


def read_survey(path: Path) -> SurveyReport:
    """Read the file of a survey.

    Raises:
        SurveyError: it cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise SurveyError(message) from None
    try:
        # NaN and Infinity are no JSON, though Python takes them.
        value = json.loads(data, parse_constant=_no_json) if len(data) <= _LARGEST_BYTES else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or value.get("kind") != KIND:
        message = f"{path} is no report of `python -m ops survey`; name the file that its --output made"
        raise SurveyError(message)
    if value.get("version") != VERSION or value["version"] is True:
        message = f"{path} is of version {repr(value.get('version'))[:60]}, and this lab reads version {VERSION}"
        raise SurveyError(message)
    if problems := survey_problems(value):
        sentences = [f"{path}: {_printable(one)}" for one in problems[:_MOST_PROBLEMS]]
        if (more := len(problems) - len(sentences)) > 0:
            sentences.append(f"{path}: {more} more of the kind")
        raise SurveyError("\n".join(sentences))
    return SurveyReport(edition=value["edition"], answers=value["answers"], unanswered=value["unanswered"])


def survey_problems(value: dict[str, Any]) -> list[str]:
    """Return what is wrong with a document of the right kind and version, one sentence each."""
    problems = [f"{name} is no member of a report" for name in value if name not in _MEMBERS]
    problems += [f"{name} is missing" for name in _MEMBERS if name not in value]
    problems += [
        f"{name} {why}" for name in ("at", "edition") if (why := _text_problem(value.get(name, ""))) is not None
    ]
    answers, unanswered = value.get("answers", {}), value.get("unanswered", {})
    if not isinstance(unanswered, dict):
        problems.append("unanswered must be an object")
    else:
        problems += [f"unanswered.{one} is no question that this lab knows" for one in unanswered if one not in ANSWERS]
        problems += [f"unanswered.{one} {why}" for one, text in unanswered.items() if (why := _text_problem(text))]
    if not isinstance(answers, dict):
        return [*problems, "answers must be an object"]
    for name, answer in answers.items():
        if name not in ANSWERS:
            problems.append(f"answers.{name} is no question that this lab knows")
        else:
            problems += _shape_problems(f"answers.{name}", answer, ANSWERS[name])
    return problems


def _shape_problems(path: str, answer: Any, shape: Any) -> list[str]:
    if isinstance(shape, list):
        if not isinstance(answer, list):
            return [f"{path} must be a list"]
        return [one for index, row in enumerate(answer) for one in _shape_problems(f"{path}[{index}]", row, shape[0])]
    if not isinstance(answer, dict):
        return [f"{path} must be an object"]
    problems = [f"{path}.{name} is no member of this answer" for name in answer if name not in shape]
    for name, kind in shape.items():
        if name not in answer:
            problems.append(f"{path}.{name} is missing")
        elif (why := _value_problem(answer[name], kind)) is not None:
            problems.append(f"{path}.{name} {why}")
    return problems


def _value_problem(value: Any, kind: Any) -> str | None:
    if isinstance(kind, list):
        return None if isinstance(value, str) and value in kind else f"must be one of {', '.join(kind)}"
    if value is None and kind.endswith(" or null"):
        return None
    match kind.removesuffix(" or null"):
        case "boolean":
            return None if isinstance(value, bool) else "must be true or false"
        case "text":
            return _text_problem(value)
        case "count" | "alert" as whole:
            most = _MOST if whole == "count" else _HIGHEST_ALERT
            is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
            return None if is_count else f"must be a whole number from 0 to {most}"
        case _:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            bounded = is_number and 0 <= value <= _LONGEST_SECONDS
            return None if bounded else f"must be a number from 0 to {_LONGEST_SECONDS}"


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text)[:_LONGEST_TEXT]


def _text_problem(value: Any) -> str | None:
    # It is printed on a terminal, and comes from somebody else.
    is_text = isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST_TEXT
    return None if is_text else f"must be a text of at most {_LONGEST_TEXT} printable characters"


def _no_json(text: str) -> Any:
    raise ValueError(text)
