"""A client with a certificate notices nothing while client authentication is switched on, off, and on again."""

from pathlib import Path

from tests.helpers.lab import LabHandle
from tests.helpers.stack_config import ask
from tests.helpers.traffic import Target, Traffic
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

REQUESTS = 10_000
_WORKERS = 4


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
    traffic = Traffic(target=Target.of(lab))
    for number in range(_WORKERS):
        traffic.hold(f"alice {number}", certificate, key)
    during: list[int] = []
    with traffic.flowing():
        for enabled, stranger in ((True, "refused"), (False, "old"), (True, "refused")):
            stack.set("enabled", enabled)
            before = traffic.requests
            stack.up()
            during.append(traffic.requests - before)
            assert ask(lab, folder=tmp_path) == stranger
            element = World.of(lab).element("alb", 443)
            assert (element["caEnabled"], element["caCertificates"]) == (enabled, bound)
        traffic.wait_for(REQUESTS, seconds=120)
    assert traffic.failures == []
    # Each of the four has asked many times while the listener was being switched, not only before and after.
    assert len(during) == 3
    assert min(during) >= 10 * _WORKERS, during
