"""Requests of a survey to its listener, and how they are rejected, closer than a proof has to look."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from alb_mtls.handshake.credentials import ClientCredential
from alb_mtls.handshake.http_exchange import HttpVersion
from alb_mtls.handshake.observation import Observation, Verdict
from alb_mtls.handshake.probe import probe
from alb_mtls.handshake.target import Target
from alb_mtls.handshake.tls import TlsSession, TlsVersion

_SECONDS = 10.0
_AT_ONCE = 8

_HOW = {
    Verdict.ACCEPTED: "accepted",
    Verdict.REJECTED_BY_ALERT: "alert",
    Verdict.REJECTED_BY_PAGE: "page",
    Verdict.UNSUPPORTED_VERSION: "unsupported",
}
_BAD_REQUEST = 400


@dataclass(frozen=True, kw_only=True)
class Prober:
    """Sends requests to every address of a listener.

    Attributes:
        targets: of the listener, each once; single requests go to the first.
    """

    targets: Sequence[Target]

    def ask(
        self,
        credential: ClientCredential | None,
        *,
        tls: TlsVersion | None = None,
        http: HttpVersion = "1.1",
        session: TlsSession | None = None,
    ) -> Observation:
        """Send one request over a new connection."""
        return probe(
            self.targets[0], credential=credential, tls=tls, http=http, session=session, deadline_seconds=_SECONDS
        )

    def ask_all(self, number: int) -> list[Observation]:
        """Send requests without a certificate over new connections, spread over all addresses."""
        targets = [self.targets[each % len(self.targets)] for each in range(number)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda one: probe(one, credential=None, deadline_seconds=_SECONDS), targets))


def refusal_of(shown: Observation) -> dict[str, Any]:
    """Return how a request was answered: which alert, which page, or how the connection ended."""
    how = _HOW.get(shown.verdict, "unanswered")
    if shown.verdict is Verdict.REJECTED_BY_RESET:
        how = "eof" if shown.closed else "reset"
    if shown.accepted and shown.status == _BAD_REQUEST:
        # A page that names no certificate: whoever reads the report compares it with that of a valid client.
        how = "answer"
    alert = shown.alert if shown.verdict is Verdict.REJECTED_BY_ALERT else None
    return {"how": how, "alert": alert, "status": shown.status, "title": shown.title}
