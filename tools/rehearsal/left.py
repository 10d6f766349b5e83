"""What is left in cluster and cloud once both environments are destroyed: nothing, or a sentence for each."""

from typing import Any

from alibabacloud_cas20200407 import models
from alibabacloud_cas20200407.client import Client

from lab.status import read_status
from lab.upload_ca import sdk_config
from tools.demo.place import Place
from tools.rehearsal.argo_cd import Cluster
from tools.rehearsal.environments import PRODUCTION_ALBCONFIG

_CLAIM = "alb-mtls/"


def left_of(place: Place, cluster: Cluster, before: tuple[dict[str, Any], dict[str, Any]]) -> list[str]:
    """Return a sentence for each thing that is not as it was.

    Args:
        place: of the lab.
        cluster: of the lab.
        before: what AlbConfig alb, and that of production, specified in the beginning.
    """
    sentences = []
    for albconfig, spec in zip(("alb", PRODUCTION_ALBCONFIG), before, strict=True):
        now = cluster.spec(albconfig)
        if _plain(now) != _plain(spec):
            sentences.append(f"AlbConfig {albconfig} specifies {now}, and specified {spec}")
        claims = [name for name in cluster.annotations(albconfig) if name.startswith(_CLAIM)]
        sentences += [f"AlbConfig {albconfig} has the annotation {name}" for name in claims]
    cas = Client(sdk_config(read_status(place.paths), "cas"))
    for one in cas.list_cert_warehouse(models.ListCertWarehouseRequest(show_size=50)).body.cert_warehouse_list or []:
        sentences.append(f"CAS has the repository {one.name}")
    return sentences


def _plain(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a spec without what means the same absent: Git's last commit spells both out."""
    listeners = [
        {name: value for name, value in one.items() if name not in ("caEnabled", "caCertificates") or value}
        for one in spec["listeners"]
    ]
    return {**spec, "listeners": listeners}
