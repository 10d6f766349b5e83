"""The preflight of the program: its stages with Pulumi's lines and Pulumi's error."""

from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.reads import Reads
from alb_mtls.listeners.snapshot import ListenerSnapshot
from alb_mtls.preflight.preflight import stopping_preflight
from alb_mtls.preflight.stopping import Stopped
from alb_mtls.progress import watched_by
from alb_mtls.session import Session
from components.printing import stop, warn, while_working


def run_preflight(
    settings: Settings, kubeconfig: str | None, session: Session | None = None, reads: Reads | None = None
) -> list[ListenerSnapshot]:
    """Look at every listener of the stack.

    Args:
        settings: of the stack.
        kubeconfig: content, when the cluster is named by id; None leaves it to configuration and KUBECONFIG.
        session: reaches cluster and cloud; None for one of its own.
        reads: that are shared with whoever else looks.

    Raises:
        pulumi.RunError: names everything that must be put right, by key.
    """
    try:
        with watched_by(while_working):
            session = session or Session(settings.access.get)
            return stopping_preflight(settings, session, kubeconfig, warn=warn, reads=reads)
    except Stopped as stopped:
        raise stop(*stopped.lines) from None
