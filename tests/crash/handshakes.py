"""Handshakes with the listeners after a recovery, by curl and not by the program's code."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from ops.state_records import ClientRecord
from tests.helpers.certificates import ClientCredential, make_client
from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import ask, held

_BACKEND_SAYS = "old"


def broken_at(lab: LabHandle, albconfig: str, *, trusted: ClientCredential | None, folder: Path) -> Iterator[str]:
    """Yield what listener 443/HTTPS of an AlbConfig does wrong.

    Args:
        lab: whose listener.
        albconfig: whose listener.
        trusted: root CA whose clients alone are accepted; None accepts everybody.
        folder: for the client's files.
    """
    without = ask(lab, folder=folder, albconfig=albconfig)
    if trusted is None:
        if without != _BACKEND_SAYS:
            yield f"{albconfig}/443: without a certificate it answers {without}, and should accept everybody"
        return
    if without != "refused":
        yield f"{albconfig}/443: a client without a certificate is accepted: {without}"
    answer = ask(lab, client=_client_of(trusted), folder=folder, albconfig=albconfig)
    if answer != _BACKEND_SAYS:
        yield f"{albconfig}/443: a client of the CA is rejected: {answer}"


@cache
def _client_of(root: ClientCredential) -> ClientRecord:
    return held("alice", make_client(root, now=datetime.now(UTC)))
