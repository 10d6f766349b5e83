"""What the load balancer of a listener stops, before anything is touched: its edition, and who has it."""

from collections.abc import Iterator
from functools import partial

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.findings import Finding
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.edition import edition_revert, refused_edition
from alb_mtls.listeners.ownership import OwnCa
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.session import Session
from components.printing import warn


def own_ca_of(settings: Settings) -> OwnCa:
    """Return what the stack's own CA is known by."""
    return OwnCa(
        identifier=settings.root_ca.identifier,
        certificate_pem=settings.root_ca.certificate_pem,
        repository=settings.cas.repository if settings.cas.repository_owned else None,
        subject=settings.root_ca.subject,
    )


class LoadBalancers:
    """Judges the load balancers of a stack's listeners; who switches off is stopped by none."""

    def __init__(self, settings: Settings, session: Session) -> None:
        """Take the settings of the stack, and what reaches cluster and cloud."""
        self._settings = settings
        self._session = session
        self._warned: set[Finding] = set()

    def problems(self, snapshot: ListenerSnapshot) -> Iterator[str]:
        """Yield why an `up` must not write to a listener, and warn of what a run that goes on brings about."""
        alb, enabled = snapshot.load_balancer, self._settings.enabled
        if alb is None or snapshot.albconfig is None:
            return
        refused = refused_edition(alb, self._settings.alb_editions) if enabled else None
        if refused is not None:
            yield f"{snapshot.key.label}: {refused}"
        revert = edition_revert(snapshot.albconfig, alb)
        if revert is None:
            return
        if enabled and not self._surely_stays(snapshot):
            yield revert.text
        elif revert not in self._warned:
            self._warned.add(revert)
            warn(revert.text if enabled else f"{revert.text}; switching off is not stopped by it")

    def _surely_stays(self, snapshot: ListenerSnapshot) -> bool:
        """Say whether an `up` will surely write nothing to the listener: it stands, with a CA that is this stack's."""
        settings, state = self._settings, snapshot.state
        if state is None or snapshot.will_change(enabled=settings.enabled):
            return False
        if settings.root_ca.source == "generated":
            # Another one is another generation, which the configuration would name.
            return True
        own_ca, cas = own_ca_of(settings), partial(self._session.cas, settings.cas.endpoint)
        try:
            return all(own_ca.is_meant_by(one, cas) for one in state.identifiers)
        except CloudError:
            return False
