"""The kubeconfig of an ACK cluster by its id, through pulumi-alicloud; other ways to name a cluster need nothing."""

import re

from alb_mtls.configuration.model import Settings
from alb_mtls.imports import import_turn
from components.printing import stop

# As the plugin quotes an answer of the API. Nothing else of its text is shown: it holds the whole request.
_CODE = re.compile(r"\bCode: *([A-Za-z][A-Za-z0-9_.]*)")


def ack_kubeconfig(settings: Settings) -> str | None:
    """Return the content of the kubeconfig when the cluster is named by `clusterId`, else None.

    Raises:
        pulumi.RunError: ACK gave none.
    """
    if settings.cluster_id is None:
        return None
    # Imported only when needed: it costs a second and needs the alicloud plugin.
    with import_turn:
        from pulumi_alicloud.cs import get_cluster_credential

    try:
        credential = get_cluster_credential(cluster_id=settings.cluster_id)
    except Exception as error:  # noqa: BLE001 - an invoke raises nothing narrower
        sentence = _sentence(settings.cluster_id, str(error))
    else:
        if credential.kube_config:
            return credential.kube_config
        sentence = _sentence(settings.cluster_id, "")
    # Raised out here so that it has no context, which would be printed too.
    raise stop(sentence)


def _sentence(cluster_id: str, answer: str) -> str:
    if "no resource plugin" in answer:
        return (
            f"clusterId: the kubeconfig of cluster {cluster_id} comes through a plugin that is not installed; run "
            "`pulumi plugin install resource alicloud`, or leave clusterId out and set kubernetes:kubeconfig"
        )
    code = _CODE.search(answer)
    named = f" ({code[1]})" if code else ""
    return (
        f"clusterId: ACK gave no kubeconfig for cluster {cluster_id}{named}; check the id, alicloud:region and the "
        "credential, and that its RAM user may call cs:DescribeClusterUserKubeconfig and has access to that cluster"
    )
