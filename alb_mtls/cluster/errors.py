"""What can go wrong with the cluster, one class for each thing a person does about it.

The text of every error is one sentence or two: what failed, on which named thing, what to do next. No error
quotes a kubeconfig, a token or a certificate.
"""

from collections.abc import Sequence

from alb_mtls.listing import listing

# Of what somebody else's check says, in one sentence.
_LONGEST_WORDS = 500
# What a preview does without.
_FOR_OPERATIONS = ("customresourcedefinitions",)
# Of AlbConfigs, what holding a listener takes.
_FOR_ON_CALL = ("get", "patch")


class ClusterError(Exception):
    """Something about the cluster or an AlbConfig stops the work; the text is the whole sentence."""


class BadKubeconfig(ClusterError):
    """The kubeconfig is missing, unreadable or does not have the named context."""


class Unreachable(ClusterError):
    """The API server could not be connected to, or did not answer in time."""


class Unauthorized(ClusterError):
    """The API server does not accept the credentials of the kubeconfig (HTTP 401)."""


class Forbidden(ClusterError):
    """The user of the kubeconfig lacks an RBAC permission.

    Attributes:
        verb: such as `patch`.
        resource: such as `albconfigs.alibabacloud.com`.
        user: as the API server knows it, or None when it did not say.
    """

    def __init__(self, *, verb: str, resource: str, user: str | None, on_call: bool = False) -> None:
        """Name the missing permission.

        Args:
            verb: see the attribute.
            resource: see the attribute.
            user: see the attribute.
            on_call: see the method.
        """
        who = f"user {user}" if user else "the user of the kubeconfig"
        # In the words of newer API servers the verb goes on: impersonate-on:user-info:get.
        if verb.startswith("impersonate"):
            sentence = (
                f"{who} may not act as another user, as the key `as` of its kubeconfig requires; grant it impersonate "
                "on that user, or take `as` out"
            )
        else:
            sentence = (
                f"{who} may not {verb} {resource} in the cluster; grant it, as "
                f"{_granted_by(verb, resource, on_call=on_call)} does"
            )
        super().__init__(sentence)
        self.verb = verb
        self.resource = resource
        self.user = user

    def on_call(self) -> "Forbidden":
        """Return it with the smallest role that grants it to whoever holds listeners and runs no `up`."""
        return Forbidden(verb=self.verb, resource=self.resource, user=self.user, on_call=True)


def _granted_by(verb: str, resource: str, *, on_call: bool) -> str:
    """Return the file of rbac/ that grants it and little more."""
    kind = resource.partition(".")[0]
    if on_call and kind == "albconfigs" and verb in _FOR_ON_CALL:
        return "rbac/cluster-role-on-call.yaml"
    if kind == "deployments":
        return "rbac/controller-version-role.yaml"
    if verb == "patch":
        return "rbac/cluster-role-up.yaml"
    return f"rbac/cluster-role-{'operations' if kind in _FOR_OPERATIONS else 'preview'}.yaml"


class CrdMissing(ClusterError):
    """The cluster does not know AlbConfig."""

    def __init__(self) -> None:
        """Say what is missing."""
        super().__init__(
            "the cluster has no AlbConfig (albconfigs.alibabacloud.com/v1); install the add-on "
            "alb-ingress-controller, or choose another context of the kubeconfig"
        )


class NoSuchAlbConfig(ClusterError):
    """The cluster has no AlbConfig of this name."""

    def __init__(self, name: str, *, others: Sequence[str] | None = None) -> None:
        """Name it.

        Args:
            name: see the attribute.
            others: the AlbConfigs that there are; None when they were not looked at.
        """
        there = "list them with: kubectl get albconfig"
        if others is not None:
            there = f"it has {listing(others) or 'none'}"
        super().__init__(f"AlbConfig {name} does not exist in the cluster; {there}")
        self.name = name


class NoSuchListener(ClusterError):
    """The AlbConfig has no listener of this port and protocol; the text names those it has."""


class ListenersOfGateway(NoSuchListener):
    """The AlbConfig has no listeners of its own: a GatewayClass refers to it, and its Gateways have them."""

    def __init__(self, name: str, gateways: dict[str, list[str]]) -> None:
        """Name who uses it.

        Args:
            name: of the AlbConfig.
            gateways: the Gateways of each GatewayClass that refers to it.
        """
        served = {one: f"Gateway {', '.join(names)}" if names else "no Gateway yet" for one, names in gateways.items()}
        users = ", ".join(f"GatewayClass {one} ({text})" for one, text in served.items())
        super().__init__(
            f"AlbConfig {name} has no spec.listeners: it belongs to {users}, whose listeners stand in Gateways; no "
            "document gives a Gateway on an ALB a client CA, so no client certificate can be requested there; make an "
            "AlbConfig with an HTTPS listener, route the hosts by an Ingress on it, and name that listener in the "
            "configuration"
        )


class AmbiguousListener(ClusterError):
    """The AlbConfig has more than one listener of this port and protocol."""


