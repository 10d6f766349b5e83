"""A CA certificate in CAS. Module path and class names are frozen: they stand in the state."""

from typing import TYPE_CHECKING

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.errors import OperationFailed
from alb_mtls.properties import from_props, to_props
from alb_mtls.resources import CasCertificateInputs, CasCertificateOutputs
from components.providers import process
from components.providers.base import (
    Properties,
    Provider,
    changed,
    is_unknown,
    show,
    show_not_compared,
    user_facing_errors,
    without_internal,
)
from components.providers.resource import TypedResource

if TYPE_CHECKING:
    from alb_mtls.aliyun.cas import CasClient, DescribedCertificate, Repository

# Another certificate or another place is another object in CAS: there is no API that updates one.
_REPLACING = ("certificate_pem", "endpoint", "repository_name")
_KEPT_UP_TO_DATE = ("generated", "repository_owned", "alb", "deployment", "kubeconfig")
_SETTLES_SECONDS = 60.0


class CasCertificateProvider(Provider):
    """Uploads a CA certificate once, finds it again, and deletes it only when it is ours and not in use."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Normalise the PEM, so that line ends never look like another CA. Pulumi calls this in preview and up."""
        news = without_internal(news)
        pem = news.get("certificatePem")
        # What the state holds has been normalised.
        if isinstance(pem, str) and pem != _olds.get("certificatePem"):
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
            show(f"CAS holds CA certificate {_id} again as {', '.join(copies)}, unused; that copy is deleted")
        return DiffResult(changes=bool(copies))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Take the same certificate if the repository holds it already, else upload it; wait until CAS shows it.

        Pulumi calls this in up. There is no client token, so looking first is what makes a repetition harmless.
        """
        from alb_mtls.pki.issuing import describe

        inputs = from_props(CasCertificateInputs, props)
        pem = inputs.certificate_pem
        cas = process.session().cas(inputs.endpoint)
        repository = _repository(cas, inputs)
        found = cas.find_certificates(pem, repository)
        ca_identifier = (
            found[0] if found else cas.upload_ca(pem=pem, repository=repository, name=inputs.certificate_name)
        )
        cas.wait_until_described(ca_identifier, pem, _SETTLES_SECONDS)
        inside = bool(found) or any(c.identifier == ca_identifier for c in cas.certificates_in(repository))
        outputs = CasCertificateOutputs(
            **vars(inputs),
            ca_identifier=ca_identifier,
            owned=inputs.generated or (inside and (inputs.repository_owned or not found)),
            fingerprint=describe(pem).fingerprint,
        )
        return CreateResult(ca_identifier, to_props(outputs))

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Say whether CAS still holds the same certificate. Pulumi calls this in refresh."""
        outputs = from_props(CasCertificateOutputs, props)
        held = process.session().cas(outputs.endpoint).describe(id_)
        return ReadResult(id_, without_internal(props)) if _is_same(held, outputs) else ReadResult("", {})

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over inputs that change nothing in CAS, and remove second copies. Pulumi calls this in up.

        What this stack uploaded stays its own, whoever the repository belongs to from now on.
        """
        old, new = from_props(CasCertificateOutputs, _olds), from_props(CasCertificateInputs, _news)
        cas = process.session().cas(new.endpoint)
        owned = old.owned or (new.repository_owned and _lies_in(cas, _id, new))
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
        from components.providers.cas_deletion import Deletion

        outputs = from_props(CasCertificateOutputs, _props)
        if outputs.owned:
            Deletion.of(outputs).delete(_id)


def _repository(cas: "CasClient", inputs: CasCertificateInputs) -> "Repository":
    if inputs.repository_owned:
        return cas.ensure_repository(inputs.repository_name)
    found = cas.find_repository(inputs.repository_name)
    if found is None:
        sentence = (
            f"CAS no longer has the repository {inputs.repository_name!r} (cas.repository); create it again, or leave "
            "cas.repository empty"
        )
        raise OperationFailed(sentence)
    return found


def _lies_in(cas: "CasClient", ca_identifier: str, inputs: CasCertificateInputs) -> bool:
    repositories = cas.repositories(inputs.repository_name)
    return any(one.identifier == ca_identifier for each in repositories for one in cas.certificates_in(each))


def _described(ca_identifier: str, inputs: CasCertificateInputs) -> "DescribedCertificate | None":
    return process.session().cas(inputs.endpoint).describe(ca_identifier)


def _is_there(ca_identifier: str, inputs: CasCertificateInputs) -> bool:
    """Say whether another endpoint leads to the same site: identifiers are never given twice."""
    try:
        return _is_same(_described(ca_identifier, inputs), inputs)
    except CloudError as error:
        show_not_compared(f"CA certificate {ca_identifier} in CAS", error)
        return False


def _is_lost(ca_identifier: str, outputs: CasCertificateOutputs) -> bool:
    try:
        held = _described(ca_identifier, outputs)
    except CloudError as error:
        show_not_compared(f"CA certificate {ca_identifier} in CAS", error)
        return False
    if _is_same(held, outputs):
        return False
    what = "is gone from CAS" if held is None else "is another certificate in CAS by now"
    show(f"CA certificate {ca_identifier} {what}; it will be uploaded again")
    return True


def _is_same(held: "DescribedCertificate | None", inputs: CasCertificateInputs) -> bool:
    from alb_mtls.aliyun.certificates import same_certificate

    return held is not None and same_certificate(held.pem, inputs.certificate_pem)


def _spare_copies(ca_identifier: str, inputs: CasCertificateInputs) -> list[str]:
    """Return what else this stack has in CAS of the same certificate, when no listener uses it.

    An upload whose effect shows only after it was looked for in vain is sent again. Of somebody else's repository only
    a CA that was made here counts: nobody else can have uploaded that.
    """
    if not (inputs.repository_owned or inputs.generated) or is_unknown(inputs):
        return []
    try:
        cas = process.session().cas(inputs.endpoint)
        repositories = cas.repositories(inputs.repository_name)
        found = [cas.find_certificates(inputs.certificate_pem, one, besides=ca_identifier) for one in repositories]
        copies = [copy for each in found for copy in each]
        if not copies:
            return []
        from components.providers.cas_deletion import Deletion

        deletion = Deletion.of(inputs)
        return [copy for copy in copies if not deletion.is_in_use(copy)]
    except (CloudError, ClusterError) as error:
        show_not_compared("second copies in CAS", error)
        return []


class CasCertificate(
    TypedResource,
    module="cas",
    name="Certificate",
    provider=CasCertificateProvider,
    inputs=CasCertificateInputs,
    outputs=CasCertificateOutputs,
    secret_outputs=("kubeconfig",),
):
    """A CA certificate in CAS; `caIdentifier` is what an AlbConfig calls CertificateId."""

    caIdentifier: pulumi.Output[str]  # noqa: N815 - the name of the property in the state
