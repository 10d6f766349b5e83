"""The cross certificate between two generations. Module path and class names are frozen: they stand in the state."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.cross_resources import CrossCertificateInputs, CrossCertificateOutputs
from alb_mtls.imports import import_turn
from alb_mtls.pki.duration import length_of
from alb_mtls.pki.errors import PkiError
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
from components.providers.resource import TypedResource

if TYPE_CHECKING:
    from cryptography import x509

    from alb_mtls.pki.cross import Authority

_BETWEEN = ("certificate_pem", "signer_certificate_pem")


class CrossCertificateProvider(Provider):
    """Certifies the newer key by the older one, and renews that before any client would outlive it."""

    @user_facing_errors
    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Refuse two CAs between which there can be no rollover any more, before anything is touched.

        Pulumi calls this in preview and up. Neither key files nor passphrases need be where previews of pull requests
        run.
        """
        news = without_internal(news)
        new = from_props(CrossCertificateInputs, news)
        if not new.required or is_unknown((new.certificate_pem, new.signer_certificate_pem)):
            return CheckResult(news, [])
        with import_turn:
            from alb_mtls.pki.ca_chain import first_to_end
            from alb_mtls.pki.cross import same_ca_problem, too_late_problem
            from alb_mtls.pki.encoding import load_chain

        newer, older = load_chain(new.certificate_pem), load_chain(new.signer_certificate_pem)
        same = same_ca_problem(older[0], newer[-1])
        if same is not None:
            return refused(news, f"generation {new.generation} of the root CA: {same}")
        problem = None
        if not _olds:
            problem = too_late_problem(
                first_to_end(older), first_to_end(newer), outlives=length_of(new.outlives), now=datetime.now(UTC)
            )
        if problem is None and not _olds and _is_at_hand(new):
            problem = _key_problem(new)
        return refused(news, *([] if problem is None else [_refusal(new, problem)]))

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find a cross certificate that a client issued now would outlive. Pulumi calls this in preview and up.

        How listeners are reached is no change: they are asked once, before clients are handed one. The one of a hard
        swap that did not end well is there, and nobody was asked about it.
        """
        old, new = from_props(CrossCertificateOutputs, _olds), from_props(CrossCertificateInputs, _news)
        if changed(old, new, _BETWEEN) or (new.required and (old.cross_pem is None or not old.tried)):
            return DiffResult(changes=True)
        due = _due(old, new)
        if due is not None:
            show(due)
        return DiffResult(changes=due is not None)

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Sign it, and ask the listeners whether they accept it, with keys in memory, before anybody is handed it.

        Pulumi calls this in up, before any client is issued a certificate of the newer generation.
        """
        new = from_props(CrossCertificateInputs, props)
        return CreateResult(f"{new.generation}-{new.signer_generation}", to_props(_made(new)))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds: a certificate lives nowhere else. Pulumi calls this in refresh."""
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Renew it, ask about it, or make what could not be made and is required now. Pulumi calls this in up."""
        old, new = from_props(CrossCertificateOutputs, _olds), from_props(CrossCertificateInputs, _news)
        if old.cross_pem is None or changed(old, new, _BETWEEN) or _due(old, new) is not None:
            return UpdateResult(to_props(_made(new, old)))
        with import_turn:
            from alb_mtls.pki.encoding import load_certificate

        _ask_listeners(new, load_certificate(old.cross_pem))
        return UpdateResult(to_props(replace(old, tried=True)))

    def delete(self, _id: str, _props: Properties) -> None:
        """Forget it; whoever has it keeps it, and it is worth something only where the older root is trusted.

        Pulumi calls this in destroy, and when one of the two generations left the configuration.
        """


def _due(old: CrossCertificateOutputs, new: CrossCertificateInputs) -> str | None:
    """Return that the cross certificate is renewed, and why, or None."""
    if old.cross_pem is None or is_unknown(new.outlives):
        return None
    with import_turn:
        from alb_mtls.pki.ca_chain import first_to_end
        from alb_mtls.pki.cross import cross_due
        from alb_mtls.pki.encoding import load_certificate, load_chain

    cross = load_certificate(old.cross_pem)
    older, newer = (first_to_end(load_chain(pem)) for pem in (old.signer_certificate_pem, old.certificate_pem))
    if not cross_due(cross, older=older, newer=newer, outlives=length_of(new.outlives), now=datetime.now(UTC)):
        return None
    return (
        f"the cross certificate of generation {old.generation} is renewed: it ends on "
        f"{cross.not_valid_after_utc:%Y-%m-%d}, and a client that is issued now may last {new.outlives}"
    )


