"""The world as the program may change it: AlbConfigs and the contents of CAS, to be compared before and after."""

from dataclasses import dataclass
from typing import Any

from alibabacloud_cas20200407 import models as cas_models

from lab.controller.hash_label import HASH_LABEL
from tests.helpers.lab import LabHandle

# They move with every write of anybody, status included.
_BOOKKEEPING = ("managedFields", "resourceVersion", "generation")


@dataclass(frozen=True, kw_only=True)
class World:
    """All of it, without what changes by itself.

    Attributes:
        albconfigs: by name, whole objects but for bookkeeping and status.
        repositories: names in CAS.
        certificates: identifiers in CAS.
    """

    albconfigs: dict[str, Any]
    repositories: list[str]
    certificates: list[str]

    @classmethod
    def of(cls, lab: LabHandle) -> "World":
        """Look at the world now."""
        albconfigs = {name: _lasting(lab.albconfig(name)) for name in lab.status["albconfigs"]}
        repositories = lab.cas.list_warehouse(cas_models.ListWarehouseRequest(max_results=100)).body
        certificates = lab.cas.list_cert(cas_models.ListCertRequest(show_size=100)).body
        return cls(
            albconfigs=albconfigs,
            repositories=sorted(r.warehouse_name for r in repositories.data or []),
            certificates=sorted(c.identifier for c in certificates.cert_list or []),
        )

    def element(self, albconfig: str, port: int) -> dict[str, Any]:
        """Return an HTTPS listener of an AlbConfig."""
        listeners = self.albconfigs[albconfig]["spec"]["listeners"]
        found: dict[str, Any] = next(e for e in listeners if e["port"] == port and e["protocol"] == "HTTPS")
        return found


def _lasting(albconfig: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: value for key, value in albconfig["metadata"].items() if key not in _BOOKKEEPING}
    # The controller's own, which follows a little later: the hash of what it has reconciled.
    labels = {key: value for key, value in metadata.pop("labels", {}).items() if key != HASH_LABEL}
    metadata |= {"labels": labels} if labels else {}
    return {**{k: v for k, v in albconfig.items() if k != "status"}, "metadata": metadata}
