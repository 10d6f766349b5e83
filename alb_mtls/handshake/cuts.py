"""Whether a client that must be accepted was rejected, or cut by the network: many connections beside each other tell.

A reset after the request may be either. Pure: no clock, no socket.
"""

import threading
from math import exp, lgamma, log, log1p

from alb_mtls.handshake.checks import Check, Expected
from alb_mtls.handshake.observation import Verdict

_ENOUGH_TO_TELL = 20
_MOSTLY = 0.2
_NO_CHANCE = 0.005


class Cuts:
    """The connections to one address that came as far as the client's certificate, from any thread.

    How a listener rejects is shown by the clients that must be rejected: one that answers these with an alert or a page
    does not reject others by a mere cut. And a network cuts both kinds alike: where valid clients are cut more often,
    some machine does it.
    """

    def __init__(self) -> None:
        """Begin to count."""
        self._lock = threading.Lock()
        self._rejected = self._rejected_cut = 0
        self._valid = self._valid_cut = 0

    def take(self, check: Check) -> None:
        """Count what one connection has shown."""
        if not check.result.requested or not (check.result.accepted or check.result.rejected):
            return
        cut = check.result.verdict is Verdict.REJECTED_BY_RESET
        with self._lock:
            if check.expected is Expected.REJECTED:
                self._rejected += 1
                self._rejected_cut += cut
            elif check.expected is Expected.ACCEPTED:
                self._valid += 1
                self._valid_cut += cut

    @property
    def are_of_network(self) -> bool:
        """Whether the cuts of valid clients are such that the network explains them, and a rejection does not."""
        with self._lock:
            rejected, rejected_cut = self._rejected, self._rejected_cut
            valid, valid_cut = self._valid, self._valid_cut
        if rejected < _ENOUGH_TO_TELL or rejected_cut > _MOSTLY * rejected:
            return False
        return _at_least(valid_cut, of=valid_cut + rejected_cut, share=valid / max(1, valid + rejected)) >= _NO_CHANCE


def _at_least(number: int, *, of: int, share: float) -> float:
    """Return how probable it is that at least so many of some cuts meet the one kind, which has a share of them all."""
    # By logarithms: binomial coefficients of more than a thousand cuts are beyond a float.
    return sum(exp(_log_chance(each, of, share)) for each in range(number, of + 1)) if number else 1.0


def _log_chance(number: int, of: int, share: float) -> float:
    ways = lgamma(of + 1) - lgamma(number + 1) - lgamma(of - number + 1)
    return ways + number * log(share) + (of - number) * log1p(-share)
