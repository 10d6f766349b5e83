"""docs/reference/clients.md: written from what clients printed, and read again to be compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.clients.bundles import REFUSED
from tests.clients.programs import AT_HAND, OTHERS, Client
from tests.clients.servers import Style

DOCUMENT = Path("docs/reference/clients.md")
DOCUMENTED_SERVERS = {Style.OPENSSL: "openssl", Style.GO: "lab-alert", Style.PAGE: "nginx"}
"""The server in SERVERS that stands for each style."""
DOCUMENTED_CLIENTS: dict[str, Client] = {**AT_HAND, **OTHERS}
LOST = "any, but the alert is lost"
"""What stands in the place of a kind of client where the connection is cut off."""
_LOST_TITLE = "When the alert is lost"

_INTRODUCTION = Path(__file__).with_name("introduction.md")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A refusal in each style: what this kind of client was, over this version of TLS."""

    kind: str
    tls: str
    printed: Mapping[Style, str]


def write_document(
    rows: Mapping[str, list[Row]], lost: Mapping[str, str], *, versions: Mapping[str, str], today: date
) -> str:
    styles = list(DOCUMENTED_SERVERS)
    parts = [_INTRODUCTION.read_text()]
    parts.append(f"Generated on {today.isoformat()} by `python -m tests.clients --write {DOCUMENT}`, with:\n")
    parts.append("".join(f"- {client.title}: {versions[name]}\n" for name, client in DOCUMENTED_CLIENTS.items()))
    parts.append(
        "The listeners are `openssl s_server` for the alerts of OpenSSL, the lab's (Caddy) for the alerts of Go, and "
        "nginx for the page.\n"
    )
    for name, client in DOCUMENTED_CLIENTS.items():
        table = [f"## {client.title}\n", _line("client shows", "TLS", *styles), _line(*["---"] * (2 + len(styles)))]
        table += [_line(row.kind, row.tls, *(_code(row.printed[style]) for style in styles)) for row in rows[name]]
        parts.append("\n".join(table) + "\n")
    cut = [_line("client", "prints"), _line("---", "---")]
    cut += [_line(client.title, _code(lost[name])) for name, client in DOCUMENTED_CLIENTS.items()]
    parts.append("\n".join([f"## {_LOST_TITLE}\n", *cut]) + "\n")
    return "\n".join(parts)


def read_document(text: str) -> dict[tuple[str, str, str, Style], str]:
    """Return what the document says, by client in DOCUMENTED_CLIENTS, kind, version of TLS and style.

    A cut connection has the kind LOST, the version 1.3 and the style CUT.
    """
    names = {client.title: name for name, client in DOCUMENTED_CLIENTS.items()}
    said: dict[tuple[str, str, str, Style], str] = {}
    section = ""
    for line in text.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if section in names and cells[0] in REFUSED:
            kind, tls, *printed = cells
            for style, cell in zip(DOCUMENTED_SERVERS, printed, strict=True):
                said[names[section], kind, tls, style] = cell.strip("`")
        elif section == _LOST_TITLE and cells[0] in names:
            said[names[cells[0]], LOST, "1.3", Style.CUT] = cells[1].strip("`")
    return said


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(printed: str) -> str:
    assert "|" not in printed, f"it would end a cell of the table: {printed}"
    return f"`{printed}`"
