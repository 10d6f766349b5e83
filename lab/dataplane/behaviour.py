"""What can be changed about the data plane while it runs."""

from dataclasses import dataclass

from lab.settings import RefusalStyle


@dataclass(kw_only=True)
class DataPlaneBehaviour:
    """Read again within half a second after a change.

    Attributes:
        refusal: how listeners reject requests.
        backend_works: False lets every forwarded request fail with 502.
        listeners_settle: False leaves changed listeners in Configuring, though they serve already.
    """

    refusal: RefusalStyle = RefusalStyle.ALERT
    backend_works: bool = True
    listeners_settle: bool = True
