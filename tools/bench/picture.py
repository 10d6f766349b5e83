"""Timelines as an SVG picture: readable on a light and a dark ground, without script, and as text."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import cycle
from xml.sax.saxutils import escape

from tools.bench.timeline import ELSE, Lane, Span, Timeline

_WIDTH, _LEFT, _RIGHT = 920, 128, 16
_SPACE = _WIDTH - _LEFT - _RIGHT
_TITLE, _LABEL, _ROW, _BUSY, _GAP, _AXIS = 30, 14, 14, 22, 9, 34
_LETTER = 5.9
_NARROWEST, _POINTED_AT = 0.6, 3.0
_TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_MOST_TICKS = 14

# Light enough for dark letters on either ground, and apart for who tells red from green badly.
_COLOURS = (
    "#9ecae9",
    "#ffbf79",
    "#88d27a",
    "#f2cf5b",
    "#d6a5c9",
    "#b5a7e0",
    "#83bcb6",
    "#ff9d98",
    "#d8b5a5",
    "#c3d7a4",
)
_DULL = "#c9cdd2"
_STYLE = """
svg { font: 11px system-ui, sans-serif; }
.ground { fill: #ffffff; } .text { fill: #1f2328; } .faint { fill: #59636e; } .line { stroke: #d1d9e0; }
.busy { fill: #8c959f; } .inside { fill: #1a1a1a; font-size: 10px; }
.title { font-size: 13px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117; } .text { fill: #f0f6fc; } .faint { fill: #9198a1; } .line { stroke: #3d444d; }
.busy { fill: #656c76; }
}
"""


def picture(timelines: Sequence[Timeline], alternative: str) -> str:
    """Return the picture.

    Args:
        timelines: one below the other, each with its own scale.
        alternative: what it shows, for who does not see it.
    """
    colours = {**dict(zip(_groups(timelines), cycle(_COLOURS), strict=False)), ELSE: _DULL}
    parts: list[str] = []
    top = 8.0
    for each in timelines:
        drawn, top = _chart(each, top, colours)
        parts += drawn
    legend, top = _legend(colours, top)
    height = round(top + 8)
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(alternative)}">',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{height}"/>',
            *parts,
            *legend,
            "</svg>\n",
        ]
    )


def _groups(timelines: Iterable[Timeline]) -> list[str]:
    groups = [span.group for each in timelines for lane in each.lanes for row in lane.rows for span in row]
    return [group for group in dict.fromkeys(groups) if group != ELSE]


def _chart(timeline: Timeline, top: float, colours: dict[str, str]) -> tuple[list[str], float]:
    scale = _SPACE / timeline.seconds
    title = f"{timeline.title}: {timeline.seconds:.2f} s"
    head, top = [_text(8, top + 16, title, "text title")], top + _TITLE
    body: list[str] = []
    below = top
    for lane in timeline.lanes:
        drawn, below = _lane(lane, below, scale, colours)
        body += drawn
    return [*head, *_axis(timeline.seconds, scale, top, below), *body], below + _AXIS


def _axis(seconds: float, scale: float, top: float, below: float) -> Iterator[str]:
    step = next((each for each in _TICKS if seconds / each <= _MOST_TICKS), _TICKS[-1])
    for number in range(int(seconds / step) + 1):
        x = _LEFT + number * step * scale
        yield f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.0f}" y2="{below:.0f}"/>'
        yield _text(x, below + 13, f"{number * step:g} s", "faint", middle=True)


def _lane(lane: Lane, top: float, scale: float, colours: dict[str, str]) -> tuple[list[str], float]:
    drawn, y = [_text(8, top + _LABEL - 1, lane.name, "text")], top
    if lane.used:
        drawn += _busy(lane, y, scale)
        y += _BUSY + 2
    for row in lane.rows:
        for span in row:
            drawn += _span(span, y, scale, colours[span.group])
        y += _ROW
    return drawn, max(y, top + _LABEL) + _GAP


def _busy(lane: Lane, top: float, scale: float) -> Iterator[str]:
    """Draw how many processors were used, at most two, as a ground line with towers."""
    base, before, points = top + _BUSY, 0.0, []
    for at, used in lane.used:
        y = base - min(used, 2.0) / 2 * _BUSY
        points += [f"{_LEFT + before * scale:.1f},{y:.1f}", f"{_LEFT + at * scale:.1f},{y:.1f}"]
        before = at
    outline = [f"{_LEFT},{base:.0f}", *points, f"{_LEFT + before * scale:.1f},{base:.0f}"]
    yield f'<polygon class="busy" points="{" ".join(outline)}"/>'
    yield f'<line class="line" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base:.0f}" y2="{base:.0f}"/>'


def _span(span: Span, top: float, scale: float, colour: str) -> Iterator[str]:
    x, width = _LEFT + span.begin * scale, max(span.seconds * scale, _NARROWEST)
    tip = f"<title>{escape(span.name)}: {span.seconds * 1000:.0f} ms, from {span.begin:.2f} s</title>"
    shape = f'<rect x="{x:.1f}" y="{top + 1:.0f}" width="{width:.1f}" height="{_ROW - 2}" fill="{colour}"'
    # Nobody can point at what is narrower.
    yield f"{shape}>{tip}</rect>" if width > _POINTED_AT else f"{shape}/>"
    fitting = next((text for text in _shorter(span.name) if len(text) * _LETTER + 6 <= width), None)
    if fitting is not None:
        yield _text(x + 3, top + _ROW - 4, fitting, "inside")


def _shorter(name: str) -> Iterator[str]:
    """Return a name, and what of it says enough where there is less room: of a request the type alone, then a word."""
    words = name.split()
    yield name
    if name[0].isupper():
        yield " ".join(words[:2])
    yield words[-1] if words[0] == "import" else words[0]


def _legend(colours: dict[str, str], top: float) -> tuple[list[str], float]:
    drawn, x, y = [], 8.0, top + 4
    for text, colour in [("processors in use, at most two", ""), *((group, colours[group]) for group in colours)]:
        width = 16 + len(text) * 6.2 + 14
        if x + width > _WIDTH - _RIGHT:
            x, y = 8.0, y + 17
        fill = f'fill="{colour}"' if colour else 'class="busy"'
        drawn += [f'<rect x="{x:.0f}" y="{y:.0f}" width="11" height="11" {fill}/>', _text(x + 16, y + 10, text, "text")]
        x += width
    return drawn, y + 17


def _text(x: float, y: float, text: str, kind: str, *, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{anchor}>{escape(text)}</text>'
