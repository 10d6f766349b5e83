"""A listener whose port is changed, in its AlbConfig and in the stack file, goes back to what it was before."""

from typing import Any

import pytest

from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.harness.in_process import desired
from tests.harness.state import Desired
from tests.helpers.provider_world import Deployed, World, claim_inputs, switch_inputs


def _listener(port: int, **changes: Any) -> tuple[Desired, Desired]:
    """Return the resources of one listener; each has names of its own, as in the program."""
    given = {
        "listener": {"albConfig": "alb", "port": float(port), "protocol": "HTTPS"},
        "madeHere": ["ca-of-ours"],
        **changes,
    }
    of_claim = {name: (f"claim-{port}", name) for name in ("token", "found", "known")}
    return (
        desired(f"claim-{port}", ListenerClaimProvider, claim_inputs(**given)),
        desired(f"switch-{port}", ListenerSwitchProvider, switch_inputs({"token": None}, **given), **of_claim),
    )


@pytest.mark.parametrize("is_copy", [False, True])
def test_a_listener_that_was_taken_over_requests_certificates_of_the_same_ca_again_and_a_second_one_of_none(
    taken: World, *, is_copy: bool
) -> None:
    """A copy beside the listener was never of anybody else's CA."""
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    before, deployed = taken.cluster.element["caCertificates"], Deployed()
    deployed.run(*_listener(443, takeOver="ca-of-theirs"))
    assert taken.cluster.item is not None
    listeners = taken.cluster.item["spec"]["listeners"]
    if is_copy:
        listeners.append({**listeners[0], "port": 9443})
        deployed.run(*_listener(443, takeOver="ca-of-theirs"), *_listener(9443))
    else:
        listeners[0]["port"] = 9443
        deployed.run(*_listener(9443))
    deployed.run()
    moved = taken.cluster.item["spec"]["listeners"][-1]
    assert moved["port"] == 9443
    assert (moved.get("caEnabled"), moved.get("caCertificates")) == ((None, None) if is_copy else (True, before))
    assert "annotations" not in taken.cluster.item["metadata"]
