"""Ports of a lab: fixed ones for people, a block of its own for each lab of a test.

All are high ports outside of the kernel's range for outgoing connections (32768 to 60999 on Linux), where a
connection of somebody else's could take one between choosing and listening.
"""

import errno
import random
import socket
from typing import Literal, get_args

from lab.settings import PortMode

LOOPBACK = "127.0.0.1"

Component = Literal["etcd", "etcd-peer", "kube-apiserver", "kubernetes-proxy", "cas", "alb", "management", "webhook"]

DEFAULT_PORTS: dict[Component, int] = {
    "cas": 18081,
    "alb": 18082,
    "management": 18083,
    "kube-apiserver": 18084,
    "kubernetes-proxy": 18085,
    "etcd": 18086,
    "etcd-peer": 18087,
    "webhook": 18088,
}
DEFAULT_LISTENER_PORTS: dict[tuple[str, str], int] = {
    ("alb", "80/HTTP"): 10080,
    ("alb", "443/HTTPS"): 10443,
    ("alb-quic", "443/HTTPS"): 11443,
    ("alb-quic", "443/QUIC"): 11444,
    ("alb-two", "443/HTTPS"): 12443,
    ("alb-two", "8443/HTTPS"): 12843,
    ("alb-basic", "443/HTTPS"): 13443,
}

DEFAULT_PORTS_GUARD = 18089
"""Listened on by the lab that has the default ports: of two that start at once, one gets them all."""

_FIRST_BLOCK = 20000
# Room for forty listeners on one ALB beside all that a new lab has.
_BLOCK_SIZE = 64
_BLOCKS = 187


class NoFreePortError(RuntimeError):
    """Every block of ports is taken, or a lab used its block up."""


class PortBlock:
    """A range of ports that no other lab uses while this one lives.

    The first port of the block is listened on as long as the block is held: that is atomic, and a killed
    lab gives it back.
    """

    def __init__(self) -> None:
        """Take the first free block, beginning at a random one.

        Raises:
            NoFreePortError: all blocks are taken.
        """
        start = random.randrange(_BLOCKS)  # noqa: S311  # spreads labs over the blocks, guards nothing
        for step in range(_BLOCKS):
            first = _FIRST_BLOCK + (start + step) % _BLOCKS * _BLOCK_SIZE
            guard = _listen(first)
            if guard is not None:
                self._guard = guard
                self._last = first + _BLOCK_SIZE - 1
                self._next = first + 1
                return
        last = _FIRST_BLOCK + _BLOCKS * _BLOCK_SIZE - 1
        message = (
            f"no block of {_BLOCK_SIZE} ports is free between {_FIRST_BLOCK} and {last}: "
            "end other labs with `python -m lab down --name NAME`"
        )
        raise NoFreePortError(message)

    def take(self) -> int:
        """Return the next free port of the block, over TCP or UDP.

        Raises:
            NoFreePortError: the block is used up.
        """
        while self._next <= self._last:
            port = self._next
            self._next += 1
            if is_free(port):
                return port
        message = (
            f"this lab has used its {_BLOCK_SIZE} ports up: take listeners out of its AlbConfigs, "
            "or end it with `python -m lab down`"
        )
        raise NoFreePortError(message)

    def release(self) -> None:
        """Give the block back."""
        self._guard.close()


class PortPlan:
    """Which port each part of a lab listens on."""

    def __init__(self, mode: Literal[PortMode.DEFAULT, PortMode.EPHEMERAL]) -> None:
        """Choose the ports.

        Raises:
            NoFreePortError: no block of ports is free.
        """
        self.mode = mode
        self._block = PortBlock()
        self._defaults_guard = _listen(DEFAULT_PORTS_GUARD) if mode is PortMode.DEFAULT else None
        self._given_up: dict[tuple[str, str], None] = {}
        if mode is PortMode.DEFAULT:
            self._components = dict(DEFAULT_PORTS)
            self._listeners = dict(DEFAULT_LISTENER_PORTS)
        else:
            self._components = {component: self._block.take() for component in get_args(Component)}
            self._listeners = {}
        self._fixed = frozenset(self._listeners)

    @property
    def has_defaults(self) -> bool:
        """Whether no other lab can have the default ports."""
        return self._defaults_guard is not None

    def component(self, component: Component) -> int:
        """Port of a part of the lab."""
        return self._components[component]

    def components(self) -> dict[str, int]:
        """Ports of all parts of the lab."""
        return {str(component): port for component, port in self._components.items()}

    def listener(self, albconfig: str, port_and_protocol: str) -> int:
        """Port on loopback of an ALB listener; the same one each time.

        Raises:
            NoFreePortError: all ports of the lab belong to listeners that are there.
        """
        key = (albconfig, port_and_protocol)
        self._given_up.pop(key, None)
        if key not in self._listeners:
            self._listeners[key] = self._take()
        return self._listeners[key]

    def give_up(self, albconfig: str, port_and_protocol: str) -> None:
        """Note that a listener is gone: others may have its port if it is of the block, once the block is used up.

        A listener that comes back before that is found where it was.
        """
        if (albconfig, port_and_protocol) in self._listeners.keys() - self._fixed:
            self._given_up[albconfig, port_and_protocol] = None

    def release(self) -> None:
        """Give the ports back; nothing of the lab may listen any more."""
        self._block.release()
        if self._defaults_guard is not None:
            self._defaults_guard.close()

    def _take(self) -> int:
        try:
            return self._block.take()
        except NoFreePortError:
            for key in list(self._given_up):
                if is_free(self._listeners[key]):
                    del self._given_up[key]
                    return self._listeners.pop(key)
            raise


def is_free(port: int) -> bool:
    """Return whether a loopback port is free, over TCP and UDP."""
    tcp = _listen(port)
    if tcp is None:
        return False
    tcp.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        return _bind(udp, port)


def _listen(port: int) -> socket.socket | None:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # As servers do: connections of an ended lab that linger in TIME_WAIT hold no port.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if not _bind(listening, port):
        listening.close()
        return None
    listening.listen(1)
    return listening


def _bind(sock: socket.socket, port: int) -> bool:
    try:
        sock.bind((LOOPBACK, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise
    return True
