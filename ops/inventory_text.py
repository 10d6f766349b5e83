"""How an inventory reads to a person."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from alb_mtls.listing import listing
from ops.inventory import Digest, Entry, fingerprints
from ops.output import Output

_BEGIN: Final = 12
_WIDE: Final = 160


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


def print_deny_list(
    entries: Sequence[Entry], digests: Sequence[Digest], output: Output, *, left_off: Sequence[Entry] = ()
) -> None:
    """Print the fingerprints alone; beside them who of the configured is rejected, or why a forgotten one is not.

    Args:
        entries: that are listed.
        digests: of which a line is printed for each.
        output: of the command.
        left_off: forgotten ones whose key a configured client holds.
    """
    listed = fingerprints(entries, digests)
    if output.as_json:
        output.document({"fingerprints": listed, "certificates": [one.to_json() for one in entries]})
    else:
        for line in listed:
            output.line(line)
    configured = sorted({one.key_held_by or one.client for one in entries if one.may_be_in_use})
    if configured:
        output.say(
            f"note: configured clients of which an earlier certificate is on this list: {listing(configured)}; "
            "a backend rejects each until it uses its new files"
        )
    renamed = sorted({f"{one.client} (now {one.key_held_by})" for one in left_off})
    if renamed:
        output.say(
            f"note: left off, because a configured client holds the same key and may use them: {listing(renamed)}; "
            "--superseded lists them"
        )


def print_inventory(entries: Sequence[Entry], now: datetime, output: Output) -> None:
    """Print all certificates of a stack as one table, with the beginning of fingerprints where more does not fit."""
    wide = output.columns >= _WIDE
    output.table(
        "certificates",
        ("client", "certificate", "generation", "ends", "accepted by", "SHA-256" if wide else "SHA-256 begins"),
        (
            (
                one.client,
                f"{one.status}, brought" if one.brought else one.status,
                # Of a certificate that was brought: another CA's, or that of a purchased CA, which CAS alone has.
                "none in the state" if one.generation is None else str(one.generation),
                f"{one.not_after:%Y-%m-%d %H:%M} UTC" if wide else f"{one.not_after:%Y-%m-%d}",
                _accepted(one, now),
                one.sha256 if wide else one.sha256[:_BEGIN],
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
