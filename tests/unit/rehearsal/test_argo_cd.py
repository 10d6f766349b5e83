"""What the rehearsal commits in the place of Git's element of a listener."""

import pytest
import yaml

from tools.rehearsal.argo_cd import manifest_of, with_fragment

_SPEC = {"listeners": [{"port": 80, "protocol": "HTTP"}, {"port": 443, "protocol": "HTTPS", "caEnabled": False}]}


def test_a_fragment_takes_the_place_of_the_element_with_its_port_and_protocol_alone() -> None:
    after = yaml.safe_load(
        with_fragment(manifest_of("two", _SPEC), "- port: 443\n  protocol: HTTPS\n  caEnabled: true\n")
    )
    assert after["metadata"] == {"name": "two"}
    assert after["spec"]["listeners"] == [_SPEC["listeners"][0], {"port": 443, "protocol": "HTTPS", "caEnabled": True}]


def test_a_fragment_of_a_listener_that_git_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        with_fragment(manifest_of("two", _SPEC), "- port: 443\n  protocol: QUIC\n")
