"""A CA certificate uploaded to CAS. Module path and class names are frozen: they stand in the state."""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from components.aliyun.cas import CasClient, Repository
from components.aliyun.errors import CloudError
from components.pki.encoding import (
    fingerprint,
    is_same_certificate,
    load_certificate,
    normalise_certificate_pem,
)
from components.providers import session
from components.providers.base import OperationFailed, Properties, Provider, changed, in_sentences, own
from components.providers.unbinding import delete_unbound
from components.redaction import redact

# Another certificate or another place is another object in CAS: there is no API that updates one.
_REPLACING = ("certificatePem", "endpoint", "repositoryName")
_SETTLES_SECONDS = 60.0


class UploadedCertificateProvider(Provider):
    """Uploads a CA certificate once, finds it again, and deletes it only when it is ours and not bound."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Normalise the PEM, so that line ends never look like another CA. Pulumi calls this in preview and up."""
        news = own(news)
        pem = news.get("certificatePem")
        if isinstance(pem, str):
            news["certificatePem"] = normalise_certificate_pem(pem)
        return CheckResult(news, [])

    @in_sentences
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find another CA, another place, and what CAS no longer holds.

        Pulumi calls this in preview and up. The order of a replacement is upload, patch and proof, delete.
        """
        different = changed(_olds, _news, _REPLACING)
        if different:
            return DiffResult(changes=True, replaces=different)
        if self._is_lost(_id, _olds):
            return DiffResult(changes=True, replaces=["certificatePem"])
        session.session().kept.add(_id)
        return DiffResult(changes=bool(changed(_olds, _news, ("madeHere", "albEndpoint", "albRegion"))))

    @in_sentences
    def create(self, props: Properties) -> CreateResult:
        """Take the same certificate if the repository holds it already, else upload it; wait until CAS shows it.

        Pulumi calls this in up. There is no client token, so looking first is what makes a repetition harmless.
        """
        pem = props["certificatePem"]
        cas = session.session().cas(props["endpoint"])
        repository = self._repository(cas, props)
        found = cas.find_certificates(pem, repository)
        identifier = found[0] if found else cas.upload_ca(pem=pem, repository=repository, name=props["certificateName"])
        cas.wait_until_described(identifier, pem, _SETTLES_SECONDS)
        inside = bool(found) or any(c.identifier == identifier for c in cas.certificates_in(repository))
        ours = bool(props["madeHere"]) or (inside and (bool(props["repositoryIsOurs"]) or not found))
        outputs = own(props) | {
            "identifier": identifier,
            "ours": ours,
            "fingerprint": fingerprint(load_certificate(pem)),
        }
        session.session().kept.add(identifier)
        return CreateResult(identifier, outputs)

    @staticmethod
    def _repository(cas: CasClient, props: Properties) -> Repository:
        name = props["repositoryName"]
        if props["repositoryIsOurs"]:
            repository, _ = cas.ensure_repository(name)
            return repository
        found = cas.find_repository(name)
        if found is None:
            sentence = f"cas.repository {name!r} is no longer there; create it again or leave cas.repository empty"
            raise OperationFailed(sentence)
        return found

    @in_sentences
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Say whether CAS still holds the same certificate. Pulumi calls this in refresh."""
        held = session.session().cas(props["endpoint"]).describe(id_)
        if held is None or not is_same_certificate(held.pem, props["certificatePem"]):
            return ReadResult("", {})
        return ReadResult(id_, own(props))

    @in_sentences
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over inputs that change nothing in CAS. Pulumi calls this in up."""
        return UpdateResult({**own(_olds), **own(_news)})

    @in_sentences
    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the certificate if it is ours and no listener binds it.

        Pulumi calls this in destroy, after the listeners were restored, and after a replacement was proven. Who goes
        back to the CA before last while that one waits to be deleted has it again, under the same identifier.
        """
        if _props["ours"] and _id not in session.session().kept:
            delete_unbound(session.session().cas(_props["endpoint"]), _id, _props)

    @staticmethod
    def _is_lost(identifier: str, props: Properties) -> bool:
        try:
            held = session.session().cas(props["endpoint"]).describe(identifier)
        except CloudError as error:
            print(f"CAS was not asked for changes: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
            return False
        if held is not None and is_same_certificate(held.pem, props["certificatePem"]):
            return False
        what = "is gone from CAS" if held is None else "is another certificate in CAS by now"
        print(f"CA certificate {identifier} {what}; it will be uploaded again", flush=True)  # noqa: T201 - shown by Pulumi
        return True


class UploadedCertificate(Resource, module="cas", name="UploadedCa"):
    """A CA certificate in CAS; `identifier` is what an AlbConfig calls CertificateId."""

    identifier: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the certificate.

        Args:
            name: `uploaded-ca-<generation>`.
            props: certificatePem, madeHere (this stack generated it), certificateName, endpoint, repositoryName,
                repositoryIsOurs, albEndpoint, albRegion.
            opts: Pulumi's resource options.
        """
        outputs = dict.fromkeys(("identifier", "ours", "fingerprint"))
        super().__init__(UploadedCertificateProvider(), name, {**outputs, **props}, opts)
