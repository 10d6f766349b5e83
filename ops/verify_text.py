"""How `verify` reads to a person."""

from collections.abc import Iterator, Sequence
from typing import Final

from alb_mtls.handshake.checks import Check, Client, Proof
from alb_mtls.listing import listing
from ops.blocks import Level
from ops.moments import clock
from ops.output import Output
from ops.status_text import print_accepted, print_findings
from ops.verify import Verification, Verified

_YES_OR_NO: Final = {True: "yes", False: "NO"}
_INDENT: Final = "    "
_MOST_LINES: Final = 5


def print_verification(verification: Verification, output: Output, *, every_check: bool = False) -> None:
    """Print what each listener has shown, then what is wrong and what is not known.

    Args:
        verification: of a stack.
        output: of the command.
        every_check: print each check of each address; else those of an address that are as they must be are counted.
    """
    output.line(f"stack {verification.project}/{verification.stack} at {clock(verification.now)}")
    for one in verification.listeners:
        level, word, summary = _summary(one)
        output.text(f"{one.listener.key.short_label}: {word}{summary}", following=_INDENT, word=word, level=level)
        if one.proof is not None:
            for line in _lines(one, one.proof, every_check=every_check):
                output.text(line, first=_INDENT, following=_INDENT * 2)
            if every_check:
                columns = ("address", "TLS", "HTTP", "client", "must be", "was", "as it must")
                output.table("checks", columns, _rows(one.proof))
    output.line()
    print_findings(verification.findings, verification.unknown, output)
    print_accepted(verification.accepted, output)


def _summary(one: Verified) -> tuple[Level, str, str]:
    """Return how good it is, the word for that, and the rest of the sentence."""
    if one.proof is None or one.failed:
        return (Level.PROBLEM, "NOT PROVEN", "") if one.findings else (Level.UNKNOWN, "not known", "")
    if not one.listener.deployed.enabled:
        return Level.WARNING, "proven", ": every client is accepted, as the last up left it (enabled: false)"
    if not one.proof.proven:
        rest = ": clients without a certificate of this CA are; that a client with one is accepted was not shown"
        return Level.WARNING, "rejected", rest
    clients = {check.client for check in one.proof.checks}
    accepted = "a certificate of this CA is accepted, everything else is rejected"
    if Client.WITH_CROSS in clients:
        accepted = (
            "a certificate of this CA is accepted, and one of the newest generation with its cross certificate; "
            "everything else is rejected"
        )
    return Level.FINE, "proven", f": {accepted}"


def _lines(one: Verified, proof: Proof, *, every_check: bool) -> Iterator[str]:
    yield f"probe clients: {one.probed_as}"
    yield from _reach(proof)
    if not every_check:
        yield from _by_address(proof)
    yield f"CAs that the listener names to its clients: {_offered(proof)}"
    not_tried = proof.not_tried if every_check else _by_reason(proof.not_tried)
    rest = len(not_tried) - _MOST_LINES
    yield from (f"not tried: {each}" for each in not_tried[: None if every_check else _MOST_LINES])
    if rest > 0 and not every_check:
        yield f"not tried: {rest} more; --all shows each"


def _by_reason(not_tried: Sequence[str]) -> list[str]:
    """Return what was not tried, for each reason once."""
    of_reason: dict[str, list[str]] = {}
    for one in not_tried:
        what, _, why = one.partition(": ")
        of_reason.setdefault(why, []).append(what)
    alone = of_reason.pop("", [])
    return [*alone, *(f"{listing(some)}: {why}" for why, some in of_reason.items())]


def _reach(proof: Proof) -> Iterator[str]:
    """Yield how far a proof reaches."""
    asked, known = proof.addresses_asked, proof.addresses_known
    if proof.proven:
        addresses = "the address" if len(asked) == 1 else f"each of {len(asked)} addresses"
        yield (
            f"{proof.connections:,} fresh connections in a row to {addresses} were answered as they must be: of the "
            f"machines that connections from here are spread over, at most {proof.bound:.1%} answer otherwise (95%)"
        )
    missing = [address for address in known if address not in asked]
    if missing:
        yield f"not probed of the {len(known)} addresses of the ALB: {listing(missing)}"


def _by_address(proof: Proof) -> Iterator[str]:
    """Yield a line for each address, and below it what is not as it must be; for many that are right one line."""
    addresses: dict[str, list[Check]] = {}
    for check in proof.checks:
        addresses.setdefault(check.route.target.label, []).append(check)
    right = [address for address, checks in addresses.items() if all(check.passed for check in checks)]
    if right:
        number = sum(len(addresses[address]) for address in right)
        yield f"{listing(right)}: all of {number} checks are as they must be"
    for address, checks in addresses.items():
        if address not in right:
            wrong = [check for check in checks if not check.passed]
            yield f"{address}: {len(wrong)} of {len(checks)} checks are not as they must be"
            yield from _wrong(wrong)


def _wrong(checks: list[Check]) -> Iterator[str]:
    """Yield what was met that must not be, each once, with the clients that met it."""
    clients: dict[tuple[str, str], list[str]] = {}
    for check in checks:
        clients.setdefault((str(check.expected), check.result.summary), []).append(f"a client {check.client}")
    for (expected, was), some in clients.items():
        each_once = listing(list(dict.fromkeys(some)), between="; ")
        yield f"NO: must be {expected}, was {was}, {len(some)} times: {each_once}"


def _rows(proof: Proof) -> Iterator[tuple[str, ...]]:
    for check in proof.checks:
        route = check.route
        yield (
            route.target.label,
            route.tls,
            ", ".join(filter(None, (route.http, route.way.name))),
            str(check.client),
            str(check.expected),
            check.result.summary,
            _YES_OR_NO[check.passed],
        )


def _offered(proof: Proof) -> str:
    names = sorted({name for check in proof.checks for name in check.result.ca_names_text})
    return listing(names, between="; ") or "none"
