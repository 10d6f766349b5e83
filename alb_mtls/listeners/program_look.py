"""What the program read before it registered anything, for the diffs of the same run. Pure.

A diff takes from it only that there is nothing to do. Whatever else it shows, or does not show, the provider reads
itself and judges by that: so nothing that is said, stopped at or changed comes from a look that may be old by then
(docs/decisions/2026-11-28-one-look-serves-program-and-providers.md).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.aliyun.certificates import same_certificate
from alb_mtls.cluster.identity_headers import PARENT
from alb_mtls.cluster.listener import CA_CERTIFICATES, CA_ENABLED, AlbConfig, listeners_of, name_of
from alb_mtls.cluster.listener_key import CLAIM_PREFIX, HOLD_PREFIX, ListenerKey

# A call that nobody answers takes as long.
SECONDS_IT_COUNTS: Final = 10.0
_OF_A_LISTENER = ("port", "protocol", CA_ENABLED, CA_CERTIFICATES, PARENT)


@dataclass(frozen=True, kw_only=True)
class CasLook:
    """What lies in the repositories that may be a stack's.

    Attributes:
        endpoint: of the site, as configured.
        repositories: name and content of each, the content by identifier with the serial number that CAS lists.
        certificates: PEM by identifier, of those that a stack may have put there.
    """

    endpoint: str
    repositories: tuple[tuple[str, Mapping[str, str | None]], ...] = ()
    certificates: Mapping[str, str] = field(default_factory=dict)

    def has_no_twin(self, name: str) -> bool:
        """Say whether there is one repository of a name for sure; one that is not listed may have had another name."""
        return [one for one, _ in self.repositories].count(name) == 1

    def holds(self, identifier: str, pem: str) -> bool:
        """Say whether a certificate is there for sure."""
        return same_certificate(self.certificates.get(identifier, ""), pem)

    def has_no_copy(self, identifier: str, repository: str) -> bool:
        """Say whether a certificate has no second copy beside it for sure: each has another serial number.

        In whichever of its two spellings CAS lists it, so that nobody has to read one out of the certificate.
        """
        listed = [content for name, content in self.repositories if name == repository]
        own = {number for content in listed for number in _serials(content.get(identifier))}
        others = [_serials(serial) for content in listed for one, serial in content.items() if one != identifier]
        return bool(listed) and all(own and numbers and own.isdisjoint(numbers) for numbers in others)


@dataclass(frozen=True, kw_only=True)
class ProgramLook:
    """What was found; what is missing was not read, or nobody answered.

    Attributes:
        kube_system_uid: tells the cluster from others.
        albconfigs: by name, with nothing but what a diff judges.
        listeners: at the ALB, by `output_key`.
        cas: None when nothing of a stack can be there.
        began: when the first of it was read, in seconds of the clock on the wall: other clocks stand still while a
            machine sleeps, or differ between processes.
    """

    kube_system_uid: str | None = None
    albconfigs: Mapping[str, AlbConfig] = field(default_factory=dict)
    listeners: Mapping[str, Listener] = field(default_factory=dict)
    cas: CasLook | None = None
    began: float = 0.0

    def is_recent(self, now: float) -> bool:
        """Say whether it still counts; whoever set the clock back meanwhile makes it old."""
        return 0 <= now - self.began <= SECONDS_IT_COUNTS

    def on_alb(self, listener: ListenerKey) -> Listener | None:
        """Return a listener at the ALB; None where it is missing."""
        return self.listeners.get(listener.output_key)

    def cas_at(self, endpoint: str) -> CasLook | None:
        """Return what was found at a site of CAS; None at another one."""
        return self.cas if self.cas is not None and self.cas.endpoint == endpoint else None

    def to_text(self) -> str:
        """Return it as text: Pulumi would drop what is null in it, which is not the same as absent."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def of_text(cls, text: str) -> "ProgramLook":
        """Return what a text of `to_text` says."""
        value = json.loads(text)
        cas = value["cas"]
        if cas is not None:
            cas = CasLook(**{**cas, "repositories": tuple((name, content) for name, content in cas["repositories"])})
        return cls(
            **{**value, "cas": cas, "listeners": {key: _listener(one) for key, one in value["listeners"].items()}}
        )


def judged_part(albconfig: AlbConfig) -> AlbConfig:
    """Return what a diff judges of an AlbConfig: claims, holds, and the fields of listeners that are this program's."""
    metadata = albconfig["metadata"]
    annotations = {
        key: text
        for key, text in (metadata.get("annotations") or {}).items()
        if key.lower().startswith((CLAIM_PREFIX, HOLD_PREFIX))
    }
    listeners = [
        {name: element[name] for name in _OF_A_LISTENER if name in element} for _, element in listeners_of(albconfig)
    ]
    return {
        "metadata": {"name": name_of(albconfig), "uid": metadata["uid"], "annotations": annotations},
        "spec": {"listeners": listeners},
    }


def _listener(value: dict[str, Any]) -> Listener:
    return Listener(**{**value, "ca_identifiers": tuple(value["ca_identifiers"])})


def _serials(text: str | None) -> frozenset[int]:
    """Return the numbers that a listed serial number may stand for, read as hexadecimal and as decimal."""
    digits = re.sub(r"[\s:]", "", text or "").lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]{1,64}", digits):
        return frozenset()
    return frozenset([int(digits, 16), *([int(digits)] if digits.isdecimal() else [])])
