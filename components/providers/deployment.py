"""The anchor of a deployment: an id that tells it from every other. Module path and class names are frozen.

Two deployments may have one project and stack name: a laptop beside CI, a wrong backend URL, a lost state. The id lies
in the state alone, so that a state that was migrated, restored or renamed keeps it. Claims carry it, and it decides
whether a listener is refused. Everything else depends on the anchor, so that what it refuses stops a preview, and an
`up` before anything is uploaded.
"""

import secrets

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.generation_numbers import newest_of, used_numbers
from alb_mtls.listeners.other_deployments import held_by_others
from alb_mtls.properties import from_props, to_props
from alb_mtls.resources import DeploymentInputs, DeploymentOutputs
from components.providers import process
from components.providers.base import Properties, Provider, is_unknown, refused, user_facing_errors, without_internal
from components.providers.resource import TypedResource


class DeploymentProvider(Provider):
    """Draws the id once and keeps it, and refuses listeners that another deployment holds."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Refuse held listeners while this state has no id yet. Pulumi calls this in preview and up.

        The highest number of a generation goes into the inputs, which the state keeps; those of before are for root CAs
        that are not in the state, whose `check` comes after this one. What the program has read is for the diffs of
        this run: it goes no further, so that the state never has it and no run differs from another by it.
        """
        process.know_program()
        news = without_internal(news)
        new = from_props(DeploymentInputs, news)
        old = from_props(DeploymentInputs, _olds) if _olds else None
        newest = newest_of(old, new)
        news = news if newest is None else {**news, "newestGeneration": newest}
        process.know_look(None if is_unknown(new.look) else new.look)
        news.pop("look", None)
        process.know_numbers(None if old is None else used_numbers(old))
        return refused(news, *([] if _olds else _refused(new, None)))

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Refuse listeners that another deployment holds. Pulumi calls this in preview and up.

        Nothing else is ever a change: an update would make the id unknown in a preview, and with it everything. The
        state takes new inputs along all the same.
        """
        _refuse(from_props(DeploymentInputs, _news), _id)
        return DiffResult(changes=False)

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Draw the id. Pulumi calls this in the first up, and when somebody replaces the anchor by hand."""
        inputs = from_props(DeploymentInputs, props)
        _refuse(inputs, None)
        deployment = secrets.token_hex(16)
        return CreateResult(deployment, to_props(DeploymentOutputs(**vars(inputs), deployment=deployment)))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds: the id lives nowhere else. Pulumi calls this in refresh."""
        return ReadResult(id_, without_internal(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Keep the id. Pulumi calls this only when the provider's own code moved."""
        inputs = from_props(DeploymentInputs, _news)
        return UpdateResult(to_props(DeploymentOutputs(**vars(inputs), deployment=_id)))

    def delete(self, _id: str, _props: Properties) -> None:
        """Forget the id. Pulumi calls this in destroy, after everything that depends on it."""


def _refused(inputs: DeploymentInputs, deployment: str | None) -> list[str]:
    return [] if is_unknown(inputs.found) else [str(error) for error in held_by_others(inputs.found, deployment)]


def _refuse(inputs: DeploymentInputs, deployment: str | None) -> None:
    refused = _refused(inputs, deployment)
    if refused:
        raise OperationFailed("\n".join(refused))


class Deployment(
    TypedResource,
    module="stack",
    name="Deployment",
    provider=DeploymentProvider,
    inputs=DeploymentInputs,
    outputs=DeploymentOutputs,
):
    """The anchor in the state; `deployment` is the id that claims carry."""

    deployment: pulumi.Output[str]
