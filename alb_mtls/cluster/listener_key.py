"""Which listener is meant, and every name that follows from it. Pure, and below everything else here."""

from dataclasses import dataclass
from typing import Final

from alb_mtls.natural_order import NaturalKey, natural

CLAIM_PREFIX: Final = "alb-mtls/claim."
HOLD_PREFIX: Final = "alb-mtls/hold."
_MOST_DIGITS: Final = 5


@dataclass(frozen=True, kw_only=True, order=True)
class ListenerKey:
    """One listener in one cluster (docs/facts/alibaba-cloud.md, Ports and protocols)."""

    alb_config: str
    port: int
    protocol: str

    @property
    def text(self) -> str:
        """Port and protocol, as the status of an AlbConfig has them: `443/HTTPS`."""
        return f"{self.port}/{self.protocol}"

    @property
    def label(self) -> str:
        """How messages name the listener."""
        return f"listener {self.text} of AlbConfig {self.alb_config}"

    @property
    def short_label(self) -> str:
        """How lists name the listener: `443/HTTPS of alb`."""
        return f"{self.text} of {self.alb_config}"

    @property
    def place(self) -> tuple[NaturalKey, int, str]:
        """What sorts listeners as people count."""
        return natural(self.alb_config), self.port, self.protocol

    @property
    def resource_name(self) -> str:
        """Stem of the names of its resources; frozen, since it stands in users' states."""
        return f"{self.alb_config}-{self.port}-{self.protocol.lower()}"

    @property
    def output_key(self) -> str:
        """Its key in the stack's output `listeners`; frozen."""
        return f"{self.alb_config}/{self.port}"

    @property
    def claim_annotation(self) -> str:
        """Key of the annotation that holds the claim on it; frozen."""
        return f"{CLAIM_PREFIX}{self.port}.{self.protocol.lower()}"

    @property
    def hold_annotation(self) -> str:
        """Key of the annotation by which a person keeps this program away from it; frozen."""
        return f"{HOLD_PREFIX}{self.port}.{self.protocol.lower()}"

    def to_json(self) -> dict[str, str | int]:
        """Return it for scripts, which find the listener by `listener`."""
        return {
            "listener": self.output_key,
            "albConfig": self.alb_config,
            "port": self.port,
            "protocol": self.protocol,
        }


def port_number(text: str) -> int | None:
    """Return a port as a number; None when it is none: a text may have more digits than Python reads."""
    return int(text) if text.isdecimal() and len(text) <= _MOST_DIGITS else None
