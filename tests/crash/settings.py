"""The configuration of a run, as far as it differs between operations."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The configuration of a run.

    Attributes:
        enabled: request client certificates.
        listeners: how many of `LISTENERS`.
        generations: of the root CA, 1 and 2 or one of them; the last one issues all clients.
        trusted: by the listeners, of those.
        abandoned: whose clients may be rejected.
        clients: by name; one with a `/` belongs to a fleet.
        validity: of their certificates, with when they are renewed.
        take_over: what of somebody else is on the listener may be replaced: a CA, or the claim of a deployment.
        wrong_client: prove with a client of another CA, so that the proof fails and the listener is put back.
        hosts: that are allowed on the listeners; None allows all.
        of_git: Git owns the AlbConfigs, so that nothing is written to them.
    """

    enabled: bool = True
    listeners: int = 1
    generations: tuple[int, ...] = (1,)
    trusted: int = 1
    abandoned: tuple[int, ...] = ()
    clients: tuple[str, ...] = ("alice",)
    validity: tuple[str, str] = ("365d", "33%")
    take_over: bool = False
    wrong_client: bool = False
    hosts: tuple[str, ...] | None = None
    of_git: bool = False

    @property
    def newest(self) -> int:
        """The generation that issues all clients."""
        return self.generations[-1]

    @property
    def crosses(self) -> bool:
        """Whether clients send a cross certificate."""
        return len(self.generations) > 1
