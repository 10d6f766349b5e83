"""The few keys of a stack's configuration that reaching its listeners needs. Pure: JSON in, records out.

The program itself refuses a wrong configuration by key; here a value that is not of its type counts as not given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.resources import ProofSettings
from ops.errors import OpsError

_MARK = ":rootCa"
# As documented for the keys of the same names (docs/reference/configuration.md).
_DEFAULT_PROTOCOL = "HTTPS"
# What was true at the last up should be true at once; a machine of the ALB that is just replaced may need a moment.
PROOF_SECONDS = 10
_REGION_VARIABLES = ("ALICLOUD_REGION", "ALIBABA_CLOUD_REGION_ID")


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What a stack's configuration says about where things are.

    Attributes:
        values: every key with its namespace, secrets in the clear.
        listeners: in order.
        connect_to: `host:port` by listener, for those that are reached elsewhere than at the ALB's own address.
    """

    values: Mapping[str, str] = field(repr=False)
    cas_endpoint: str | None
    alb_endpoint: str | None
    region: str
    listeners: tuple[ListenerKey, ...]
    connect_to: Mapping[ListenerKey, tuple[str, ...]]
    proof: ProofSettings

    def get(self, key: str) -> str | None:
        """Return the value of a key such as `alicloud:region`; None when it is not set or empty."""
        return self.values.get(key) or None


def parse_configuration(printed: Any, environment: Mapping[str, str]) -> Configuration:
    """Return the configuration.

    Args:
        printed: what `pulumi config --json --show-secrets` prints.
        environment: holds the region when the configuration does not, as for pulumi-alicloud.

    Raises:
        OpsError: it is of another program.
    """
    # Its namespace is the project's name. Keys with a default in Pulumi.yaml are printed whether or not they are set.
    project = next((key.partition(":")[0] for key in printed if key.endswith(_MARK)), None)
    if project is None:
        message = (
            "this is not a project of this program: its Pulumi.yaml declares no rootCa; run it in the right folder"
        )
        raise OpsError(message)
    values = {key: str(entry["value"]) for key, entry in printed.items() if entry.get("value") is not None}
    own = {
        key.removeprefix(f"{project}:"): entry.get("objectValue")
        for key, entry in printed.items()
        if key.startswith(f"{project}:")
    }
    regions = (values.get("alicloud:region"), *(environment.get(name) for name in _REGION_VARIABLES))
    listeners = list(_listeners(own.get("listeners")))
    return Configuration(
        values=values,
        cas_endpoint=_text(_object(own.get("cas")), "endpoint"),
        alb_endpoint=_text(_object(own.get("alb")), "endpoint"),
        region=next(filter(None, regions), ""),
        listeners=tuple(key for key, _ in listeners),
        connect_to={key: (address,) for key, address in listeners if address},
        proof=_proof(_object(own.get("proof"))),
    )


def _listeners(value: Any) -> list[tuple[ListenerKey, str | None]]:
    found = []
    for entry in value if isinstance(value, list) else []:
        name, port = _text(_object(entry), "albConfig"), _object(entry).get("port")
        if name is None or not str(port).isdecimal():
            continue
        protocol = (_text(entry, "protocol") or _DEFAULT_PROTOCOL).upper()
        key = ListenerKey(alb_config=name, port=int(str(port)), protocol=protocol)
        found.append((key, _text(entry, "connectTo")))
    return found


def _proof(value: Mapping[str, Any]) -> ProofSettings:
    client = _object(value.get("client"))
    return ProofSettings(
        mode="required",
        deadline_seconds=PROOF_SECONDS,
        host=_text(value, "host"),
        path=_text(value, "path") or "/",
        client_certificate_file=_text(client, "certificateFile"),
        client_key_file=_text(client, "keyFile"),
        server_ca=_text(value, "serverCa") or "system",
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Mapping[str, Any], key: str) -> str | None:
    text = value.get(key)
    return text if isinstance(text, str) and text else None
