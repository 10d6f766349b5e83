"""What preview and `up` say of a stack before anything is registered: bypasses, a rollover, clients that end early."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pulumi

from alb_mtls.cluster.acceptance import JUDGED_TWICE, accepted_lines, sort_out, superfluous
from alb_mtls.cluster.findings import FindingCode, ca_expiring
from alb_mtls.cluster.grouping import grouped
from alb_mtls.configuration.model import Settings
from alb_mtls.imports import import_turn
from alb_mtls.listing import fitted, listing
from alb_mtls.pki.duration import length_of
from alb_mtls.preflight.stopping import Stopped
from alb_mtls.report_file import add_to_report
from components.preflight.rollover_report import rollover_report
from components.printing import COLUMNS, info, stop, warn, warn_of_finding

if TYPE_CHECKING:
    from alb_mtls.cluster.listener import ListenerState
    from alb_mtls.listeners.snapshot import ListenerSnapshot

# Which the CLI puts before the first line of one.
_WARNING = "warning: "
# A client that ends with its root only because both were made in the same moment is not worth a line. Of lives of
# minutes, half of one is.
_WORTH_SAYING = timedelta(days=1)
# `12m` is twelve minutes, and meant as a year now and then.
_SHORT = timedelta(days=1)
# `python -m ops status` finds these where a preview does not, or not always.
_NOT_LOOKED_FOR = JUDGED_TWICE | {
    FindingCode.CA_EXPIRING,
    FindingCode.UNEXPECTED_CA,
    FindingCode.EDITION_REVERT,
    FindingCode.OTHER_WRITER,
}


def report(settings: Settings, snapshots: "Sequence[ListenerSnapshot]") -> None:
    """Say what concerns people, in preview and up.

    Raises:
        pulumi.RunError: `onBypass: fail` and something was found.
    """
    for warning in settings.warnings:
        warn(warning)
    if settings.root_ca.source == "generated" and settings.preview:
        info(
            "The root CA's key is kept, encrypted, in the stack's state: whoever may",
            "decrypt the stack's secrets, in a preview too, can sign clients.",
            "For production use rootCa.source imported with a keyFile or CSRs.",
        )
    if settings.preview and (short := [each for each, life in settings.lives.items() if life < _SHORT]):
        line = (
            f"With lives of less than a day (m is minutes), which need an `up` in each renewal window: {listing(short)}"
        )
        info(*fitted(line, COLUMNS))
    for one in snapshots:
        if one.state is not None and settings.preview and (taken := _taken_over(settings, one, one.state)):
            warn(taken)
    listed = [one.generation for one in settings.root_cas]
    bound = [each for one in snapshots for each in one.may_trust(listed, settings.write_of(one.key))]
    rollover = rollover_report(settings, bound)
    if rollover:
        info(*(part for line in rollover for part in fitted(line, COLUMNS)))
    not_known = list(dict.fromkeys(each for one in snapshots for each in one.unknown))
    add_to_report(os.environ, rollover=rollover, notKnown=not_known)
    _report_findings(settings, snapshots)
    if settings.preview and (left := _left_to_an_up(settings, snapshots)):
        info("Not tried in a preview; an up tries it before it touches anything:", *(f"  {one}" for one in left))


def _left_to_an_up(settings: Settings, snapshots: "Sequence[ListenerSnapshot]") -> list[str]:
    """Return what may stop the `up` after a preview without a warning; nothing where no listener will change."""
    headers, write = settings.identity_headers_of, settings.write_of
    changing = {
        write(one.key)
        for one in snapshots
        if one.will_change(enabled=settings.enabled, headers=headers(one.key), write=write(one.key))
    }
    left = ["whether the cluster takes the patch: permissions, webhooks, policies"] if "patch" in changing else []
    return [*left, "whether the listener answers"] if changing and settings.proof.mode == "required" else left


def _report_findings(settings: Settings, snapshots: "Sequence[ListenerSnapshot]") -> None:
    with import_turn:
        from alb_mtls.preflight.bypasses import findings_of, refuse_bypasses, undone_by_owners

    now = datetime.now(UTC)
    findings = [*findings_of(settings, snapshots, now), *undone_by_owners(settings, snapshots)]
    counting, accepted = sort_out(findings, settings.accepted, now)
    add_to_report(
        os.environ, findings=[one.to_json() for one in counting], accepted=[one.to_json() for one in accepted]
    )
    # Where they stop the run, the error has them.
    warned = [one for one in counting if settings.on_bypass == "warn" or one.code == FindingCode.OTHER_WRITER]
    for group in grouped(warned):
        warn_of_finding(*group.lines(COLUMNS - len(_WARNING)))
    if settings.preview:
        if accepted:
            info(*(part for line in accepted_lines(accepted) for part in fitted(line, COLUMNS)))
        for sentence in superfluous(findings, settings.accepted, now, codes=_looked_for(settings, snapshots)):
            warn(sentence)
    try:
        refuse_bypasses(settings, counting)
    except Stopped as stopped:
        raise stop(*stopped.lines) from None


def _looked_for(settings: Settings, snapshots: "Sequence[ListenerSnapshot]") -> tuple[str, ...]:
    """Return the codes of findings that this run would have found; none where something is not known."""
    if not settings.enabled or any(one.unknown or one.hosts is None for one in snapshots):
        return ()
    return tuple(code for code in FindingCode if code not in _NOT_LOOKED_FOR)


def report_early_ends(settings: Settings, root_not_after: pulumi.Output[str] | None) -> None:
    """Say in one line of a preview which clients end earlier than configured, because the root CA ends before them.

    Args:
        settings: of the stack.
        root_not_after: end of the root CA, ISO 8601; None for a purchased one.
    """
    if root_not_after is None or not settings.preview:
        return
    with import_turn:
        from alb_mtls.preflight.bypasses import imported_end

    lives = settings.lives
    now = datetime.now(UTC)
    newest = settings.generations.newest
    planned = imported_end(newest) or now + length_of(newest.validity)

    def say(not_after: object) -> None:
        end = datetime.fromisoformat(not_after) if isinstance(not_after, str) else planned
        if settings.enabled and settings.root_ca.certificate_pem is None:
            generated = ca_expiring("of this stack", end, now=now)
            if generated is not None:
                warn(generated.text)
        early = [name for name, life in lives.items() if now + life - end >= min(_WORTH_SAYING, life / 2)]
        if early:
            info(f"Ending with the root CA on {end:%Y-%m-%d}, earlier than configured: {listing(early)}")

    # Not known in the first preview of a root.
    root_not_after.apply(say, run_with_unknowns=True)


def _taken_over(settings: Settings, snapshot: "ListenerSnapshot", state: "ListenerState") -> str | None:
    with import_turn:
        from alb_mtls.listeners.desired import is_named

    name, claim = next(one.take_over for one in settings.listeners if one.key == snapshot.key), snapshot.claim()
    if name is None:
        return None
    if claim is not None and claim.deployment == name:
        whose = f"stack {claim.owner} (deployment {name})"
    elif any(is_named(one, name) for one in state.identifiers):
        whose = f"whoever bound CA {name} to it"
    else:
        return None
    rejected = ""
    if settings.enabled and state.identifiers:
        rejected = (
            f". Clients with certificates of CA {', '.join(state.identifiers)} are rejected from then on, unless the "
            "root CA of this stack is the same certificate"
        )
    return f"{snapshot.key.label}: takeOver takes it from {whose}{rejected}"
