"""Whether the cluster is the one that a stack was made for: a name alone does not say it."""

from alb_mtls.cluster.errors import AnotherCluster, CrdMissing
from alb_mtls.cluster.kube_client import KubeClient


def refuse_another_cluster(kube: KubeClient, uid: str, *, alb_config: str, made_for: str | None = None) -> None:
    """Stop when the kubeconfig leads to another cluster than the one the stack was made for.

    Args:
        kube: the cluster that the kubeconfig leads to.
        uid: of namespace kube-system where the stack was made.
        alb_config: that is meant.
        made_for: how the cluster was reached then; None when that is not known.

    Raises:
        AnotherCluster: names both by uid, and by context and server.
    """
    found = kube.kube_system_uid()
    if found != uid:
        raise AnotherCluster(alb_config=alb_config, expected=uid, found=found, made_for=made_for, leads_to=kube.where())


def has_no_albconfigs(kube: KubeClient) -> bool:
    """Say whether the cluster does not know AlbConfig any more: with the definition all of them went.

    What answers for a path alone may be a proxy.

    Raises:
        ClusterError: nobody answered.
    """
    try:
        kube.crd()
    except CrdMissing:
        return True
    return False
