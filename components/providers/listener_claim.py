"""The claim of this stack on a listener. Module path and class names are frozen: they stand in the state.

Creating it writes nothing: it only reserves the token, so that the claim is in the state before the first write to
the AlbConfig. The switch writes the annotation. A killed switch therefore always leaves a claim whose delete finds
its annotation and restores the listener (docs/decisions/).
"""

import secrets
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from alb_mtls import session
from alb_mtls.cluster.errors import AnotherCluster, ClusterError, NoSuchAlbConfig
from alb_mtls.redaction import redact
from components.providers.base import (
    Properties,
    Provider,
    changed,
    listener_of,
    merged_outputs,
    user_facing_errors,
    without_internal,
)
from components.providers.site import with_site

if TYPE_CHECKING:
    from alb_mtls.cluster.kube_client import KubeClient

_IDENTITY = ("albConfig", "port", "protocol", "owner")
_PASSED_ALONG = ("kubeconfig", "albEndpoint", "albRegion", "casEndpoint", "seconds")
_ASKED_WITH = ("path", "serverCa", "connectTo")
_COMPUTED = ("token", "uid", "kubeSystemUid", "cluster")


class ListenerClaimProvider(Provider):
    """Holds a listener for this stack; its delete gives the listener back as it was."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Spell the site in the one way that can be compared. Pulumi calls this in preview and up."""
        return CheckResult(with_site(without_internal(news), "casEndpoint"), [])

    @user_facing_errors
    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Find another listener, or another object under the same name.

        Pulumi calls this in preview and up. Without access to the cluster nothing is found, and that is said.
        """
        moved = changed(_olds, _news, _IDENTITY)
        if moved:
            return DiffResult(changes=True, replaces=moved)
        if _was_made_anew(_olds, _news):
            return DiffResult(changes=True, replaces=["albConfig"])
        passed_along = changed(with_site(_olds, "casEndpoint"), with_site(_news, "casEndpoint"), _PASSED_ALONG)
        return DiffResult(changes=bool(passed_along) or _is_proven_otherwise(_olds, _news))

    @user_facing_errors
    def create(self, props: Properties) -> CreateResult:
        """Record which cluster and AlbConfig are meant and reserve a token. Pulumi calls this in up."""
        kube = session.session().kube(props.get("kubeconfig"))
        albconfig = kube.albconfig(props["albConfig"])
        outputs = without_internal(props) | {
            "token": secrets.token_hex(16),
            "uid": albconfig["metadata"]["uid"],
            "kubeSystemUid": kube.kube_system_uid(),
            "cluster": kube.where(),
        }
        return CreateResult(outputs["token"], outputs)

    @user_facing_errors
    def read(self, id_: str, props: Properties) -> ReadResult:
        """Say whether the AlbConfig is still the same object. Pulumi calls this in refresh."""
        kube = session.session().kube(props.get("kubeconfig"))
        refuse_another_cluster(kube, props)
        try:
            albconfig = kube.albconfig(props["albConfig"])
        except NoSuchAlbConfig:
            return ReadResult("", {})
        if albconfig["metadata"]["uid"] != props["uid"]:
            return ReadResult("", {})
        return ReadResult(id_, without_internal(props))

    @user_facing_errors
    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Take over how cluster and cloud are reached, and a restore proven, from now on. Pulumi calls this in up."""
        return UpdateResult(merged_outputs(_olds, _news, _COMPUTED))

    @user_facing_errors
    def delete(self, _id: str, _props: Properties) -> None:
        """Restore the listener and release the claim, if the claim in the cluster carries this token.

        Pulumi calls this in destroy, when the listener left the configuration, and after a replacement, whose new
        claim has taken the annotation over by then.
        """
        from alb_mtls.listeners.proof_run import proof_run
        from alb_mtls.listeners.restore import Claimed, restore

        running = session.session()
        kube = running.kube(_props.get("kubeconfig"))
        refuse_another_cluster(kube, _props)
        restore(
            Claimed(
                listener=listener_of(_props),
                token=_id,
                seconds=float(_props["seconds"]),
            ),
            kube,
            running.alb(_props.get("albEndpoint"), _props.get("albRegion") or ""),
            running.cas(_props["casEndpoint"]) if _props.get("casEndpoint") else None,
            proof_run({**_props, "enabled": False}) if _props.get("host") else None,
        )


def refuse_another_cluster(kube: "KubeClient", props: Properties) -> None:
    """Stop when the kubeconfig points at another cluster than the one the stack was made for.

    Raises:
        AnotherCluster: names both by the uid of their namespace kube-system, and by context and server.
    """
    found = kube.kube_system_uid()
    if found != props["kubeSystemUid"]:
        raise AnotherCluster(
            alb_config=props["albConfig"],
            expected=props["kubeSystemUid"],
            found=found,
            made_for=props.get("cluster"),
            leads_to=kube.where(),
        )


def _is_proven_otherwise(olds: Properties, news: Properties) -> bool:
    """Say whether a restore would be proven in another way than the state says.

    `api` was the default of `proof.mode` once: that it is `required` by now changes no resource (contract). A restore
    as the ALB API sees it is what such a state goes on to promise.
    """
    was, becomes = olds.get("proofMode") or "api", news.get("proofMode")
    if was != becomes and (was, becomes) != ("api", "required"):
        return True
    # The other modes ask nobody. No host at all is what a preview without the cluster knows.
    keys = (*_ASKED_WITH, "host") if news.get("host") else _ASKED_WITH
    return was == "required" and bool(changed(olds, news, keys))


def _was_made_anew(olds: Properties, news: Properties) -> bool:
    try:
        kube = session.session().kube(news.get("kubeconfig") if isinstance(news.get("kubeconfig"), str) else None)
        refuse_another_cluster(kube, olds)
        albconfig = kube.albconfig(olds["albConfig"])
    except AnotherCluster:
        raise
    except ClusterError as error:
        print(f"the cluster was not asked for changes: {redact(str(error))}", flush=True)  # noqa: T201 - shown by Pulumi
        return False
    made_anew = bool(albconfig["metadata"]["uid"] != olds["uid"])
    if made_anew:
        print(f"AlbConfig {olds['albConfig']} was deleted and made anew; it is claimed again", flush=True)  # noqa: T201 - shown by Pulumi
    return made_anew


class ListenerClaim(Resource, module="alb", name="ListenerClaim"):
    """A stack's claim on one listener; `token` ties the claim in the cluster to this resource."""

    token: pulumi.Output[str]

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the claim.

        Args:
            name: `<albConfig>-<port>-<protocol>-claim`.
            props: albConfig, port, protocol, owner, kubeconfig (a secret, or None), albEndpoint, albRegion,
                casEndpoint; for the proof of a restore: proofMode, seconds, host, path, serverCa, connectTo.
            opts: Pulumi's resource options; depends on every UploadedCa, so that it is deleted before them.
        """
        secret = pulumi.ResourceOptions(additional_secret_outputs=["kubeconfig"])
        super().__init__(
            ListenerClaimProvider(),
            name,
            {**dict.fromkeys(_COMPUTED), **props},
            pulumi.ResourceOptions.merge(opts, secret),
        )
