"""Reading a stack file without Pulumi, and changing one thing in its values."""

import copy
from collections.abc import Callable
from typing import Any

from alb_mtls.configuration.parse import Surroundings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from tests.helpers.certificates import NOW, ClientCredential

Change = Callable[[dict[str, Any]], object]


def surroundings(**changes: Any) -> Surroundings:
    """Return what a stack file is read with, apart from the files that it names."""
    region = {"alicloud:region": "cn-hangzhou"}
    return Surroundings(
        **{"project": "alb-mtls", "stack": "test", "region": region, "access": {}, "now": NOW, **changes}
    )


def put(path: str, value: object) -> Change:
    """Return a change that sets what stands at a path such as `clients.0.name`."""

    def change(values: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        place: Any = values
        for part in parents:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[int(last) if isinstance(place, list) else last] = copy.deepcopy(value)

    return change


IMPORTED = put("rootCa", {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"})


def files_of(root: ClientCredential) -> dict[str, str]:
    """Return the files that IMPORTED names."""
    return {"ca.pem": certificate_pem(root.certificate), "ca.key": private_key_pem(root.key)}
