"""Clients that no one here wrote, with the files that `ops export` writes, against listeners that no one here wrote.

Decides whether what a stack hands out works in other people's programs, whether every other client stays outside, and
whether docs/reference/clients.md says what is seen then. The listeners are those of alb_mtls/handshake's own tests.
"""

import os
from collections.abc import Callable

import pytest

from tests.clients.bundles import REFUSED, VALID
from tests.clients.conftest import Ask
from tests.clients.document import DOCUMENT, DOCUMENTED_CLIENTS, DOCUMENTED_SERVERS, LOST, read_document
from tests.clients.outcomes import Outcome, allowed, expected, outcome, shown
from tests.clients.programs import AT_HAND, NODE_WITH_PFX, OTHERS, TLS_VERSIONS, Client
from tests.clients.servers import CUTTING, SERVERS, Server, Style

StartedServer = Callable[[str], Server]

each_client = pytest.mark.parametrize(
    "client",
    [
        *(pytest.param(client, id=name) for name, client in AT_HAND.items()),
        *(pytest.param(client, id=name, marks=pytest.mark.other_tools) for name, client in OTHERS.items()),
        pytest.param(NODE_WITH_PFX, id="node with pfx", marks=pytest.mark.other_tools),
    ],
)
each_documented_client = pytest.mark.parametrize(
    "name", [*AT_HAND, *(pytest.param(name, marks=pytest.mark.other_tools) for name in OTHERS)]
)
each_version = pytest.mark.parametrize("tls", TLS_VERSIONS)


@pytest.fixture(autouse=True)
def tool_is_there(request: pytest.FixtureRequest) -> None:
    """Skip a client whose tool is missing, but not in CI."""
    names = request.node.callspec.params if hasattr(request.node, "callspec") else {}
    client = names.get("client") or DOCUMENTED_CLIENTS.get(names.get("name", ""))
    if client is not None and client.missing:
        if os.environ.get("CI"):
            pytest.fail(f"{client.missing}; CI=1 skips nothing")
        pytest.skip(client.missing)


@each_client
@pytest.mark.parametrize("listener", SERVERS)
@each_version
def test_a_client_is_accepted_with_the_files_that_it_was_handed(
    ask: Ask, server: StartedServer, client: Client, listener: str, tls: str
) -> None:
    answer = ask(client, server(listener), VALID, tls)
    assert answer.accepted, shown(answer)


@each_client
@pytest.mark.parametrize("listener", SERVERS)
@pytest.mark.parametrize("kind", REFUSED)
@each_version
def test_every_other_client_is_refused_and_prints_why(
    ask: Ask, server: StartedServer, client: Client, listener: str, kind: str, tls: str
) -> None:
    running = server(listener)
    answer = ask(client, running, kind, tls)
    assert outcome(shown(answer)) in allowed(client, running, kind, tls), shown(answer)


@each_client
def test_a_lost_alert_is_printed_as_a_connection_that_was_cut_off(
    ask: Ask, server: StartedServer, client: Client
) -> None:
    answer = ask(client, server(CUTTING), VALID, "1.3")
    assert outcome(shown(answer)) is Outcome.CUT_OFF, shown(answer)


@each_documented_client
@pytest.mark.parametrize("style", DOCUMENTED_SERVERS)
@each_version
def test_the_documentation_says_for_every_rejection_what_a_client_prints_now(
    ask: Ask, server: StartedServer, name: str, style: Style, tls: str
) -> None:
    said = read_document(DOCUMENT.read_text())
    client, running = DOCUMENTED_CLIENTS[name], server(DOCUMENTED_SERVERS[style])
    for kind in REFUSED:
        documented = outcome(said[name, kind, tls, style])
        assert documented is expected(client, running, kind, tls)
        seen = outcome(shown(ask(client, running, kind, tls)))
        assert seen in {documented, Outcome.CUT_OFF}, kind


@each_documented_client
def test_the_documentation_says_how_a_lost_alert_shows(name: str) -> None:
    said = read_document(DOCUMENT.read_text())
    assert outcome(said[name, LOST, "1.3", Style.CUT]) is Outcome.CUT_OFF
