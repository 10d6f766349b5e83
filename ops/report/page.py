"""The report as one HTML page that needs nothing beside itself: no script, no font, no picture, no link out of it."""

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from alb_mtls.imports import import_turn
from ops.blocks import Level
from ops.report.certificates import MOST_LIVES, lives_of
from ops.report.looking import Looked
from ops.report.timeline import Timeline, timeline_of

if TYPE_CHECKING:
    from jinja2 import Environment

_CLASSES: Final = {"not known": "unknown"}


def page_of(document: dict[str, Any], looked: list[Looked], *, environment: "Environment | None" = None) -> str:
    """Return the page.

    Args:
        document: what it shows.
        looked: what the pictures of certificates are drawn of; in the order of the stacks of the document.
        environment: of the templates; None for that of this package.
    """
    template = (environment or _templates()).get_template("report.html.j2")
    return template.render(report=document, rows=_rows(document), timelines=[_timeline(one) for one in looked])


def environment_of_templates() -> "Environment":
    """Return what renders: all that comes from outside is escaped, and a name that is not there is an error."""
    with import_turn:
        from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("ops.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # Levels and states are words of ours.
    environment.filters["class"] = lambda word: _CLASSES.get(word, word)
    environment.filters["prose"] = _prose
    return environment


# To compile them takes longer than to render a page.
_templates = cache(environment_of_templates)


def _prose(text: str) -> str:
    """Return a sentence, escaped, with what stands between backticks as code."""
    with import_turn:
        from markupsafe import Markup, escape

    parts = text.split("`")
    # One that has no partner is a character as any other.
    tail = "" if len(parts) % 2 else f"`{parts.pop()}"
    pieces = [Markup("<code>{}</code>").format(one) if number % 2 else escape(one) for number, one in enumerate(parts)]
    return Markup("").join([*pieces, tail])


def _rows(document: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Return each listener with its stack, the worst of all stacks first; no listener for a stack that has none."""
    rows = [(stack, one) for stack in document["stacks"] for one in stack["listeners"] or [None]]
    levels = [str(level) for level in Level]
    return sorted(rows, key=lambda row: levels.index(Level.UNKNOWN if row[1] is None else row[1]["level"]))


def _timeline(looked: Looked) -> Timeline | None:
    if looked.status is None:
        return None
    return timeline_of(lives_of(looked.status, looked.entries)[:MOST_LIVES], looked.now)