class UnexpectedHosts(ClusterError):
    """Hosts are on a listener that the configuration does not allow there; their clients would be locked out."""

    def __init__(self, label: str, found: str, *, count: int) -> None:
        """Name them, and both ways on.

        Args:
            label: of the listener, which requests client certificates or is about to.
            found: what is on it, with the Ingresses.
            count: of the hosts.
        """
        them, ingresses = ("it", "the Ingress") if count == 1 else ("them", "the Ingresses")
        super().__init__(
            f"{label}: {found}; requests for {them} without a client certificate are rejected while it requests "
            f"certificates; add {them} to `hosts` of the listener in the stack file, or take {them} off the listener "
            f"(listen-ports and spec.tls of {ingresses})"
        )


class ControllerTooOld(ClusterError):
    """The ALB Ingress Controller of the cluster is of a version that has no mutual TLS."""

    def __init__(self, image: str, *, oldest: str, where: str) -> None:
        """Name it.

        Args:
            image: that its Deployment runs.
            oldest: version that can do it.
            where: its version is seen and raised.
        """
        super().__init__(
            f"the ALB Ingress Controller of this cluster runs as {image}, but mutual TLS is supported since "
            f"{oldest}, and an older one ignores caEnabled; upgrade the add-on alb-ingress-controller ({where})"
        )


class NoLoadBalancer(ClusterError):
    """The controller has not made an ALB for the AlbConfig yet."""

    def __init__(self, name: str) -> None:
        """Name the AlbConfig."""
        super().__init__(
            f"AlbConfig {name} has no ALB yet (status.loadBalancer.id is empty); look at its events: "
            f"kubectl describe albconfig {name}"
        )


class AnotherCluster(ClusterError):
    """The kubeconfig leads to another cluster than the one the stack was made for.

    Attributes:
        expected: uid of namespace kube-system where the stack was made.
        found: its uid in the cluster that the kubeconfig leads to.
    """

    def __init__(
        self, *, alb_config: str, expected: str, found: str, made_for: str | None = None, leads_to: str | None = None
    ) -> None:
        """Name both clusters by their uids, and by context and server where these are known.

        Args:
            alb_config: that is meant.
            expected: see the attribute.
            found: see the attribute.
            made_for: how the cluster was reached when the stack was made.
            leads_to: how the other one is reached now.
        """
        super().__init__(
            f"AlbConfig {alb_config}: the stack was made for a cluster whose namespace kube-system has uid "
            f"{expected}{_reached(made_for)}, but it has uid {found} here{_reached(leads_to)}; set kubernetes:context "
            "to the right cluster, or use another stack for this one"
        )
        self.expected = expected
        self.found = found


def _reached(where: str | None) -> str:
    return f" ({where})" if where else ""


def _words(text: str) -> str:
    return text[:_LONGEST_WORDS].rstrip(".")


class AdmissionDenied(ClusterError):
    """A webhook or a policy of the cluster denies a patch; no permission helps against it, and no repetition.

    Attributes:
        text: what it says, whole; its beginning stands in the sentence.
        may_pass: whether the status that came with it is one of those for troubles that pass.
    """

    def __init__(self, alb_config: str, *, by: str, text: str, may_pass: bool = False) -> None:
        """Name the AlbConfig, who denied its patch, and with which words."""
        super().__init__(
            f"{by} denied the patch of AlbConfig {alb_config}, and nothing of it was done: {_words(text)}. That is "
            "no missing permission: correct what it names, or have it allowed by whoever runs this check, and run the "
            "command again"
        )
        self.text = text
        self.may_pass = may_pass


class WebhookUnavailable(ClusterError):
    """The API server gets no answer of an admission webhook, and therefore takes no patch."""

    def __init__(self, alb_config: str, *, by: str, text: str) -> None:
        """Name the AlbConfig, the webhook, and what the API server reports."""
        super().__init__(
            f"the API server did not do the patch of AlbConfig {alb_config}, since {by} does not answer it: "
            f"{_words(text)}. See whether what serves it runs (its address: kubectl get "
            "validatingwebhookconfigurations,mutatingwebhookconfigurations -o yaml), and run the command again"
        )


class DryRunUnsupported(ClusterError):
    """The API server, or a webhook that it calls, does no dry runs; a patch itself may well pass."""

    def __init__(self, alb_config: str, *, by: str, text: str = "") -> None:
        """Name the AlbConfig, who does none, and its words where it has some of its own."""
        words = f" ({_words(text)})" if text else ""
        super().__init__(f"{by} does not support a dry run of the patch of AlbConfig {alb_config}{words}")


class PatchRejected(ClusterError):
    """The API server rejects the patch although the AlbConfig is still as it was read, or something denies it."""


class DeadlinePassed(ClusterError):
    """Something went on failing, or others went on writing, until the deadline; names the last reason."""


class UnexpectedReply(ClusterError):
    """The API server answered something that has no class of its own; the text has status and reason."""


class PatchConflict(ClusterError):
    """A patch was rejected (HTTP 422 or 409), most likely because the AlbConfig is no longer as it was read."""


class ReplyLost(ClusterError):
    """A write may or may not have had its effect; read again before repeating it."""
