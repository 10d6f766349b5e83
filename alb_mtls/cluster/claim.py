"""The claim: which stack holds a listener, and what it held before; an annotation of the AlbConfig. Pure.

Key and value are fixed by docs: annotation `alb-mtls/claim.<port>.<protocol, lower case>`, value
`{"owner", "token", "attempt", "previous"}`. It stands in the cluster, not in the Pulumi state, because a
killed `create` leaves nothing in the state.
"""

import json
from dataclasses import dataclass
from typing import Any

from alb_mtls.cluster.errors import MalformedClaim
from alb_mtls.cluster.listener import CA_CERTIFICATES, CA_ENABLED, AlbConfig
from alb_mtls.cluster.listener_key import ListenerKey


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One stack's hold on one listener.

    Attributes:
        owner: `<project>/<stack>`.
        token: of the ListenerClaim resource; only its delete restores the listener.
        attempt: id of the run that writes now; every write of a run tests that it still stands here.
        previous: `caEnabled` and `caCertificates` as they were before the stack came, only those that were
            there.
    """

    owner: str
    token: str
    attempt: str | None
    previous: dict[str, Any]

    def to_text(self) -> str:
        """Return the value of the annotation: canonical JSON, so that equal claims are equal texts."""
        value = {"owner": self.owner, "token": self.token, "attempt": self.attempt, "previous": self.previous}
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def claim_text(albconfig: AlbConfig, listener: ListenerKey) -> str | None:
    """Return the annotation as it stands in the AlbConfig."""
    annotations = albconfig["metadata"].get("annotations") or {}
    text: str | None = annotations.get(listener.claim_annotation)
    return text


def read_claim(albconfig: AlbConfig, listener: ListenerKey) -> Claim | None:
    """Read the claim on a listener.

    Raises:
        MalformedClaim: somebody edited the annotation, so that what the listener held before cannot be known.
    """
    text = claim_text(albconfig, listener)
    if text is None:
        return None
    claim = _parsed(text)
    if claim is None:
        name, key = listener.alb_config, listener.claim_annotation
        sentence = (
            f"annotation {key} of AlbConfig {name} is not a claim as this program writes it; correct it, or, "
            f"when no stack holds the listener, remove it: kubectl annotate albconfig {name} {key}-"
        )
        raise MalformedClaim(sentence)
    return claim


def _parsed(text: str) -> Claim | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.keys() != {"owner", "token", "attempt", "previous"}:
        return None
    owner, token, attempt, previous = (value[key] for key in ("owner", "token", "attempt", "previous"))
    if not (isinstance(owner, str) and owner and isinstance(token, str) and token):
        return None
    if not isinstance(attempt, str | None):
        return None
    if not isinstance(previous, dict) or not previous.keys() <= {CA_ENABLED, CA_CERTIFICATES}:
        return None
    return Claim(owner=owner, token=token, attempt=attempt, previous=previous)
