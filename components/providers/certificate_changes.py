"""What a diff of client certificates announces to people, and notes in the report; it decides nothing."""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from alb_mtls.certificate_resources import IssuedCertificatesInputs, IssuedCertificatesOutputs, RolloverStep
from alb_mtls.imports import import_turn
from alb_mtls.listing import first_few
from alb_mtls.pki.departures import departure_lines, renewal_lines, replacement_lines
from alb_mtls.pki.fleets import fleet_lines
from alb_mtls.pki.inventory import Due, Inventory, IssuedCertificate, Issuer, leaving
from alb_mtls.pki.rollover_lines import loses_cross, rollover_lines
from alb_mtls.report_file import add_to_report
from components.providers.base import announce, is_unknown


def announce_departures(
    held: Inventory, old: IssuedCertificatesOutputs, new: IssuedCertificatesInputs, now: datetime
) -> None:
    """Say and report which clients leave, and at which step a rollover stands."""
    trusted = _trusted(new)
    left = [one for one in leaving(held, new.clients, new.brought) if datetime.fromisoformat(one.not_after) > now]
    add_to_report(os.environ, clients=[_leaving(one, trusted) for one in left])
    departing = departure_lines(held, new.clients, new.brought, now, trusted=trusted)
    for line in (*departing, *_rollover_lines(held, old, new, now)):
        announce(line)


def announce_replacements(held: Inventory, new: IssuedCertificatesInputs, due: Sequence[Due], now: datetime) -> None:
    """Say which certificates get a successor, and why."""
    issuer = issuer_of(new)
    changed_issuer = issuer is not None and held.issuer not in (None, issuer.certificate_pem)
    generation = issuer.generation if issuer is not None and changed_issuer else None
    lines = replacement_lines(held, due, now, generation=generation, trusted=_trusted(new))
    for line in (*lines, *renewal_lines(due)):
        announce(line)


def announce_taken_over(held: Inventory, new: IssuedCertificatesInputs, now: datetime) -> None:
    """Say which new clients have the subject of one that left."""
    with import_turn:
        from alb_mtls.pki.former_clients import taken_over_subjects

    taken_over = list(taken_over_subjects(held, new.clients, new.brought, now))
    more = "and {} more clients have the subject of one that left"
    for line in first_few(taken_over, str, lambda rest: more.format(len(rest))):
        announce(line)


def _leaving(one: IssuedCertificate, trusted: int | None) -> dict[str, Any]:
    rejected = trusted is not None and one.generation is not None and one.generation < trusted
    return {"client": one.client, "action": "leave", "acceptedUntil": None if rejected else one.not_after}


def announce_due(new: IssuedCertificatesInputs, held: Inventory, due: Sequence[Due]) -> None:
    """Note in the report which clients get a certificate, and say it of fleets; of others the CLI shows it."""
    in_force = held.in_force()
    add_to_report(
        os.environ,
        clients=[
            {
                "client": one.request.name,
                "action": "renew" if one.renewal else "replace" if one.request.name in in_force else "issue",
                "why": one.renewal or None,
            }
            for one in due
        ],
    )
    for line in fleet_lines(new.clients, held, due):
        announce(line)


def report_outcomes(new: IssuedCertificatesInputs, held: Inventory, due: Sequence[Due], now: datetime) -> None:
    """Note in the report what becomes of every certificate."""
    with import_turn:
        from alb_mtls.pki.outcomes import outcomes

    step = new.rollover
    bound = () if step is None or is_unknown(step) else step.bound
    found = outcomes(held, new.clients, new.brought, due, now=now, trusted=_trusted(new), bound=bound)
    add_to_report(os.environ, certificates=[one.to_json() for one in found])


def _rollover_lines(
    held: Inventory, old: IssuedCertificatesOutputs, new: IssuedCertificatesInputs, now: datetime
) -> Iterator[str]:
    issuer, step, before = issuer_of(new), new.rollover, issuer_of(old)
    if issuer is not None and before is not None and _loses_cross(before, issuer) and _is_alone(step, issuer):
        yield (
            f"step 3 of 3: generation {issuer.generation} alone is listed, and the cross certificate leaves the files "
            "of its clients; nobody has to fetch them again, and there is no way back"
        )
    if issuer is not None and step is not None and not is_unknown(step):
        clients = [one.name for one in new.clients]
        yield from rollover_lines(
            held,
            clients,
            issues=issuer.generation,
            trusted=step.trusted,
            bound=step.bound,
            enabled=step.enabled,
            of_git=step.of_git,
            now=now,
        )


def issuer_of(inputs: IssuedCertificatesInputs | IssuedCertificatesOutputs) -> Issuer | None:
    """Return who signs; None where nobody can."""
    return inputs.issuers[-1] if inputs.issuers else None


def _trusted(inputs: IssuedCertificatesInputs) -> int | None:
    """Return which generation the listeners trust from now on; None when that is not known, or they request nothing.

    With which `up` Git swaps one, is not known.
    """
    step = inputs.rollover
    return None if step is None or is_unknown(step) or not step.enabled or step.of_git else step.trusted


def _is_alone(step: RolloverStep | None, issuer: Issuer) -> bool:
    return step is None or (not is_unknown(step) and {step.trusted, *step.bound} == {issuer.generation})


def _loses_cross(before: Issuer, now: Issuer) -> bool:
    return not is_unknown(now) and loses_cross(before, now)
