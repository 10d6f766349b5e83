"""What can be changed about the controller while it runs."""

from dataclasses import dataclass

from lab.settings import ControllerMode


@dataclass(kw_only=True)
class ControllerBehaviour:
    """Read again in each round.

    Attributes:
        mode: the build that the controller behaves like; `open-source` ignores `caEnabled`.
        keys_case_sensitive: False matches keys of an AlbConfig in any case.
        resync_seconds: how often everything is read again although nothing changed.
        status_seconds: how often each AlbConfig's status is written although nothing changed.
        patience_seconds: how long a listener may stay in Configuring before that counts as a failure.
    """

    mode: ControllerMode = ControllerMode.MANAGED
    keys_case_sensitive: bool = True
    resync_seconds: float = 5.0
    status_seconds: float = 5.0
    patience_seconds: float = 10.0
