"""A client with a certificate notices nothing while client authentication is switched on, off, and on again."""

import http.client
import ssl
import threading
from pathlib import Path

from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import HOST, ask
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

REQUESTS = 10_000
_WORKERS = 4


class _Traffic:
    """Requests with a certificate on fresh connections, until enough were sent and the switching is over."""

    def __init__(self, lab: LabHandle, certificate: Path, key: Path) -> None:
        self._address, port = lab.address("alb", "443/HTTPS").split(":")
        self._port = int(port)
        self._context = ssl.create_default_context(cafile=str(lab.paths.server_ca))
        self._context.load_cert_chain(certificate, key)
        self._lock = threading.Lock()
        self.sent = 0
        self.failures: list[str] = []
        self.switching_is_over = threading.Event()

    def run(self) -> None:
        threads = [threading.Thread(target=self._ask_on) for _ in range(_WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _ask_on(self) -> None:
        while not (self.switching_is_over.is_set() and self.sent >= REQUESTS):
            said = self._ask()
            with self._lock:
                self.sent += 1
                if said != "old":
                    self.failures.append(said)

    def _ask(self) -> str:
        connection = _Connection(self._address, self._port, context=self._context, timeout=10)
        try:
            connection.request("GET", "/", headers={"Host": HOST})
            return connection.getresponse().read().decode().strip()
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connection.close()


class _Connection(http.client.HTTPSConnection):
    """Connects to an address, but asks for the host of the Ingress."""

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined] # http.client keeps it under this name
        self.sock = context.wrap_socket(self.sock, server_hostname=HOST)


def test_no_request_of_ten_thousand_is_refused_or_lost_while_it_is_switched_on_off_and_on(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack(enabled=False)
    stack.up()
    bound = World.of(lab).element("alb", 443)["caCertificates"]
    assert len(bound) == 1
    assert ask(lab, folder=tmp_path) == "old"
    alice = stack.clients()["alice"]
    certificate, key = tmp_path / "alice.pem", tmp_path / "alice.key"
    certificate.write_text(alice.chain_pem)
    key.write_text(alice.private_key_pem or "")
    traffic = _Traffic(lab, certificate, key)
    asking = threading.Thread(target=traffic.run)
    during: list[int] = []
    asking.start()
    try:
        for enabled, stranger in ((True, "refused"), (False, "old"), (True, "refused")):
            stack.set("enabled", enabled)
            before = traffic.sent
            stack.up()
            during.append(traffic.sent - before)
            assert ask(lab, folder=tmp_path) == stranger
            element = World.of(lab).element("alb", 443)
            assert (element["caEnabled"], element["caCertificates"]) == (enabled, bound)
    finally:
        traffic.switching_is_over.set()
        asking.join()
    assert traffic.failures == []
    assert traffic.sent >= REQUESTS
    # Each of the four has asked many times while the listener was being switched, not only before and after.
    assert len(during) == 3
    assert min(during) >= 10 * _WORKERS, during