def _made(new: CrossCertificateInputs, old: CrossCertificateOutputs | None = None) -> CrossCertificateOutputs:
    with import_turn:
        from alb_mtls.pki.encoding import certificate_pem
        from alb_mtls.pki.issuing import describe

    outputs = CrossCertificateOutputs(
        generation=new.generation,
        certificate_pem=new.certificate_pem,
        signer_generation=new.signer_generation,
        signer_certificate_pem=new.signer_certificate_pem,
    )
    kept = None if old is None or changed(old, new, _BETWEEN) else old
    try:
        cross = _signed(new)
    except PkiError as error:
        if new.required:
            raise PkiError(_refusal(new, str(error))) from None
        # A hard swap gives up the clients that it would be for.
        show(f"generation {new.generation} gets no cross certificate of generation {new.signer_generation}: {error}")
        return outputs if kept is None else kept
    tried = kept is not None and kept.tried
    if new.required and not tried:
        _ask_listeners(new, cross)
    pem = certificate_pem(cross)
    made = {"cross_pem": pem, **vars(describe(pem)), "tried": new.required or tried}
    return CrossCertificateOutputs(**{**vars(outputs), **made})


def _signed(new: CrossCertificateInputs) -> "x509.Certificate":
    with import_turn:
        from alb_mtls.pki.cross import issue_cross
        from alb_mtls.pki.encoding import load_chain

    newer = load_chain(new.certificate_pem)
    return issue_cross(
        older=_older(new),
        newer=newer[-1],
        outlives=length_of(new.outlives),
        intermediates=len(newer) - 1,
        now=datetime.now(UTC),
    )


def _ask_listeners(new: CrossCertificateInputs, cross: "x509.Certificate") -> None:
    """Ask every listener that trusts the older generation; one that requests no certificate is asked when it does."""
    if not new.listeners:
        return
    with import_turn:
        from alb_mtls.listeners.cross_gate import Crossing, refuse_if_cross_is_rejected
        from alb_mtls.pki.encoding import load_chain

    crossing = Crossing(
        older=_older(new),
        newer=_newer(new),
        cross=cross,
        older_above=load_chain(new.signer_certificate_pem)[1:],
        newer_above=load_chain(new.certificate_pem)[1:],
        older_generation=new.signer_generation,
        newer_generation=new.generation,
    )
    running = process.session()
    alb = running.alb(new.alb.endpoint, new.alb.region)
    for sentence in refuse_if_cross_is_rejected(new.listeners, crossing, kube=running.kube(new.kubeconfig), alb=alb):
        show(sentence)


def _older(new: CrossCertificateInputs) -> "Authority":
    return _authority(new, new.signer_generation, new.signer_certificate_pem, new.signer_key_file)


def _newer(new: CrossCertificateInputs) -> "Authority | None":
    if new.key_file is None and str(new.generation) not in new.private_keys:
        return None
    return _authority(new, new.generation, new.certificate_pem, new.key_file)


def _authority(new: CrossCertificateInputs, generation: int, pem: str, key_file: str | None) -> "Authority":
    with import_turn:
        from alb_mtls.pki.cross import Authority
        from alb_mtls.pki.inventory import Issuer
        from alb_mtls.pki.issuing import signer_of

    issuer = Issuer(generation=generation, certificate_pem=pem, key_file=key_file)
    signer = signer_of(
        issuer, new.private_keys.get(str(generation)), lambda path: process.session().passphrase_of(path)
    )
    return Authority(certificate=signer.certificate, key=signer.key)


def _is_at_hand(new: CrossCertificateInputs) -> bool:
    """Say whether there is a key file that signs, and it can be opened: neither need be so in a preview."""
    with import_turn:
        from alb_mtls.pki.pem_files import is_locked

    path = new.signer_key_file
    return path is not None and Path(path).is_file() and not is_locked(path, process.session().passphrase_of)


def _key_problem(new: CrossCertificateInputs) -> str | None:
    try:
        _older(new)
    except PkiError as error:
        return str(error)
    return None


def _refusal(new: CrossCertificateInputs, problem: str) -> str:
    return (
        f"generation {new.generation} of the root CA cannot be introduced while the listeners trust generation "
        f"{new.signer_generation}: {problem}. Without a cross certificate only a hard swap is left, which rejects all "
        f"clients of generation {new.signer_generation}: rootCa.trusted: {new.generation} and rootCa.abandoned: "
        f"[{new.signer_generation}]"
    )


class CrossCertificate(
    TypedResource,
    module="pki",
    name="CrossCertificate",
    provider=CrossCertificateProvider,
    inputs=CrossCertificateInputs,
    outputs=CrossCertificateOutputs,
):
    """The cross certificate of a generation in the state; `crossPem` is None where none could be made."""

    crossPem: pulumi.Output[str | None]  # noqa: N815 - the name of the property in the state
    notAfter: pulumi.Output[str | None]  # noqa: N815 - the name of the property in the state
