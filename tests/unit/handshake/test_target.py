"""Which addresses are probed, decided without a network."""

import socket
from typing import Any

import pytest

from alb_mtls.handshake.errors import HandshakeError, Unreachable
from alb_mtls.handshake.target import Target, addresses_of, known_addresses, split_address, targets_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alb.example", ("alb.example", 443)),
        ("alb.example:8443", ("alb.example", 8443)),
        ("192.0.2.1", ("192.0.2.1", 443)),
        ("192.0.2.1:8443", ("192.0.2.1", 8443)),
        ("2001:db8::1", ("2001:db8::1", 443)),
        ("[2001:db8::1]", ("2001:db8::1", 443)),
        ("[2001:db8::1]:8443", ("2001:db8::1", 8443)),
    ],
)
def test_an_address_has_its_own_port_or_that_of_the_listener(text: str, expected: tuple[str, int]) -> None:
    assert split_address(text, 443) == expected


@pytest.mark.parametrize(
    "text",
    ["", ":443", "alb.example:", "alb.example:https", "alb.example:0", "a:65536", "a:b:c", "[a]", "[192.0.2.1]:1"],
)
def test_what_is_no_address_is_rejected_by_name(text: str) -> None:
    with pytest.raises(HandshakeError, match=r"not an address to connect to; write host, host:port or \[IPv6\]:port"):
        split_address(text, 443)


def test_a_target_names_an_ipv6_address_in_brackets() -> None:
    assert Target(address="2001:db8::1", port=443, host="demo").label == "[2001:db8::1]:443"


def test_every_a_and_aaaa_address_is_returned_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 8443, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.2", 8443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 8443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 8443)),
    ]
    requested: list[Any] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        requested.append((host, port))
        return found

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert addresses_of("alb.example:8443", 443) == ["192.0.2.1:8443", "192.0.2.2:8443", "[2001:db8::1]:8443"]
    assert requested == [("alb.example", 8443)]


def test_a_name_without_an_address_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(
        Unreachable, match=r"alb\.example has no address \(Name or service not known\); .* set connectTo"
    ):
        addresses_of("alb.example", 443)


@pytest.mark.parametrize(
    ("name", "known"), [("192.0.2.7", ("192.0.2.7:443",)), ("nowhere.invalid", ()), ("no address", ()), (None, ())]
)
def test_the_addresses_of_an_alb_are_known_where_its_name_resolves_and_need_not_be(
    monkeypatch: pytest.MonkeyPatch, name: str | None, known: tuple[str, ...]
) -> None:
    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        if host != "192.0.2.7":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert known_addresses(name, 443) == known


def test_an_address_that_two_places_share_is_probed_once_and_two_ports_of_it_are_two() -> None:
    places = ["127.0.0.1:8443", "127.0.0.1", "127.0.0.1:8443"]
    targets = targets_of(places, port=443, host="demo", path="/", server_ca="system")
    assert [target.label for target in targets] == ["127.0.0.1:8443", "127.0.0.1:443"]
