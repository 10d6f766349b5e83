"""Ask a listener once with http.client; print the body and the status, or the error as the last line of a traceback.

python client.py ADDRESS HOST SERVER_CA 1.2|1.3 [FOLDER/NAME]
"""

import socket
import ssl
import sys
import traceback
from http.client import HTTPException, HTTPSConnection

_SECONDS = 10
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


class _Connection(HTTPSConnection):
    """HTTPS to another address than the host's; the address stands first because http.client knows one host only."""

    def __init__(self, address: str, host: str, context: ssl.SSLContext) -> None:
        super().__init__(host, context=context, timeout=_SECONDS)
        name, _, port = address.rpartition(":")
        self._address, self._tls = (name, int(port)), context

    def connect(self) -> None:
        """Connect there and shake hands as `host`."""
        plain = socket.create_connection(self._address, timeout=_SECONDS)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


def main() -> int:
    """Ask; return 1 when there is no answer."""
    address, host, server_ca, version, *bundle = sys.argv[1:]
    context = ssl.create_default_context(cafile=server_ca)
    context.minimum_version = context.maximum_version = _VERSIONS[version]
    if bundle:
        context.load_cert_chain(f"{bundle[0]}.chain.pem", f"{bundle[0]}.key")
    connection = _Connection(address, host, context)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
        body = response.read().decode()
    except (OSError, HTTPException) as error:
        sys.stderr.write(traceback.format_exception_only(error)[-1])
        return 1
    finally:
        connection.close()
    sys.stdout.write(f"{body}\n{response.status}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
