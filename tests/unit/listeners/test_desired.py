"""What the ALB API shows of a listener, and whether that is what the AlbConfig says."""

from dataclasses import replace

import pytest

from alb_mtls.listeners.desired import alb_follows
from tests.fakes.alb import listener_on_alb

ON = listener_on_alb(port=443, protocol="HTTPS", enabled=True, identifiers=("ca-1",))
OFF = listener_on_alb(port=443, protocol="HTTPS", enabled=False, identifiers=())
UNNAMED = replace(ON, ca_identifiers=())


@pytest.mark.parametrize("handshakes_follow", [True, False])
def test_a_listener_that_names_our_ca_follows_and_one_that_names_another_does_not(*, handshakes_follow: bool) -> None:
    def follows(identifier: str) -> bool:
        return alb_follows(ON, enabled=True, ca_identifiers=[identifier], handshakes_follow=handshakes_follow)

    assert follows("ca-1")
    assert not follows("ca-2")


@pytest.mark.parametrize("handshakes_follow", [True, False])
def test_a_listener_whose_ca_is_not_named_follows_only_where_handshakes_show_the_ca(*, handshakes_follow: bool) -> None:
    shown = alb_follows(UNNAMED, enabled=True, ca_identifiers=["ca-1"], handshakes_follow=handshakes_follow)
    assert shown == handshakes_follow
    assert not alb_follows(UNNAMED, enabled=False, ca_identifiers=[], handshakes_follow=handshakes_follow)


def test_a_listener_that_is_off_follows_without_a_ca_and_one_in_an_unknown_status_never() -> None:
    assert alb_follows(OFF, enabled=False, ca_identifiers=["ca-1"])
    for shown in (ON, UNNAMED, OFF):
        strange = replace(shown, status="Rearranging")
        assert not alb_follows(
            strange, enabled=shown.ca_enabled, ca_identifiers=list(shown.ca_identifiers), handshakes_follow=True
        )
