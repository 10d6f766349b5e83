"""A CA certificate in CAS. Module path and class names are frozen: they stand in the state."""

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.imports import import_turn
from alb_mtls.properties import from_props, to_props
from alb_mtls.resources import CasCertificateInputs, CasCertificateOutputs
from components.providers import process
from components.providers.base import (
    Properties,
    Provider,
    announce,
    changed,
    is_unknown,
    show_not_compared,
    user_facing_errors,
    without_internal,
)
from components.providers.load_beside import load_beside
from components.providers.resource import TypedResource

# Another certificate or another place is another object in CAS: there is no API that updates one.
_REPLACING = ("certificate_pem", "endpoint", "repository_name")
_KEPT_UP_TO_DATE = ("generated", "repository_owned", "alb", "deployment", "kubeconfig")


class CasCertificateProvider(Provider):
    """Uploads a CA certificate once, finds it again, and deletes it only when it is ours and not in use."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Normalise the PEM, so that line ends never look like another CA. Pulumi calls this in preview and up."""
        news = without_internal(news)
        pem = news.get("certificatePem")
        # What the state holds has been normalised.
        if isinstance(pem, str) and pem != _olds.get("certificatePem"):
            with import_turn:
                from alb_mtls.pki.encoding import normalise_certificate_pem

            news["certificatePem"] = normalise_certificate_pem(pem)
        return CheckResult(news, [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find another CA, another place, and what CAS no longer holds.

        Pulumi calls this in preview and up. The order of a replacement is upload, patch and proof, delete.
        """
        old, new = from_props(CasCertificateOutputs, _olds), from_props(CasCertificateInputs, _news)
        different = changed(old, new, _REPLACING)
        reached_otherwise = different == ["endpoint"] and _is_there(_id, new)
        if different and not reached_otherwise:
            return DiffResult(changes=True, replaces=different)
        if not reached_otherwise and _is_lost(_id, old):
            return DiffResult(changes=True, replaces=["certificatePem"])
        if reached_otherwise or changed(old, new, _KEPT_UP_TO_DATE):
            return DiffResult(changes=True)
        copies = _spare_copies(_id, new)
        if copies:
            announce(f"CAS holds CA certificate {_id} again as {', '.join(copies)}, unused; that copy is deleted")
        return DiffResult(changes=bool(copies))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Upload the certificate, unless the repository holds it already. Pulumi calls this in up."""
        with import_turn:
            from alb_mtls.listeners.owned_in_cas import upload_once
            from alb_mtls.pki.issuing import describe

        inputs = from_props(CasCertificateInputs, props)
        is_new = process.has_added_repository(inputs.repository_name)
        if is_new:
            # CAS takes its time to list a repository, and the listeners come next.
            load_beside("alb_mtls.listeners.first_look", "alb_mtls.listeners.switch")
        ca_identifier, owned = upload_once(process.session().cas(inputs.endpoint), inputs, is_new=is_new)
        outputs = CasCertificateOutputs(
            **vars(inputs),
            ca_identifier=ca_identifier,
            owned=owned,
            fingerprint=describe(inputs.certificate_pem).fingerprint,
        )
        return CreateResult(ca_identifier, to_props(outputs))

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Say whether CAS still holds the same certificate. Pulumi calls this in refresh."""
        held = _is_held(id_, from_props(CasCertificateOutputs, props))
        return ReadResult(id_, without_internal(props)) if held else ReadResult("", {})

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over inputs that change nothing in CAS, and remove second copies. Pulumi calls this in up."""
        with import_turn:
            from alb_mtls.listeners.owned_in_cas import is_still_owned

        old, new = from_props(CasCertificateOutputs, _olds), from_props(CasCertificateInputs, _news)
        cas = process.session().cas(new.endpoint)
        owned = is_still_owned(cas, old, new)
        for copy in _spare_copies(_id, new):
            cas.delete_certificate(copy)
        outputs = CasCertificateOutputs(
            **vars(new), ca_identifier=old.ca_identifier, owned=owned, fingerprint=old.fingerprint
        )
        return UpdateResult(to_props(outputs))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the certificate if it is ours and nothing uses it.

        Pulumi calls this in destroy, after the listeners were restored, and after a replacement was proven. Another
        resource of this stack may have the same certificate by then: one that reaches the site by another endpoint,
        or that went back to the CA before last while that one waited to be deleted.
        """
        with import_turn:
            from components.providers.cas_deletion import Deletion

        outputs = from_props(CasCertificateOutputs, _props)
        if outputs.owned:
            Deletion.of(outputs).delete(_id)


def _is_held(ca_identifier: str, inputs: CasCertificateInputs) -> bool:
    with import_turn:
        from alb_mtls.listeners.owned_in_cas import is_held

    return is_held(process.session().cas(inputs.endpoint), ca_identifier, inputs.certificate_pem)


def _is_there(ca_identifier: str, inputs: CasCertificateInputs) -> bool:
    """Say whether another endpoint leads to the same site."""
    try:
        return _is_held(ca_identifier, inputs)
    except CloudError as error:
        show_not_compared(f"CA certificate {ca_identifier} in CAS", error)
        return False


def _is_lost(ca_identifier: str, outputs: CasCertificateOutputs) -> bool:
    look = process.look_at_cas(outputs.endpoint)
    if look is not None and look.holds(ca_identifier, outputs.certificate_pem):
        return False
    with import_turn:
        from alb_mtls.listeners.owned_in_cas import why_lost

    try:
        lost = why_lost(process.session().cas(outputs.endpoint), ca_identifier, outputs.certificate_pem)
    except CloudError as error:
        show_not_compared(f"CA certificate {ca_identifier} in CAS", error)
        return False
    if lost:
        announce(f"CA certificate {ca_identifier} {lost}; it will be uploaded again")
    return lost is not None


def _spare_copies(ca_identifier: str, inputs: CasCertificateInputs) -> list[str]:
    if is_unknown(inputs) or not (inputs.repository_owned or inputs.generated):
        return []
    look = process.look_at_cas(inputs.endpoint)
    if look is not None and look.has_no_copy(ca_identifier, inputs.repository_name):
        return []
    with import_turn:
        from alb_mtls.listeners.owned_in_cas import spare_copies

    try:
        return spare_copies(
            lambda: process.session().cas(inputs.endpoint),
            ca_identifier,
            inputs,
            is_in_use=lambda copy: _is_in_use(copy, inputs),
        )
    except (CloudError, ClusterError) as error:
        show_not_compared("whether CAS has second copies", error)
        return []


def _is_in_use(ca_identifier: str, inputs: CasCertificateInputs) -> bool:
    with import_turn:
        from components.providers.cas_deletion import Deletion

    return Deletion.of(inputs).is_in_use(ca_identifier)


class CasCertificate(
    TypedResource,
    module="cas",
    name="Certificate",
    provider=CasCertificateProvider,
    inputs=CasCertificateInputs,
    outputs=CasCertificateOutputs,
    secret_outputs=("kubeconfig",),
):
    """A CA certificate in CAS.

    Attributes:
        caIdentifier: what an AlbConfig calls CertificateId.
        owned: made by this stack, so that its delete deletes it.
    """

    caIdentifier: pulumi.Output[str]  # noqa: N815 - the name of the property in the state
    owned: pulumi.Output[bool]
