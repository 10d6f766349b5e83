"""The kubeconfig of an ACK cluster by its id, through pulumi-alicloud; other ways to name a cluster need nothing."""

import pulumi

from components.configuration.model import Settings


def kubeconfig_for(settings: Settings) -> str | None:
    """Return the content of the kubeconfig when the cluster is named by `clusterId`, else None.

    Raises:
        pulumi.RunError: ACK gave none.
    """
    if settings.cluster_id is None:
        return None
    # Imported only when asked for: it costs a second and needs the alicloud plugin.
    from pulumi_alicloud.cs import get_cluster_credential  # noqa: PLC0415

    credential = get_cluster_credential(cluster_id=settings.cluster_id)
    if not credential.kube_config:
        message = (
            f"clusterId: ACK gave no kubeconfig for cluster {settings.cluster_id}; the RAM user needs "
            "cs:DescribeClusterUserKubeconfig and access to that cluster"
        )
        raise pulumi.RunError(message)
    return credential.kube_config
