"""Servers and bundles, made once for all clients."""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest

from tests.clients.bundles import write_bundles
from tests.clients.one_request import Answer, ClientRequest
from tests.clients.outcomes import Outcome, outcome, shown
from tests.clients.programs import Client
from tests.clients.servers import Server, running
from tests.helpers.certificates import make_root

_MORE_TRIES = 3
Ask = Callable[[Client, Server, str, str], Answer]


@pytest.fixture(scope="session")
def ask_and_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ask, Callable[[str], Server]]]:
    """How to ask, and how to get one of SERVERS, which is started when a test first wants it."""
    now = datetime.now(UTC)
    client_ca, server_ca = make_root(now=now), make_root(now=now)
    bundles = write_bundles(tmp_path_factory.mktemp("bundles"), client_ca)

    @functools.cache
    def ask(client: Client, server: Server, kind: str, tls: str) -> Answer:
        request = ClientRequest(server=server, tls=tls, bundle=bundles.get(kind))
        answer = client.ask(request)
        for _ in range(_MORE_TRIES if client.misses_alerts else 0):
            if outcome(shown(answer)) is not Outcome.SILENCE:
                break
            answer = client.ask(request)
        return answer

    with ExitStack() as started:

        @functools.cache
        def server(name: str) -> Server:
            folder = tmp_path_factory.mktemp(name)
            return started.enter_context(running(name, folder, client_ca=client_ca, server_ca=server_ca))

        yield ask, server


@pytest.fixture
def ask(ask_and_servers: tuple[Ask, Callable[[str], Server]]) -> Ask:
    """Ask with a client, of a server, as a kind of client, over a version of TLS."""
    return ask_and_servers[0]


@pytest.fixture
def server(ask_and_servers: tuple[Ask, Callable[[str], Server]]) -> Callable[[str], Server]:
    """Return a running server by its name in SERVERS."""
    return ask_and_servers[1]
