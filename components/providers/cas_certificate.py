"""A CA certificate uploaded to CAS. Module path and class names are frozen: they stand in the state."""

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from alb_mtls import session
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.guarded_delete import bound_listeners, delete_if_unbound
from alb_mtls.redaction import redact
from components.providers.base import (
    Properties,
    Provider,
    changed,
    merged_outputs,
    user_facing_errors,
    without_internal,
)
from components.providers.site import with_site

if TYPE_CHECKING:
    from alb_mtls.aliyun.cas import CasClient, DescribedCertificate, Repository

# Another certificate or another place is another object in CAS: there is no API that updates one.
_REPLACING = ("certificatePem", "endpoint", "repositoryName")
_TAKEN_OVER = ("madeHere", "repositoryIsOurs", "albEndpoint", "albRegion")
_COMPUTED = ("identifier", "ours", "fingerprint")
_SETTLES_SECONDS = 60.0


class UploadedCertificateProvider(Provider):
    """Uploads a CA certificate once, finds it again, and deletes it only when it is ours and not bound."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Normalise PEM and site, so that line ends never look like another CA and a spelling never like a move.

        Pulumi calls this in preview and up.
        """
        news = with_site(without_internal(news))
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
        different = changed(with_site(_olds), with_site(_news), _REPLACING)
        reached_otherwise = different == ["endpoint"] and self._is_there(_id, _news)
        if different and not reached_otherwise:
            return DiffResult(changes=True, replaces=different)
        if not reached_otherwise and self._is_lost(_id, _olds):
            return DiffResult(changes=True, replaces=["certificatePem"])
        session.session().kept.add(_id)
        if reached_otherwise or changed(_olds, _news, _TAKEN_OVER):
            return DiffResult(changes=True)
        copies = _spare_copies(_id, _news)
        if copies:
            print(f"CAS holds CA certificate {_id} again as {', '.join(copies)}, unused; that goes", flush=True)  # noqa: T201 - shown by Pulumi
        return DiffResult(changes=bool(copies))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Take the same certificate if the repository holds it already, else upload it; wait until CAS shows it.

        Pulumi calls this in up. There is no client token, so looking first is what makes a repetition harmless.
        """
        from alb_mtls.pki.issuing import described

        pem = props["certificatePem"]
        cas = session.session().cas(props["endpoint"])
        repository = self._repository(cas, props)
        found = cas.find_certificates(pem, repository)
        identifier = found[0] if found else cas.upload_ca(pem=pem, repository=repository, name=props["certificateName"])
        cas.wait_until_described(identifier, pem, _SETTLES_SECONDS)
        inside = bool(found) or any(c.identifier == identifier for c in cas.certificates_in(repository))
        ours = bool(props["madeHere"]) or (inside and (bool(props["repositoryIsOurs"]) or not found))
        outputs = without_internal(props) | {
            "identifier": identifier,
            "ours": ours,
            "fingerprint": described(pem)["fingerprint"],
        }
        session.session().kept.add(identifier)
        return CreateResult(identifier, outputs)

    @staticmethod
    def _repository(cas: "CasClient", props: Properties) -> "Repository":
        name = props["repositoryName"]
        if props["repositoryIsOurs"]:
            return cas.ensure_repository(name)
        found = cas.find_repository(name)
        if found is None:
            sentence = f"cas.repository {name!r} is no longer there; create it again or leave cas.repository empty"
            raise OperationFailed(sentence)
        return found

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Say whether CAS still holds the same certificate. Pulumi calls this in refresh."""
        held = session.session().cas(props["endpoint"]).describe(id_)
        if not _is_same(held, props):
            return ReadResult("", {})
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over inputs that change nothing in CAS, and remove second copies. Pulumi calls this in up.

        What this stack uploaded stays its own, whoever the repository belongs to from now on.
        """
        cas = session.session().cas(_news["endpoint"])
        ours = bool(_olds["ours"]) or (bool(_news["repositoryIsOurs"]) and self._lies_in(cas, _id, _news))
        for copy in _spare_copies(_id, _news):
            cas.delete_certificate(copy)
        return UpdateResult(merged_outputs(_olds, _news, _COMPUTED) | {"ours": ours})

    @staticmethod
    def _lies_in(cas: "CasClient", identifier: str, props: Properties) -> bool:
        repositories = cas.repositories(props["repositoryName"])
        return any(one.identifier == identifier for each in repositories for one in cas.certificates_in(each))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the certificate if it is ours and no listener binds it.

        Pulumi calls this in destroy, after the listeners were restored, and after a replacement was proven. Who goes
        back to the CA before last while that one waits to be deleted has it again, under the same identifier.
        """
        if _props["ours"] and _id not in session.session().kept:
            delete_if_unbound(session.session().cas(_props["endpoint"]), _id, _props)

    @staticmethod
    def _is_there(identifier: str, props: Properties) -> bool:
        """Say whether another endpoint leads to the same site: identifiers are never given twice."""
        try:
            held = session.session().cas(props["endpoint"]).describe(identifier)
        except CloudError as error:
            print(f"CAS was not asked for changes: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
            return False
        return _is_same(held, props)

    @staticmethod
    def _is_lost(identifier: str, props: Properties) -> bool:
        try:
            held = session.session().cas(props["endpoint"]).describe(identifier)
        except CloudError as error:
            print(f"CAS was not asked for changes: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
            return False
        if _is_same(held, props):
            return False
        what = "is gone from CAS" if held is None else "is another certificate in CAS by now"
        print(f"CA certificate {identifier} {what}; it will be uploaded again", flush=True)  # noqa: T201 - shown by Pulumi
        return True


def _is_same(held: "DescribedCertificate | None", props: Properties) -> bool:
    from alb_mtls.aliyun.certificates import same_certificate

    return held is not None and same_certificate(held.pem, props["certificatePem"])


def _spare_copies(identifier: str, props: Properties) -> list[str]:
    """Return what else this stack has in CAS of the same certificate, when no listener refers to it.

    An upload whose effect shows only after it was looked for in vain is sent again. Of somebody else's repository only
    a CA that was made here counts: nobody else can have uploaded that.
    """
    if not (props["repositoryIsOurs"] or props["madeHere"]):
        return []
    running = session.session()
    try:
        cas = running.cas(props["endpoint"])
        repositories = cas.repositories(props["repositoryName"])
        found = [cas.find_certificates(props["certificatePem"], one, besides=identifier) for one in repositories]
        copies = [copy for each in found for copy in each if copy not in running.kept]
        return [copy for copy in copies if not bound_listeners(copy, props)]
    except CloudError as error:
        print(f"CAS was not asked for second copies: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
        return []


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
        super().__init__(UploadedCertificateProvider(), name, {**dict.fromkeys(_COMPUTED), **props}, opts)
