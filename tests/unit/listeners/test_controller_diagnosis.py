"""Why an ALB did not follow: one cause and its remedy, by what the controller says and what was seen last."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.aliyun.alb import Listener
from alb_mtls.cluster.errors import Forbidden
from alb_mtls.errors import OperationFailed
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings, explained
from alb_mtls.properties import from_props
from alb_mtls.resources import ListenerSwitchInputs
from tests.helpers.provider_world import Deployed, World, switch_inputs

ON = from_props(ListenerSwitchInputs, switch_inputs({"token": "t"}))
OFF = replace(ON, enabled=False)
OPEN = Listener(
    listener_id="lsn", load_balancer_id="alb-1", port=443, protocol="HTTPS", status="Running", security_policy_id="",
    quic_listener_id=None, ca_enabled=False, ca_identifiers=(),
)  # fmt: skip
OURS = replace(OPEN, ca_enabled=True, ca_identifiers=("ca-of-ours",))
THEIRS = replace(OURS, ca_identifiers=("ca-of-theirs",))
IGNORES = "a build that ignores caEnabled behaves like this"


def event(message: str, *, kind: str = "Warning", uid: str = "e1", count: int = 1) -> dict[str, Any]:
    return {"metadata": {"uid": uid}, "type": kind, "reason": "FailedApplyModel", "message": message, "count": count}


def test_a_listener_that_stays_off_is_the_sign_of_a_controller_that_ignores_it_and_names_the_remedy() -> None:
    said = explained(ON, OPEN, [], None)
    assert said.startswith(f"the ALB Ingress controller reports no error: {IGNORES}, as the open-source one does")
    assert "install or upgrade the add-on ALB Ingress Controller that ACK manages (ACK console, Add-ons)" in said


@pytest.mark.parametrize(
    ("desired", "last", "words"),
    [
        (ON, replace(OURS, status="Configuring"), "has not finished its change (status Configuring); raise proof.dead"),
        (ON, replace(OPEN, status="Configuring"), "has not finished its change (status Configuring); raise proof.dead"),
        (ON, replace(OPEN, status="Stopped"), "the listener is stopped; start it in the ALB console"),
        (ON, THEIRS, "requests certificates of another CA; check whether the controller runs, and who else writes it"),
        (ON, None, "the ALB has no such listener; check whether the controller runs"),
        (OFF, OURS, "the controller has not followed the AlbConfig; check whether it runs"),
    ],
)
def test_what_was_read_last_names_the_cause_and_no_other(
    desired: ListenerSwitchInputs, last: Listener | None, words: str
) -> None:
    said = explained(desired, last, [], None)
    assert words in said
    assert IGNORES not in said


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        (
            "certificate IDs have expired: [404-cn]",
            "the CertificateId is not in CAS at this ALB's site, or has expired",
        ),
        ("something new", "kubectl describe albconfig alb"),
    ],
)
def test_what_the_controller_says_last_is_quoted_with_its_remedy(message: str, remedy: str) -> None:
    said = explained(ON, OPEN, [event("older"), event(message)], None)
    assert said == f"the ALB Ingress controller reports: FailedApplyModel: {message}: {remedy}"


def test_events_that_cannot_be_read_are_no_silence_of_the_controller() -> None:
    said = explained(ON, OPEN, [], "user u may not list events in the cluster; grant it")
    assert said.startswith("whether the ALB Ingress controller reports an error is not known, because user u may not")
    assert "reports no error" not in said


def test_only_warnings_since_the_attempt_began_count(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [event("old"), event("fine", kind="Normal", uid="e2")]
    monkeypatch.setattr(world.cluster, "events", lambda _: events)
    warnings = ControllerWarnings(world.cluster, "alb")  # type: ignore[arg-type] # what it needs of a client
    assert "reports no error" in warnings.why(ON, OPEN)
    events[0] = event("old", count=2)
    assert "FailedApplyModel: old" in warnings.why(ON, OPEN)


@pytest.mark.parametrize("readable_at_first", [True, False])
def test_events_that_are_forbidden_at_any_time_are_reported_as_forbidden(
    world: World, monkeypatch: pytest.MonkeyPatch, readable_at_first: bool
) -> None:
    def events(_name: str) -> list[dict[str, Any]]:
        if readable:
            return []
        raise Forbidden(verb="list", resource="events", user="u")

    monkeypatch.setattr(world.cluster, "events", events)
    readable = readable_at_first
    warnings = ControllerWarnings(world.cluster, "alb")  # type: ignore[arg-type] # what it needs of a client
    readable = not readable_at_first
    assert "user u may not list events in the cluster; grant it" in warnings.why(ON, OPEN)


def test_an_up_that_is_not_followed_says_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = world.alb.listener
    monkeypatch.setattr(world.alb, "listener", lambda *a, **k: replace(real(*a, **k), status="Configuring"))
    with pytest.raises(OperationFailed, match=r"has not finished its change \(status Configuring\)") as failed:
        Deployed.up()
    assert IGNORES not in str(failed.value)
