"""The cluster of a new stack: which context is meant, and what routes to its AlbConfigs."""

from dataclasses import dataclass

from alb_mtls.cluster.kube_client import KubeClient
from alb_mtls.cluster.kubeconfig_files import read_kubeconfig
from alb_mtls.cluster.listener import AlbConfig
from alb_mtls.cluster.routes import Object
from alb_mtls.listing import listing
from ops.init.questions import Questions, Unusable


@dataclass(frozen=True, kw_only=True)
class ClusterFound:
    """What a cluster has of AlbConfigs, and of what routes to them."""

    albconfigs: tuple[AlbConfig, ...]
    ingresses: tuple[Object, ...]
    ingress_classes: tuple[Object, ...]


def choose_context(questions: Questions, kubeconfig: str | None, given: str | None) -> str | None:
    """Return the context that the stack names; None when it is missing, which is remembered.

    Args:
        questions: asks, where the kubeconfig has several.
        kubeconfig: a path; None for KUBECONFIG or `~/.kube/config`.
        given: with a flag.

    Raises:
        BadKubeconfig: it cannot be used.
    """
    found = read_kubeconfig(kubeconfig)
    names, current = list(found.contexts), found.current_context
    if given is None and len(names) == 1:
        return names[0]

    def known(name: str) -> str:
        if name not in names:
            message = f"the kubeconfig {found.source} has no context {name}; it has {listing(names) or 'none'}"
            raise Unusable(message)
        return name

    if questions.terminal and given is None:
        questions.say(f"the kubeconfig {found.source} has the contexts {listing(names)}")
    return questions.value(
        "--context",
        "Context of the cluster",
        given=given,
        # In a terminal a person sees which cluster is suggested; elsewhere nobody does.
        default=current if questions.terminal and current in names else None,
        missing=(
            f"the kubeconfig {found.source} has {len(names)} contexts, and a stack is for one cluster; name one of "
            f"{listing(names) or 'none'}"
        ),
        check=known,
    )


def look_at(kube: KubeClient) -> ClusterFound:
    """Read the cluster.

    Raises:
        ClusterError: it cannot be reached, or this user may not read it.
    """
    return ClusterFound(
        albconfigs=tuple(kube.albconfigs()),
        ingresses=tuple(kube.ingresses()),
        ingress_classes=tuple(kube.ingress_classes()),
    )
