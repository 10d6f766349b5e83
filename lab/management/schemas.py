"""What goes over the management port and is no value of the lab itself."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lab.interception import OF_WEBHOOKS, Fault, FaultKind, Hold, HoldStage
from lab.settings import ControllerMode

_LONGEST_LATENCY_SECONDS = 600
_WRITES = (("kubernetes", ["patch"]), ("kubernetes", ["dry-run", "patch"]))


class NewFault(BaseModel):
    """A fault to set."""

    model_config = ConfigDict(extra="forbid")

    kind: FaultKind
    service: Annotated[Literal["cas", "alb", "kubernetes", "*"], Field(description="Whose API.")] = "*"
    api: Annotated[
        str,
        Field(
            min_length=1,
            description="Shell-style pattern: `UploadPCACert`, `patch albconfigs`, `patch albconfigs*`, `*`.",
        ),
    ] = "*"
    first: Annotated[int, Field(ge=1, description="First matching call to meet it, counted from now.")] = 1
    times: Annotated[int | None, Field(ge=1, description="How many calls meet it; null for all.")] = 1
    seconds: Annotated[
        float | None, Field(gt=0, le=_LONGEST_LATENCY_SECONDS, description="Of a latency, and only there.")
    ] = None
    stage: Annotated[HoldStage | None, Field(description="Of a hold, and only there.")] = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        for name, value, kind in (
            ("seconds", self.seconds, FaultKind.LATENCY),
            ("stage", self.stage, FaultKind.HOLD),
        ):
            if (value is not None) != (self.kind is kind):
                message = f"`{name}` must be given with kind {kind}, and with no other"
                raise ValueError(message)
        if self.kind in OF_WEBHOOKS and (self.service, self.api.split()[:-1]) not in _WRITES:
            message = (
                f"kind {self.kind} is met by `patch albconfigs` and `dry-run patch albconfigs` of `kubernetes` only"
            )
            raise ValueError(message)
        return self

    def fault(self) -> Fault:
        """Return the rule."""
        return Fault(**self.model_dump(exclude_none=True) | {"times": self.times})


class HoldView(BaseModel):
    """A call that stands still."""

    id: int
    fault: int
    stage: HoldStage
    service: str
    api: str
    number: Annotated[int, Field(description="Place among the calls of this API since the journal was cleared.")]
    caller: str
    target: str

    @classmethod
    def of(cls, hold: Hold) -> Self:
        """Show a hold."""
        entry = hold.entry
        return cls(
            id=hold.id,
            fault=hold.fault,
            stage=hold.stage,
            service=entry.service,
            api=entry.api,
            number=entry.number,
            caller=entry.caller,
            target=entry.target,
        )


class ControllerView(BaseModel):
    """The controller."""

    mode: ControllerMode
    held: bool


class ControllerChange(BaseModel):
    """A change of the controller."""

    model_config = ConfigDict(extra="forbid")

    mode: ControllerMode


class NewAuthority(BaseModel):
    """A private CA to buy."""

    common_name: str = Field(min_length=1, max_length=59)
    days: int = Field(default=3650, ge=1, le=36500)


class SettledView(BaseModel):
    """Whether anything is left to do."""

    settled: bool
    because: Annotated[list[str], Field(description="What is left to do; empty when settled.")]
