"""Sessions that are opened with a certificate which must count for nothing after a change."""

from collections.abc import Iterator
from dataclasses import replace

from alb_mtls.handshake.baseline import PROBE_SECONDS, Baseline, Probe
from alb_mtls.handshake.checks import ProbeRoute
from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.plans import leading_routes
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.tls import TlsSession


def with_sessions_of(former: ClientCredential | None, before: Baseline, *, send: Probe = probe) -> Baseline:
    """Return a baseline with the sessions of a client that is accepted by now, and must not be any more later.

    Args:
        former: the client; None for nobody.
        before: what clients without a certificate met.
        send: sends one request.
    """
    return before if former is None else replace(before, former_sessions=dict(_opened(former, before, send)))


def _opened(former: ClientCredential, before: Baseline, send: Probe) -> Iterator[tuple[ProbeRoute, TlsSession]]:
    for route in leading_routes(before.routes):
        result = send(route.target, credential=former, tls=route.tls, http=route.http, deadline_seconds=PROBE_SECONDS)
        if result.accepted and result.requested and result.session is not None:
            yield route, result.session
