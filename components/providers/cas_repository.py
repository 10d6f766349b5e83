"""The CAS repository of this stack. Module path and class names are frozen: they stand in the state.

It is in the state before anything is written to CAS, and its delete sweeps by name and by content. So whatever a
killed upload left behind is found by a destroy that knows nothing of that upload
(docs/decisions/2026-11-23-the-repository-is-an-anchor.md).
"""

from typing import TYPE_CHECKING

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.errors import OperationFailed
from alb_mtls.properties import from_props, to_props
from alb_mtls.resources import CasRepositoryInputs, CasRepositoryOutputs
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
    from alb_mtls.aliyun.cas import CasClient
    from components.providers.cas_deletion import Deletion

# Whose the repository is, and how it is reached, changes nothing in CAS.
_KEPT_UP_TO_DATE = ("owned", "generated", "alb", "deployment", "kubeconfig")


class CasRepositoryProvider(Provider):
    """Holds the name of the repository; the first upload creates it when it is ours."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Take the inputs as they are: the settings have been checked. Pulumi calls this in preview and up."""
        return CheckResult(without_internal(news), [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find another site or name, and a second repository of our name that a lost reply left behind.

        Pulumi calls this in preview and up. Without access to CAS nothing is found, and a line reports that.
        """
        old, new = from_props(CasRepositoryOutputs, _olds), from_props(CasRepositoryInputs, _news)
        moved = changed(old, new, ("endpoint", "name"))
        if moved:
            return DiffResult(changes=True, replaces=moved)
        return DiffResult(changes=bool(changed(old, new, _KEPT_UP_TO_DATE)) or _has_twin(new))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Look whether CAS answers, and whether the user's repository is there. Pulumi calls this in up."""
        inputs = from_props(CasRepositoryInputs, props)
        _require(process.session().cas(inputs.endpoint), inputs)
        return CreateResult(inputs.name, to_props(inputs))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds; a lost repository is found and healed through the certificate in it.

        Pulumi calls this in refresh.
        """
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Remove empty repositories of our name beside the one in use. Pulumi calls this in up."""
        old, new = from_props(CasRepositoryOutputs, _olds), from_props(CasRepositoryInputs, _news)
        cas = process.session().cas(new.endpoint)
        if old.owned != new.owned:
            _require(cas, new)
        if new.owned:
            twins = cas.repositories(new.name)
            used = [twin for twin in twins if cas.certificates_in(twin)] or twins[:1]
            for twin in twins:
                if twin not in used:
                    cas.delete_repository(twin.instance_id)
        return UpdateResult(to_props(new))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the repository when it is ours, with whatever of ours is still in it.

        Pulumi calls this in destroy, after every certificate in the state has been deleted. What is found here was
        uploaded by a run that was killed before it could tell, or is a second copy whose upload seemed lost. It calls
        this after a replacement too: the new endpoint may be another way to the same site, and then what is in use by
        now stays.
        """
        from components.providers.cas_deletion import Deletion

        outputs = from_props(CasRepositoryOutputs, _props)
        deletion = Deletion.of(outputs)
        if not outputs.owned:
            _sweep_user_repository(deletion, outputs)
            return
        for repository in deletion.cas.repositories(outputs.name):
            left = [
                certificate.identifier
                for certificate in deletion.cas.certificates_in(repository)
                if not deletion.delete(certificate.identifier)
            ]
            if not left:
                deletion.cas.delete_repository(repository.instance_id)


def _sweep_user_repository(deletion: "Deletion", outputs: CasRepositoryOutputs) -> None:
    repository = deletion.cas.find_repository(outputs.name)
    if repository is None:
        return
    for pem in outputs.generated:
        for identifier in deletion.cas.find_certificates(pem, repository):
            deletion.delete(identifier)


def _require(cas: "CasClient", inputs: CasRepositoryInputs) -> None:
    if cas.find_repository(inputs.name) is None and not inputs.owned:
        sentence = (
            f"CAS has no repository {inputs.name!r} (cas.repository) at {inputs.endpoint}; create it in the "
            "Certificate Management Service with data source 'Upload CA Certificates', or leave cas.repository empty"
        )
        raise OperationFailed(sentence)


def _has_twin(inputs: CasRepositoryInputs) -> bool:
    if not inputs.owned or is_unknown(inputs.endpoint):
        return False
    try:
        twins = process.session().cas(inputs.endpoint).repositories(inputs.name)
    except CloudError as error:
        show_not_compared(f"repository {inputs.name} in CAS", error)
        return False
    if len(twins) > 1:
        show(f"CAS holds {len(twins)} repositories named {inputs.name}; the empty ones are deleted")
    return len(twins) > 1


class CasRepository(
    TypedResource,
    module="cas",
    name="Repository",
    provider=CasRepositoryProvider,
    inputs=CasRepositoryInputs,
    outputs=CasRepositoryOutputs,
    secret_outputs=("kubeconfig",),
):
    """The repository of this stack; `name` is all that the other resources need of it."""

    name: pulumi.Output[str]
