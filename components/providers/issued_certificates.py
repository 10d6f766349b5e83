"""All client certificates of a stack, in one resource. Module path and class names are frozen: they stand in the state.

One resource, because what was issued and what is known of it are then one write: a kill loses nothing. And because the
file and S3 backends write the whole state after each step, which would make a hundred resources slow
(docs/facts/pulumi.md, The state is written after each step).
"""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.certificate_resources import IssuedCertificatesInputs, IssuedCertificatesOutputs
from alb_mtls.errors import OperationFailed
from alb_mtls.imports import import_turn
from alb_mtls.listing import listing
from alb_mtls.pki.departures import lost_inventory
from alb_mtls.pki.errors import PkiError
from alb_mtls.pki.fleets import counts_of, with_kept
from alb_mtls.pki.inventory import Due, Inventory, continued, due_certificates
from alb_mtls.pki.passphrases import Passphrase
from alb_mtls.properties import from_props, to_props
from components.providers import process
from components.providers.base import (
    Properties,
    Provider,
    changed,
    is_unknown,
    refused,
    show,
    user_facing_errors,
    without_internal,
)
from components.providers.certificate_changes import (
    announce_departures,
    announce_due,
    announce_replacements,
    announce_taken_over,
    issuer_of,
    report_outcomes,
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
        issuer = issuer_of(new)
        if not _olds:
            # No diff is asked for what is not there yet.
            announce_due(new, Inventory(), [Due(request=one) for one in new.clients])
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
        announce_departures(held, old, new, now)
        if is_unknown(new.issuers):
            # A root CA that is not made yet signs all of them.
            everybody = [Due(request=one) for one in new.clients]
            announce_due(new, held, everybody)
            report_outcomes(new, held, everybody, now)
            return DiffResult(changes=True)
        due = _due(old, new)
        announce_due(new, held, due)
        report_outcomes(new, held, due, now)
        announce_replacements(held, new, due, now)
        if {one.name for one in new.clients} - {one.client for one in old.certificates} and old.certificates:
            announce_taken_over(held, new, now)
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


def _passphrase_of(key_file: str) -> Passphrase | None:
    return process.session().passphrase_of(key_file)


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
    issuer = issuer_of(outputs)
    return Inventory(
        requests=outputs.clients,
        brought=outputs.brought,
        certificates=outputs.certificates,
        issuer=None if issuer is None else issuer.certificate_pem,
    )


def _due(old: IssuedCertificatesOutputs, new: IssuedCertificatesInputs) -> list[Due]:
    issuer = issuer_of(new)
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
    issuer = issuer_of(new)
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
