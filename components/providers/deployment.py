"""The anchor of a deployment: an id that tells it from every other. Module path and class names are frozen.

Two deployments may have one project and stack name: a laptop beside CI, a wrong backend URL, a lost state. The id lies
in the state alone, so that a state that was migrated, restored or renamed keeps it. Claims carry it: it says whose a CA
is that a claim names. Whether a listener is refused goes by `owner` (alb_mtls/listeners/ownership.py).
"""

import secrets

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from alb_mtls.properties import from_props, to_props
from alb_mtls.resources import DeploymentInputs, DeploymentOutputs
from components.providers.base import Properties, Provider, changed, without_internal
from components.providers.resource import TypedResource


class DeploymentProvider(Provider):
    """Draws the id once and keeps it."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Take the inputs as they are. Pulumi calls this in preview and up."""
        return CheckResult(without_internal(news), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find another owner, as a renamed stack has; never a replacement. Pulumi calls this in preview and up."""
        old, new = from_props(DeploymentOutputs, _olds), from_props(DeploymentInputs, _news)
        return DiffResult(changes=bool(changed(old, new, ("owner",))))

    def create(self, props: Properties) -> CreateResult:
        """Draw the id. Pulumi calls this in the first up."""
        inputs = from_props(DeploymentInputs, props)
        deployment = secrets.token_hex(16)
        return CreateResult(deployment, to_props(DeploymentOutputs(owner=inputs.owner, deployment=deployment)))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Return what the state holds: the id lives nowhere else. Pulumi calls this in refresh."""
        return ReadResult(id_, without_internal(props))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over the name of the stack. Pulumi calls this in up."""
        inputs = from_props(DeploymentInputs, _news)
        return UpdateResult(to_props(DeploymentOutputs(owner=inputs.owner, deployment=_id)))

    def delete(self, _id: str, _props: Properties) -> None:
        """Forget the id. Pulumi calls this in destroy, after everything that depends on it."""


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
