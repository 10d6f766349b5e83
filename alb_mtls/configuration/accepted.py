"""Reading `accept`: findings that somebody has accepted until a day, with a reason."""

from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from typing import Final

from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.cluster.findings import FindingCode
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.pki.errors import shown

__all__ = ["ACCEPT_KEYS", "PLACEHOLDER_REASON", "AcceptedFinding", "acceptable_codes", "read_accepted"]

ACCEPT_KEYS = ("code", "subject", "until", "reason")

CODES_OF_STATES: Final = ("CLIENT_EXPIRING", "LISTENER_HELD", "FORGOTTEN_CLIENT")
"""What only `python -m ops` can find, and who operates a stack can accept."""

# They say that a listener is not as the stack has it, which nobody can wish away.
_NEVER = dict.fromkeys(("NOT_ENFORCED", "DRIFT", "UNEXPECTED_CA"), "run `pulumi up`")
_NEVER["UNEXPECTED_HOST"] = "add the host to `hosts` of the listener"

PLACEHOLDER_REASON: Final = "who decided this, and why"
"""What `python -m ops init` writes for a person to replace."""

_NOTES = ("SUPERSEDED_CLIENT",)
_LONGEST = timedelta(days=366)


def acceptable_codes() -> tuple[str, ...]:
    """Return the codes of findings that may be accepted."""
    return tuple(code for code in (*map(str, FindingCode), *CODES_OF_STATES) if code not in _NEVER)


def read_accepted(readers: list[ObjectReader], now: datetime) -> tuple[AcceptedFinding, ...]:
    """Read what somebody has accepted; an entry that has ended stays, so that it can be named.

    Args:
        readers: at the entries of the key `accept`.
        now: aware.
    """
    entries: list[AcceptedFinding] = []
    places: dict[tuple[str, str], int] = {}
    for index, reader in enumerate(readers):
        code = _code(reader)
        subject = reader.text("subject", "", required=_missing("subject of the finding, as `status --json` gives it"))
        reason = reader.text("reason", "", required=_missing("reason, for whoever reads the finding after you"))
        if reason == PLACEHOLDER_REASON:
            reader.problem("reason", f"is still the text that init wrote, {shown(reason)}; write your own")
        until = _until(reader, now)
        name = (code, subject or "")
        if all(name) and places.setdefault(name, index) != index:
            reader.problem("subject", f"is accepted by accept[{places[name]}] already; keep one of the two")
        if all(name) and until is not None and reason:
            entries.append(AcceptedFinding(code=code, subject=subject or "", until=until, reason=reason))
    return tuple(entries)


def _missing(what: str) -> str:
    return f"give the {what}"


def _code(reader: ObjectReader) -> str:
    code = reader.text("code", "", required=_missing("code of the finding, such as HTTP_FORWARDS")) or ""
    known = acceptable_codes()
    if not code or code in known:
        return code
    if code in _NEVER:
        message = f"{code} cannot be accepted: it says that a listener is not as this stack has it; {_NEVER[code]}"
    elif code in _NOTES:
        message = f"{code} is a note, which no exit code counts; remove the entry"
    elif near := get_close_matches(code.upper(), known, n=1, cutoff=0.6):
        message = f"is {shown(code)}, which no finding has; did you mean {near[0]}?"
    else:
        message = f"is {shown(code)}, which no finding has; it must be one of {', '.join(known)}"
    reader.problem("code", message)
    return ""


def _until(reader: ObjectReader, now: datetime) -> date | None:
    day = reader.day("until", required=_missing("last day on which it is accepted, such as 2027-03-31"))
    if day is None:
        return None
    today = now.astimezone(UTC).date()
    if day - today > _LONGEST:
        latest = today + _LONGEST
        reader.problem("until", f"is {day}, but must be within a year, {latest} at the latest; look at it again then")
        return None
    return day
