"""How an inventory reads to a person."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from ops.inventory import Digest, Entry, fingerprints
from ops.output import Output, listing


class DigestChoice(StrEnum):
    """Which fingerprints a deny list has."""

    SHA256 = "sha256"
    SHA1 = "sha1"
    BOTH = "both"

    @property
    def digests(self) -> tuple[Digest, ...]:
        """The digests that it means."""
        both: tuple[Digest, Digest] = ("sha256", "sha1")
        return both if self is DigestChoice.BOTH else tuple(one for one in both if one == self.value)


def print_deny_list(entries: Sequence[Entry], digests: Sequence[Digest], output: Output) -> None:
    """Print the fingerprints alone, and beside them whom a backend rejects that has only just been renewed."""
    listed = fingerprints(entries, digests)
    if output.as_json:
        output.document({"fingerprints": listed, "certificates": [one.to_json() for one in entries]})
    else:
        for line in listed:
            output.line(line)
    superseded = sorted({one.client for one in entries if one.status == "superseded"})
    if superseded:
        output.say(
            f"note: {len(superseded)} clients of this list are still configured ({listing(superseded)}): a backend "
            "rejects each until it uses its new files; --forgotten-only leaves them off"
        )


def print_inventory(entries: Sequence[Entry], now: datetime, output: Output) -> None:
    """Print all certificates of a stack as one table."""
    output.table(
        "certificates",
        ("client", "certificate", "generation", "ends", "accepted by", "SHA-256"),
        (
            (
                one.client,
                f"{one.status}, brought" if one.brought else one.status,
                "not known" if one.generation is None else str(one.generation),
                f"{one.not_after:%Y-%m-%d %H:%M} UTC",
                _accepted(one, now),
                one.sha256,
            )
            for one in entries
        ),
    )


def _accepted(one: Entry, now: datetime) -> str:
    if one.has_ended(now):
        return "none: it has ended"
    parts = [", ".join(one.accepted_by)] if one.accepted_by else []
    if one.not_known:
        parts.append(f"not known: {', '.join(one.not_known)} (its CA is in CAS only)")
    return "; ".join(parts) or "none"
