"""Which kinds of keys are made here."""

from dataclasses import dataclass
from typing import Literal

from alb_mtls.pki.errors import shown

RSA_SIZES = (3072, 4096)
CURVES = ("P-256", "P-384")


@dataclass(frozen=True, kw_only=True)
class KeySpec:
    """A kind of key to make.

    Attributes:
        algorithm: `rsa` or `ecdsa`.
        size: bits of an RSA modulus, 3072 or 4096; None means 4096, and nothing else goes with ecdsa.
        curve: `P-256` or `P-384`; None means P-256, and nothing else goes with rsa.
    """

    algorithm: Literal["rsa", "ecdsa"] = "rsa"
    size: int | None = None
    curve: str | None = None

    def problems(self) -> list[str]:
        """Return what keeps this kind from being made, one sentence each."""
        if self.algorithm == "rsa":
            problems = [] if self.curve is None else ["an rsa key has a size, not a curve"]
            if self.size not in (None, *RSA_SIZES):
                problems.append(f"an rsa key of {self.size} bits is not made here; choose 3072 or 4096")
            return problems
        if self.algorithm == "ecdsa":
            problems = [] if self.size is None else ["an ecdsa key has a curve, not a size"]
            if self.curve not in (None, *CURVES):
                problems.append(f"curve {shown(str(self.curve))} is not made here; choose P-256 or P-384")
            return problems
        return [f"algorithm {shown(self.algorithm)} is neither rsa nor ecdsa"]  # type: ignore[unreachable] # JSON can
