"""Ports of labs side by side: each lab has a block of its own, and gives it back when it ends."""

import os
import socket
from collections.abc import Iterator

import pytest

from lab import port_choice, ports
from lab.port_choice import choose_ports
from lab.ports import LOOPBACK, NoFreePortError, PortBlock, PortPlan, is_free
from lab.process import PortTakenError
from lab.settings import LabSettings, PortMode


def test_two_labs_never_get_the_same_port() -> None:
    plans = [PortPlan(PortMode.EPHEMERAL) for _ in range(5)]
    ports = [port for plan in plans for port in (*plan.components().values(), plan.listener("alb", "443/HTTPS"))]
    for plan in plans:
        plan.release()
    assert len(set(ports)) == len(ports)


def test_a_listener_keeps_its_port_however_often_it_is_read() -> None:
    plan = PortPlan(PortMode.EPHEMERAL)
    first, other = plan.listener("alb", "443/HTTPS"), plan.listener("alb", "443/QUIC")
    assert plan.listener("alb", "443/HTTPS") == first
    assert other != first
    plan.release()


def test_a_listener_that_the_default_plan_does_not_know_gets_a_free_port() -> None:
    plan = PortPlan(PortMode.DEFAULT)
    assert plan.listener("alb", "443/HTTPS") == 10443
    assert plan.listener("alb", "9443/HTTPS") >= 20000
    plan.release()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_in_use_over_tcp_or_udp_is_not_free_and_not_given_out(kind: socket.SocketKind) -> None:
    block = PortBlock()
    port = block.take()
    assert is_free(port)
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((LOOPBACK, port + 1))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        assert not is_free(port + 1)
        assert block.take() == port + 2
    block.release()


def test_once_the_block_is_used_up_a_new_listener_gets_the_port_of_one_that_is_gone() -> None:
    plan = PortPlan(PortMode.EPHEMERAL)
    port = plan.listener("alb", "3/HTTP")
    with pytest.raises(NoFreePortError, match="take listeners out of its AlbConfigs"):
        _ = [plan.listener("alb", f"{number}/HTTP") for number in range(64)]
    plan.give_up("alb", "3/HTTP")
    assert plan.listener("alb", "80/HTTP") == port
    with pytest.raises(NoFreePortError):
        plan.listener("alb", "3/HTTP")
    plan.release()


def test_a_listener_that_was_gone_is_found_where_it_was() -> None:
    plan = PortPlan(PortMode.EPHEMERAL)
    before = plan.listener("alb", "443/HTTPS")
    plan.give_up("alb", "443/HTTPS")
    assert plan.listener("alb", "8443/HTTPS") != before
    assert plan.listener("alb", "443/HTTPS") == before
    plan.release()


def test_a_fixed_port_is_kept_for_its_listener_though_the_block_is_used_up() -> None:
    plan = PortPlan(PortMode.DEFAULT)
    plan.give_up("alb", "443/HTTPS")
    with pytest.raises(NoFreePortError):
        _ = [plan.listener("alb", f"{number}/HTTP") for number in range(64)]
    assert plan.listener("alb", "443/HTTPS") == 10443
    plan.release()


def test_a_block_that_is_used_up_raises_an_error() -> None:
    block = PortBlock()
    with pytest.raises(NoFreePortError, match="has used its 64 ports up"):
        _ = [block.take() for _ in range(64)]
    block.release()


@pytest.fixture
def defaults(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Default ports that nobody has, whatever runs on this machine; yields one of them."""
    block = PortBlock()
    monkeypatch.setattr(ports, "DEFAULT_PORTS", {part: block.take() for part in ports.DEFAULT_PORTS})
    monkeypatch.setattr(ports, "DEFAULT_LISTENER_PORTS", {})
    monkeypatch.setattr(ports, "DEFAULT_PORTS_GUARD", block.take())
    monkeypatch.setattr(port_choice, "DEFAULT_PORTS_GUARD", ports.DEFAULT_PORTS_GUARD)
    yield ports.DEFAULT_PORTS["cas"]
    block.release()


@pytest.mark.parametrize("mode", [PortMode.DEFAULT, PortMode.AUTO])
def test_default_ports_that_are_free_are_taken(mode: PortMode, defaults: int) -> None:
    plan, why = choose_ports(mode)
    plan.release()
    assert (plan.mode, plan.component("cas"), why) == (PortMode.DEFAULT, defaults, None)


def test_where_a_default_port_is_in_use_free_ones_are_taken_by_who_lets_the_lab_choose_and_why_is_a_sentence(
    defaults: int,
) -> None:
    with socket.create_server((LOOPBACK, defaults)):
        plan, why = choose_ports(PortMode.AUTO)
        plan.release()
        with pytest.raises(PortTakenError, match=rf"cas cannot start: port {defaults} .* --ports ephemeral"):
            choose_ports(PortMode.DEFAULT)
    assert plan.mode is PortMode.EPHEMERAL
    assert plan.component("cas") != defaults
    assert (why or "").startswith(f"port {defaults} on 127.0.0.1 is in use by ")
    assert (why or "").endswith(f"(pid {os.getpid()}): this lab has free ports instead")


@pytest.mark.usefixtures("defaults")
def test_of_two_labs_that_start_at_once_one_has_all_default_ports_and_the_other_none() -> None:
    (first, _), (second, why) = choose_ports(PortMode.AUTO), choose_ports(PortMode.AUTO)
    with pytest.raises(PortTakenError, match="lab cannot start"):
        choose_ports(PortMode.DEFAULT)
    for plan in (first, second):
        plan.release()
    assert (first.mode, second.mode) == (PortMode.DEFAULT, PortMode.EPHEMERAL)
    assert why
    assert not set(first.components().values()) & set(second.components().values())


def test_who_lets_the_lab_choose_takes_one_that_runs_as_it_is_and_who_names_ports_does_not() -> None:
    running = LabSettings(ports=PortMode.EPHEMERAL)
    assert LabSettings(ports=PortMode.AUTO).fits(running)
    assert LabSettings(ports=PortMode.EPHEMERAL).fits(running)
    assert not LabSettings(ports=PortMode.DEFAULT).fits(running)
