"""A service that keeps the key of the stacks' secrets, as most teams have one, and as Pulumi calls HashiCorp Vault's.

With a passphrase, each call of the CLI derives the key anew: 0.15 s of a processor, in 1,000 calls. This one keeps no
secret: the key is known, and wrapped by nothing but its name.
"""

import base64
import json
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

PROVIDER = "hashivault://of-tests"
KEY = bytes(range(32))
_PREFIX = "vault:v1:"
_WRAPPED = base64.b64encode((_PREFIX + base64.b64encode(KEY).decode()).encode()).decode()
# What `pulumi stack init --secrets-provider` leaves, but for a key that it draws.
STACK_FILE = f"secretsprovider: {PROVIDER}\nencryptedkey: {_WRAPPED}\n"


def key_of(wrapped: str) -> bytes:
    """Return the key that a state or a stack file names."""
    return base64.b64decode(base64.b64decode(wrapped).decode().removeprefix(_PREFIX))


@cache
def variables() -> dict[str, str]:
    """Return the environment in which the CLI finds the service of this process, which ends with it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Transit)
    Thread(target=server.serve_forever, daemon=True).start()
    return {"VAULT_SERVER_URL": f"http://127.0.0.1:{server.server_port}", "VAULT_SERVER_TOKEN": "of-tests"}


class _Transit(BaseHTTPRequestHandler):
    """Vault's `transit` as far as Pulumi calls it for a key that it has: PUT /v1/transit/decrypt/KEY."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:  # the name http.server calls
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = json.dumps({"data": {"plaintext": given["ciphertext"].removeprefix(_PREFIX)}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *_: object) -> None:  # noqa: A002  # its name in http.server
        """Print nothing."""
