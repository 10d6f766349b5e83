"""The CAS repository of this stack. Module path and class names are frozen: they stand in the state.

It is in the state before anything is written to CAS, and its delete sweeps by name and by content. So whatever a
killed upload left behind is found by a destroy that knows nothing of that upload
(docs/decisions/2026-11-23-the-repository-is-an-anchor.md).
"""

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.imports import import_turn
from alb_mtls.listeners.repository_names import is_own_name, name_of
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

# Whose the repository is, and how it is reached, changes nothing in CAS.
_KEPT_UP_TO_DATE = ("owned", "generated", "alb", "deployment", "kubeconfig")


class CasRepositoryProvider(Provider):
    """Holds the name of the repository; the first upload creates it when it is ours."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Complete our own name by the id of the deployment, and keep it whatever the stack is called.

        Pulumi calls this in preview and up, and for a replacement once more without the old inputs. A name that
        another deployment could derive, that one would find and delete.
        """
        news = without_internal(news)
        if news.get("owned"):
            news["name"] = _own_name(_olds, news["name"], news["deployment"])
        return CheckResult(news, [])

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
        with import_turn:
            from alb_mtls.listeners.owned_in_cas import require_repository

        inputs = from_props(CasRepositoryInputs, props)
        require_repository(process.session().cas(inputs.endpoint), inputs)
        process.add_repository(inputs.name)
        return CreateResult(inputs.name, to_props(inputs))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds; a lost repository is found and healed through the certificate in it.

        Pulumi calls this in refresh.
        """
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Remove empty repositories of our name beside the one in use. Pulumi calls this in up."""
        with import_turn:
            from alb_mtls.listeners.owned_in_cas import delete_empty_twins, require_repository

        old, new = from_props(CasRepositoryOutputs, _olds), from_props(CasRepositoryInputs, _news)
        cas = process.session().cas(new.endpoint)
        if old.owned != new.owned:
            require_repository(cas, new)
        if new.owned:
            delete_empty_twins(cas, new.name)
        return UpdateResult(to_props(new))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the repository when it is ours, with whatever of ours is still in it.

        Pulumi calls this in destroy, after every certificate in the state has been deleted. What is found here was
        uploaded by a run that was killed before it could tell, or is a second copy whose upload seemed lost. It calls
        this after a replacement too: the new endpoint may be another way to the same site, and then what is in use by
        now stays.
        """
        with import_turn:
            from alb_mtls.listeners.owned_in_cas import sweep
            from components.providers.cas_deletion import Deletion

        outputs = from_props(CasRepositoryOutputs, _props)
        deletion = Deletion.of(outputs)
        sweep(deletion.cas, outputs, delete=deletion.delete, show=show)


def _own_name(olds: Properties, stem: str, deployment: object) -> str:
    """Return the name of our own repository: the one that the state holds, or a new one."""
    held = olds.get("name")
    if isinstance(held, str) and (olds.get("owned") or is_own_name(held, stem)):
        return held
    # In the first preview there is no id yet.
    return stem if is_unknown(deployment) else name_of(stem, str(deployment))


def _has_twin(inputs: CasRepositoryInputs) -> bool:
    if not inputs.owned or is_unknown(inputs.endpoint):
        return False
    look = process.look_at_cas(inputs.endpoint)
    if look is not None and look.has_no_twin(inputs.name):
        return False
    with import_turn:
        from alb_mtls.listeners.owned_in_cas import twins

    try:
        found = twins(process.session().cas(inputs.endpoint), inputs.name)
    except CloudError as error:
        show_not_compared(f"repository {inputs.name} in CAS", error)
        return False
    if found:
        show(f"CAS holds {len(found)} repositories named {inputs.name}; the empty ones are deleted")
    return bool(found)


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
