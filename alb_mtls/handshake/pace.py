"""How fast connections are opened: what protects a load balancer pleases, and the ports of a shared address last."""

import threading
import time
from collections import defaultdict, deque

from alb_mtls.addresses import is_loopback

_A_SECOND = 100
# Hosted runners share an address whose ports are free again after four minutes (SNAT).
_AN_ADDRESS = 900
_PORT_SECONDS = 240.0


class Pace:
    """Lets connections begin, from any thread: at most 100 a second, and 900 an address in four minutes.

    Connections to this machine itself need no port of a shared address: of these, only the rate is bounded.
    """

    def __init__(self) -> None:
        """Begin to count."""
        self._lock = threading.Lock()
        self._next = 0.0
        self._begun: defaultdict[str, deque[float]] = defaultdict(deque)

    @staticmethod
    def now() -> float:
        """Return monotonic time in seconds."""
        return time.monotonic()

    @staticmethod
    def pause(seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def wait_for(self, host: str) -> None:
        """Wait until another connection to a host may begin."""
        with self._lock:
            now = self.now()
            at = max(now, self._next)
            self._next = at + 1 / _A_SECOND
            if not is_loopback(host):
                begun = self._begun[host]
                while begun and begun[0] <= at - _PORT_SECONDS:
                    begun.popleft()
                if len(begun) >= _AN_ADDRESS:
                    at = begun[-_AN_ADDRESS] + _PORT_SECONDS
                begun.append(at)
        if at > now:
            self.pause(at - now)
