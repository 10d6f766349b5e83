"""`python -m tests.clients --write docs/reference/clients.md`: ask with every client, write what each printed."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from tests.clients.bundles import REFUSED, VALID, write_bundles
from tests.clients.document import DOCUMENTED_CLIENTS, DOCUMENTED_SERVERS, Row, write_document
from tests.clients.one_request import ClientRequest
from tests.clients.outcomes import Outcome, expected, outcome, shown
from tests.clients.programs import TLS_VERSIONS, Client
from tests.clients.servers import CUTTING, Server, Style, running
from tests.helpers.certificates import make_root

_TRIES = 20


def main() -> int:
    """Write the document; return 1 when a tool is missing or an answer is not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.clients", description=__doc__)
    parser.add_argument("--write", type=Path, required=True, metavar="FILE")
    file: Path = parser.parse_args().write
    missing = [client.missing for client in DOCUMENTED_CLIENTS.values() if client.missing]
    if missing:
        sys.stderr.write("".join(f"{each}; install it and run this again\n" for each in missing))
        return 1
    now = datetime.now(UTC)
    client_ca, server_ca = make_root(now=now), make_root(now=now)
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as started:
        folder = Path(temporary)
        bundles = write_bundles(folder / "bundles", client_ca)
        servers: dict[Style, Server] = {}
        for style, name in (*DOCUMENTED_SERVERS.items(), (Style.CUT, CUTTING)):
            (folder / name).mkdir()
            context = running(name, folder / name, client_ca=client_ca, server_ca=server_ca)
            servers[style] = started.enter_context(context)
        rows, lost = {}, {}
        for name, client in DOCUMENTED_CLIENTS.items():
            rows[name] = list(_rows(client, servers, bundles))
            lost[name] = _printed(client, servers[Style.CUT], VALID, "1.3", bundles, Outcome.CUT_OFF)
        versions = {name: client.version() for name, client in DOCUMENTED_CLIENTS.items()}
        file.write_text(write_document(rows, lost, versions=versions, today=now.date()))
    return 0


def _rows(client: Client, servers: Mapping[Style, Server], bundles: Mapping[str, Path]) -> Iterator[Row]:
    for kind in REFUSED:
        for tls in TLS_VERSIONS:
            printed = {
                style: _printed(client, server, kind, tls, bundles, expected(client, server, kind, tls))
                for style, server in servers.items()
                if style in DOCUMENTED_SERVERS
            }
            yield Row(kind=kind, tls=tls, printed=printed)


def _printed(client: Client, server: Server, kind: str, tls: str, bundles: Mapping[str, Path], due: Outcome) -> str:
    """Connect until the alert is not lost."""
    for _ in range(_TRIES):
        printed = shown(client.ask(ClientRequest(server=server, tls=tls, bundle=bundles.get(kind))))
        if outcome(printed) is due:
            return printed
    message = f"{client.title}, {kind}, TLS {tls}, {server.name}: {due} was expected, but this came: {printed}"
    raise AssertionError(message)


if __name__ == "__main__":
    sys.exit(main())
