"""A kubeconfig that leads to another cluster than before."""

from typing import Any, cast

import pytest

from alb_mtls.cluster.errors import AnotherCluster
from alb_mtls.cluster.identity import refuse_another_cluster
from alb_mtls.cluster.kube_client import KubeClient


class _Cluster:
    def kube_system_uid(self) -> str:
        return "5"

    def where(self) -> str:
        return "context prod, https://server"


def test_the_cluster_of_before_is_taken_and_every_other_one_is_not() -> None:
    kube: Any = _Cluster()
    refuse_another_cluster(cast("KubeClient", kube), "5", alb_config="alb")
    for uid in ("4", "6"):
        with pytest.raises(AnotherCluster, match="context prod, https://server"):
            refuse_another_cluster(cast("KubeClient", kube), uid, alb_config="alb")
