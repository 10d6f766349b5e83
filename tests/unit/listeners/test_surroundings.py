"""Which listeners share a load balancer with one that is proven, so that their TLS sessions are tried there."""

from dataclasses import replace

import pytest

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.handshake.baseline import Surroundings
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.listeners.reached import Reached
from alb_mtls.listeners.surroundings import surroundings_of
from tests.fakes.alb import listener_on_alb

KEY = ListenerKey(alb_config="alb", port=443, protocol="HTTPS")
OURS = listener_on_alb(port=443, protocol="HTTPS", enabled=True, identifiers=("ca",))
OTHER = listener_on_alb(port=8443, protocol="HTTPS", enabled=False, identifiers=())
BY_ADDRESS = Reached(address="192.0.2.1", host="demo.example")
SETTINGS = ProofSettings(mode="required", host=None, path="/", deadline_seconds=9, server_ca="system")
NO_OTHER = {"spec": {"listeners": [{"port": 443, "protocol": "HTTPS"}]}}
WITH_OTHER = {"spec": {"listeners": [{"port": 443, "protocol": "HTTPS"}, {"port": "8443", "protocol": "HTTPS"}]}}


def found_of(*on_alb: Listener, reached: Reached = BY_ADDRESS) -> Surroundings:
    """Return what there is beside the listener of an AlbConfig that has another one only where the ALB is tunnelled."""
    albconfig = WITH_OTHER if reached.connect_to else NO_OTHER
    return surroundings_of(SETTINGS, KEY, reached, hosts=["a"], albconfig=albconfig, on_alb=lambda: on_alb)


def test_every_other_https_listener_of_the_alb_is_tried_whoever_manages_it() -> None:
    found = found_of(OURS, OTHER)
    assert [place.label for place in found.elsewhere] == ["192.0.2.1:8443"]


@pytest.mark.parametrize(
    "other",
    [replace(OTHER, protocol="HTTP"), replace(OTHER, protocol="QUIC"), replace(OTHER, status="Stopped")],
    ids=["HTTP", "QUIC", "stopped"],
)
def test_a_listener_that_opens_no_session_is_not_tried(other: Listener) -> None:
    found = found_of(OURS, other)
    assert (found.elsewhere, found.not_tried) == ((), ())


def test_where_the_alb_api_does_not_answer_the_other_listeners_are_named_as_not_known() -> None:
    found = found_of()
    assert found.elsewhere == ()
    assert found.not_tried == ("sessions of other listeners: the ALB API does not show which listeners there are",)


def test_a_tunnel_reaches_none_of_the_others_which_are_named() -> None:
    tunnel = replace(BY_ADDRESS, connect_to=("127.0.0.1:8443",))
    found = found_of(OURS, OTHER, reached=tunnel)
    assert found.elsewhere == ()
    assert found.not_tried == ("sessions of other listeners (8443/HTTPS): connectTo reaches this one only",)
