"""All client certificates of a stack, in one resource. Module path and class names are frozen: they stand in the state.

One resource, because what was issued and what is known of it are then one write: a kill loses nothing. And because the
file and S3 backends write the whole state after each step, which would make a hundred resources slow
(docs/facts/pulumi.md, The state is written after each step).
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.certificate_resources import IssuedCertificatesInputs, IssuedCertificatesOutputs, RolloverStep
from alb_mtls.errors import OperationFailed
from alb_mtls.imports import import_turn
from alb_mtls.listing import first_few, listing
from alb_mtls.pki.departures import departure_lines, lost_inventory, renewal_lines, replacement_lines
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.fleets import counts_of, fleet_lines, with_kept
from alb_mtls.pki.inventory import Due, Inventory, IssuedCertificate, Issuer, continued, due_certificates, leaving
from alb_mtls.pki.passphrases import Passphrase
from alb_mtls.pki.rollover_lines import loses_cross, rollover_lines
from alb_mtls.properties import from_props, to_props
from alb_mtls.report_file import add_to_report
from components.providers import process
from components.providers.base import (
    Properties,
    Provider,
    announce,
    changed,
    is_unknown,
    refused,
    show,
    user_facing_errors,
    without_internal,
)
from components.providers.resource import TypedResource

_NOTHING = IssuedCertificatesOutputs(issuers=(), clients=(), certificates=())


class IssuedCertificatesProvider(Provider):
    """Issues and renews the certificates of all clients; keys are made here unless a client sent a CSR."""

    # The inventory is in the state alone. Else the diffs of an up that issues would read all of it once more.
    reaches_out = False

    @user_facing_errors
    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Find out before anything is touched whether the key file of an imported root is the right one.

        Pulumi calls this in preview and up. The file is read only when something will be signed; neither it nor its
        passphrase need be where previews of pull requests run. An up without one of them fails in create, before CAS
        and listener are touched: they wait for the certificates.
        """
        news = without_internal(news)
        new = from_props(IssuedCertificatesInputs, news)
        issuer = _issuer(new)
        if not _olds:
            # No diff is asked for what is not there yet.
            _announce_due(new, Inventory(), [Due(request=one) for one in new.clients])
        if issuer is None or is_unknown(issuer) or not issuer.key_file or not Path(issuer.key_file).exists():
            return CheckResult(news, [])
        old = from_props(IssuedCertificatesInputs, _olds) if _olds else None
        if old is not None and not _needs_signing(old, new):
            return CheckResult(news, [])
        with import_turn:
            from alb_mtls.pki.issuing import signer_of
            from alb_mtls.pki.pem_files import is_locked

        if is_locked(issuer.key_file, _passphrase_of):
            return CheckResult(news, [])
        try:
            signer_of(issuer, None, _passphrase_of)
        except PkiError as error:
            return refused(news, str(error))
        return CheckResult(news, [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find new and changed clients, clients that left, and certificates inside their renewal window.

        Pulumi calls this in preview and up.
        """
        old = from_props(IssuedCertificatesOutputs, _olds)
        new = _with_kept(old, from_props(IssuedCertificatesInputs, _news))
        held, now = _inventory(old), datetime.now(UTC)
        trusted = _trusted(new)
        left = [one for one in leaving(held, new.clients, new.brought) if datetime.fromisoformat(one.not_after) > now]
        add_to_report(os.environ, clients=[_leaving(one, trusted) for one in left])
        departing = departure_lines(held, new.clients, new.brought, now, trusted=trusted)
        for line in (*departing, *_rollover_lines(held, old, new, now)):
            announce(line)
        if is_unknown(new.issuers):
            # A root CA that is not made yet signs all of them.
            everybody = [Due(request=one) for one in new.clients]
            _announce_due(new, held, everybody)
            _report_outcomes(new, held, everybody, now)
            return DiffResult(changes=True)
        due, issuer = _due(old, new), _issuer(new)
        _announce_due(new, held, due)
        _report_outcomes(new, held, due, now)
        changed_issuer = issuer is not None and held.issuer not in (None, issuer.certificate_pem)
        generation = issuer.generation if issuer is not None and changed_issuer else None
        for line in replacement_lines(held, due, now, generation=generation, trusted=trusted):
            announce(line)
        for line in renewal_lines(due):
            announce(line)
        if {one.name for one in new.clients} - {one.client for one in old.certificates} and old.certificates:
            with import_turn:
                from alb_mtls.pki.former_clients import taken_over_subjects

            taken_over = list(taken_over_subjects(held, new.clients, new.brought, now))
            more = "and {} more clients have the subject of one that left"
            for line in first_few(taken_over, str, lambda rest: more.format(len(rest))):
                announce(line)
        return DiffResult(changes=bool(due or changed(old, new, ("issuers", "clients", "brought"))))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Issue the first certificate of every client. Pulumi calls this in the first up."""
        return CreateResult("client-certificates", to_props(_issue(_NOTHING, props)))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds: a certificate lives nowhere else. Pulumi calls this in refresh."""
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Issue what is new, changed or to be renewed, and keep all the rest. Pulumi calls this in up."""
        return UpdateResult(to_props(_issue(from_props(IssuedCertificatesOutputs, _olds), _news)))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Forget the certificates, and say which: they stay valid until their end, whoever trusts their CA.

        Pulumi calls this in destroy, and when somebody replaces the resource by hand. That loses what it remembers:
        neither `check` nor `create` can tell it from a first `up` (docs/facts/pulumi.md, Replacements by hand).
        """
        sentence = lost_inventory(_inventory(from_props(IssuedCertificatesOutputs, _props)), datetime.now(UTC))
        if sentence is not None:
            show(sentence)


def _announce_due(new: IssuedCertificatesInputs, held: Inventory, due: Sequence[Due]) -> None:
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


def _leaving(one: IssuedCertificate, trusted: int | None) -> dict[str, Any]:
    rejected = trusted is not None and one.generation is not None and one.generation < trusted
    return {"client": one.client, "action": "leave", "acceptedUntil": None if rejected else one.not_after}


def _report_outcomes(new: IssuedCertificatesInputs, held: Inventory, due: Sequence[Due], now: datetime) -> None:
    with import_turn:
        from alb_mtls.pki.outcomes import outcomes

    step = new.rollover
    bound = () if step is None or is_unknown(step) else step.bound
    found = outcomes(held, new.clients, new.brought, due, now=now, trusted=_trusted(new), bound=bound)
    add_to_report(os.environ, certificates=[one.to_json() for one in found])


def _issuer(inputs: IssuedCertificatesInputs | IssuedCertificatesOutputs) -> Issuer | None:
    return inputs.issuers[-1] if inputs.issuers else None


def _trusted(inputs: IssuedCertificatesInputs) -> int | None:
    """Return which generation the listeners trust from now on; None when that is not known, or they request nothing.

    With which `up` Git swaps one, is not known.
    """
    step = inputs.rollover
    return None if step is None or is_unknown(step) or not step.enabled or step.of_git else step.trusted


def _passphrase_of(key_file: str) -> Passphrase | None:
    return process.session().passphrase_of(key_file)


def _rollover_lines(
    held: Inventory, old: IssuedCertificatesOutputs, new: IssuedCertificatesInputs, now: datetime
) -> Iterator[str]:
    issuer, step, before = _issuer(new), new.rollover, _issuer(old)
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


def _is_alone(step: RolloverStep | None, issuer: Issuer) -> bool:
    return step is None or (not is_unknown(step) and {step.trusted, *step.bound} == {issuer.generation})


def _loses_cross(before: Issuer, now: Issuer) -> bool:
    return not is_unknown(now) and loses_cross(before, now)


def _needs_signing(old: IssuedCertificatesInputs, new: IssuedCertificatesInputs) -> bool:
    """Say whether something will be signed because of the inputs; of renewals only the state knows."""
    before = {one.name: one for one in old.clients}
    same_issuer = [one.certificate_pem for one in old.issuers] == [one.certificate_pem for one in new.issuers]
    return not same_issuer or any(
        one.name not in before or not one.same_certificate_as(before[one.name]) for one in new.clients
    )


def _with_kept(old: IssuedCertificatesOutputs, new: IssuedCertificatesInputs) -> IssuedCertificatesInputs:
    return replace(new, clients=with_kept(new.clients, new.kept, old.clients))


def _inventory(outputs: IssuedCertificatesOutputs) -> Inventory:
    issuer = _issuer(outputs)
    return Inventory(
        requests=outputs.clients,
        brought=outputs.brought,
        certificates=outputs.certificates,
        issuer=None if issuer is None else issuer.certificate_pem,
    )


def _due(old: IssuedCertificatesOutputs, new: IssuedCertificatesInputs) -> list[Due]:
    issuer = _issuer(new)
    pem = None if issuer is None else issuer.certificate_pem

    @cache
    def issuer_life() -> tuple[datetime, datetime]:
        with import_turn:
            from alb_mtls.pki.ca_chain import end_of
            from alb_mtls.pki.encoding import load_chain

        chain = load_chain(str(pem))
        return chain[0].not_valid_before_utc, end_of(chain)

    held = _inventory(old)
    return list(due_certificates(new.clients, held, issuer=pem, now=datetime.now(UTC), issuer_life=issuer_life))


def _issue(old: IssuedCertificatesOutputs, news: Properties) -> IssuedCertificatesOutputs:
    with import_turn:
        from alb_mtls.pki.issuing import issue_all, signer_of

    new = _with_kept(old, from_props(IssuedCertificatesInputs, news))
    due = [one.request for one in _due(old, new)]
    issued = []
    issuer = _issuer(new)
    if due:
        if issuer is None:
            sentence = (
                f"nothing can be signed for {listing([one.name for one in due])}: no root CA of this stack can sign"
            )
            raise OperationFailed(sentence)
        signer = signer_of(issuer, new.issuer_private_keys.get(str(issuer.generation)), _passphrase_of)
        issued = issue_all(signer, due, held_keys=old.private_keys)
    certificates = continued(
        _inventory(old),
        new.clients,
        new.brought,
        [certificate for certificate, _ in issued],
        datetime.now(UTC),
        sent_pem=None if issuer is None else issuer.sent_pem,
    )
    made_here = {one.name for one in new.clients if one.csr_pem is None}
    keys = old.private_keys | {certificate.client: key for certificate, key in issued if key is not None}
    return IssuedCertificatesOutputs(
        issuers=new.issuers,
        clients=new.clients,
        certificates=certificates,
        private_keys={name: key for name, key in keys.items() if name in made_here},
        fleets=counts_of(certificates),
        brought=new.brought,
    )


class IssuedCertificates(
    TypedResource,
    module="pki",
    name="IssuedCertificates",
    provider=IssuedCertificatesProvider,
    inputs=IssuedCertificatesInputs,
    outputs=IssuedCertificatesOutputs,
    # Of a long text that is no secret `pulumi preview --diff` prints all of it, and compares it letter by letter, which
    # takes minutes for a thousand clients (docs/facts/pulumi.md, Long texts in a diff).
    secret_inputs=("fleetClients",),
    secret_outputs=("privateKeys", "fleetPrivateKeys", "fleetClients", "fleetCertificates"),
):
    """The client certificates in the state; `privateKeys`, by client, is a secret; those of fleets are packed."""

    certificates: pulumi.Output[list[dict[str, Any]]]
    privateKeys: pulumi.Output[dict[str, str]]  # noqa: N815 - the name of the property in the state
    fleets: pulumi.Output[dict[str, dict[str, Any]]]
