"""The CAS repository of this stack. Module path and class names are frozen: they stand in the state.

It is in the state before anything is written to CAS, and its delete sweeps by name and by content. So whatever a
killed upload left behind is found by a destroy that knows nothing of that upload (docs/decisions/).
"""

from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from alb_mtls import session
from alb_mtls.aliyun.errors import CloudError
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.guarded_delete import delete_if_unbound
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
    from alb_mtls.aliyun.cas import CasClient

# Whose the repository is changes nothing in CAS: it is kept, and a destroy treats it otherwise.
_TAKEN_OVER = ("ours", "madeHere", "albEndpoint", "albRegion")


class CasRepositoryProvider(Provider):
    """Holds the name of the repository; the first upload creates it when it is ours."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Spell the site in the one way that can be compared. Pulumi calls this in preview and up."""
        return CheckResult(with_site(without_internal(news)), [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find another site or name, and a second repository of our name that a lost reply left behind.

        Pulumi calls this in preview and up. Without access to CAS nothing is found, and that is said.
        """
        moved = changed(with_site(_olds), with_site(_news), ("endpoint", "name"))
        if moved:
            return DiffResult(changes=True, replaces=moved)
        different = changed(_olds, _news, _TAKEN_OVER)
        return DiffResult(changes=bool(different) or _has_twin(_news))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Look whether CAS answers, and whether the user's repository is there. Pulumi calls this in up."""
        _look(session.session().cas(props["endpoint"]), props)
        return CreateResult(props["name"], without_internal(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds; a lost repository is found and healed through the certificate in it.

        Pulumi calls this in refresh.
        """
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Remove empty repositories of our name beside the one in use. Pulumi calls this in up."""
        cas = session.session().cas(_news["endpoint"])
        if changed(_olds, _news, ("ours",)):
            _look(cas, _news)
        if _news["ours"]:
            twins = cas.repositories(_news["name"])
            used = [twin for twin in twins if cas.certificates_in(twin)] or twins[:1]
            for twin in twins:
                if twin not in used:
                    cas.delete_repository(twin.instance_id)
        return UpdateResult(merged_outputs(_olds, _news, ()))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the repository when it is ours, with whatever of ours is still in it.

        Pulumi calls this in destroy, after every certificate in the state has been deleted. What is found here was
        uploaded by a run that was killed before it could tell, or is a second copy whose upload seemed lost. It calls
        this after a replacement too: the new endpoint may be another way to the same site, and then what is in use by
        now stays.
        """
        cas = session.session().cas(_props["endpoint"])
        if not _props["ours"]:
            self._sweep_user_repository(cas, _props)
            return
        kept = session.session().kept
        for repository in cas.repositories(_props["name"]):
            identifiers = [certificate.identifier for certificate in cas.certificates_in(repository)]
            for identifier in identifiers:
                if identifier not in kept:
                    delete_if_unbound(cas, identifier, _props)
            if kept.isdisjoint(identifiers):
                cas.delete_repository(repository.instance_id)

    @staticmethod
    def _sweep_user_repository(cas: "CasClient", props: Properties) -> None:
        repository = cas.find_repository(props["name"])
        if repository is None:
            return
        for pem in props.get("madeHere") or ():
            for identifier in cas.find_certificates(pem, repository):
                if identifier not in session.session().kept:
                    delete_if_unbound(cas, identifier, props)


def _look(cas: "CasClient", props: Properties) -> None:
    name = props["name"]
    if cas.find_repository(name) is None and not props["ours"]:
        sentence = (
            f"cas.repository {name!r} is not there on the site {props['endpoint']}; create it in the Certificate "
            "Management Service with data source 'Upload CA Certificates', or leave cas.repository empty"
        )
        raise OperationFailed(sentence)


def _has_twin(props: Properties) -> bool:
    if not props["ours"]:
        return False
    try:
        twins = session.session().cas(props["endpoint"]).repositories(props["name"])
    except CloudError as error:
        print(f"CAS was not asked for changes: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
        return False
    if len(twins) > 1:
        print(f"CAS holds {len(twins)} repositories named {props['name']}; the empty ones go", flush=True)  # noqa: T201 - shown by Pulumi
    return len(twins) > 1


class CasRepository(Resource, module="cas", name="Repository"):
    """The repository of this stack; `name` is all that the other resources need of it."""

    name: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the repository.

        Args:
            name: `cas-repository`.
            props: endpoint, name, ours, madeHere (PEMs of CAs that this stack generated), albEndpoint, albRegion.
            opts: Pulumi's resource options.
        """
        super().__init__(CasRepositoryProvider(), name, props, opts)
