"""Why an ALB did not follow: one cause and its remedy, by what the controller says and what was seen last."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import pytest

from alb_mtls.aliyun.alb import Listener
from alb_mtls.cluster.errors import Forbidden
from alb_mtls.errors import OperationFailed
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.listener_resources import ListenerSwitchInputs
from alb_mtls.listeners.controller_diagnosis import ControllerWarnings, explained, taken_back
from alb_mtls.pki.errors import PkiError
from alb_mtls.properties import from_props
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import albconfig, https
from tests.helpers.provider_world import Deployed, World, switch_inputs

ON = from_props(ListenerSwitchInputs, switch_inputs({"token": "t"}))
OFF = replace(ON, enabled=False)
OPEN = Listener(
    listener_id="lsn", load_balancer_id="alb-1", port=443, protocol="HTTPS", status="Running", security_policy_id="",
    quic_listener_id=None, ca_enabled=False, ca_identifiers=(),
)  # fmt: skip
OURS = replace(OPEN, ca_enabled=True, ca_identifiers=("ca-of-ours",))
THEIRS = replace(OURS, ca_identifiers=("ca-of-theirs",))
LOST_CA = (
    "the CertificateId is not in CAS at the site that this ALB uses, or has expired: let cas.endpoint name the CAS "
    "site of the account that owns the ALB (`china` or `international`), and rootCa.identifier a CA that is there"
)
IGNORES = "a build that ignores caEnabled behaves like this"


def event(message: str, *, kind: str = "Warning", uid: str = "e1", count: int = 1) -> dict[str, Any]:
    return {"metadata": {"uid": uid}, "type": kind, "reason": "FailedApplyModel", "message": message, "count": count}


def test_a_listener_that_stays_off_is_the_sign_of_a_controller_that_ignores_it_and_names_the_remedy() -> None:
    said = explained(ON, OPEN, [], None)
    assert said.startswith(f"the ALB Ingress controller reports no error: {IGNORES}, as the open-source one does")
    assert "the add-on ALB Ingress Controller that ACK manages, to v2.11.0 or later (ACK console, Add-ons)" in said


@pytest.mark.parametrize(
    ("desired", "last", "words"),
    [
        (ON, replace(OURS, status="Configuring"), "has not finished its change (status Configuring); raise proof.dead"),
        (ON, replace(OPEN, status="Configuring"), "has not finished its change (status Configuring); raise proof.dead"),
        (ON, replace(OPEN, status="Stopped"), "the listener is stopped; start it in the ALB console"),
        (ON, THEIRS, "requests certificates of another CA; check whether the controller runs, and who else writes it"),
        (ON, replace(OURS, ca_identifiers=()), "does not name the CA of which it requests certificates"),
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
            LOST_CA,
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
    monkeypatch.setattr(world.cluster, "events", lambda *_: events)
    warnings = ControllerWarnings(world.cluster, "alb", "uid-1")  # type: ignore[arg-type] # what it needs of a client
    assert "reports no error" in warnings.why(ON, OPEN, "alb-1")
    events[0] = event("old", count=2)
    assert "FailedApplyModel: old" in warnings.why(ON, OPEN, "alb-1")


@dataclass(kw_only=True)
class TwoAlbConfigs(Cluster):
    """A cluster with another AlbConfig, which means an ALB of this id."""

    alb_id: str

    def albconfigs_beside(self, _name: str) -> list[dict[str, Any]]:  # type: ignore[override] # a method, as of a client
        """Return it."""
        second = albconfig(https(), name="second")
        second["spec"]["config"] = {"id": self.alb_id}
        return [second]


@pytest.mark.parametrize(("alb_id", "named"), [("alb-1", True), ("alb-2", False)])
def test_another_albconfig_of_the_same_alb_is_the_cause_where_the_controller_says_nothing(
    alb_id: str,
    named: bool,
) -> None:
    warnings = ControllerWarnings(TwoAlbConfigs(alb_id=alb_id), "alb", "uid-1")  # type: ignore[arg-type] # as above
    said = warnings.why(ON, OPEN, "alb-1")
    assert ("ALB alb-1 is named by AlbConfig alb and by second too" in said) == named
    assert (IGNORES in said) == (not named)


@pytest.mark.parametrize("readable_at_first", [True, False])
def test_events_that_are_forbidden_at_any_time_are_reported_as_forbidden(
    world: World, monkeypatch: pytest.MonkeyPatch, readable_at_first: bool
) -> None:
    def events(_name: str, _uid: str) -> list[dict[str, Any]]:
        if readable:
            return []
        raise Forbidden(verb="list", resource="events", user="u")

    monkeypatch.setattr(world.cluster, "events", events)
    readable = readable_at_first
    warnings = ControllerWarnings(world.cluster, "alb", "uid-1")  # type: ignore[arg-type] # what it needs of a client
    readable = not readable_at_first
    assert "user u may not list events in the cluster; grant it" in warnings.why(ON, OPEN, "alb-1")


NOT_FOUND = (
    "apply failed. listenerPort: 80 errMsgs: user flow control; listenerPort: 443 errMsgs: SDK.ServerError ErrorCode: "
    "ResourceNotFound.CaCertificate Message: The specified resource ca-of-ours is not found."
)
EXPIRED = "apply failed. listenerPort: 443 errMsgs: the following certificate IDs have expired: [{}]"


def lasting(world: World, monkeypatch: pytest.MonkeyPatch, *since: dict[str, Any]) -> str | None:
    """Return the failure for which nobody waits, when these events have come since an attempt began."""
    events = [event(EXPIRED.format("")), event("apply failed. listenerPort: 443 errMsgs: fine", kind="Normal", uid="n")]
    monkeypatch.setattr(world.cluster, "events", lambda *_: events)
    warnings = ControllerWarnings(world.cluster, "alb", "uid-1")  # type: ignore[arg-type] # what it needs of a client
    assert warnings.lasting(ON.listener, [ON.ca_identifier]) is None, "all of them are older than the attempt"
    events += since
    return warnings.lasting(ON.listener, [ON.ca_identifier])


@pytest.mark.parametrize(
    "message",
    [
        EXPIRED.format("ca-of-ours"),
        EXPIRED.format("ca-of-theirs ca-of-ours"),
        EXPIRED.format("ca-of-theirs, ca-of-ours"),
        NOT_FOUND,
    ],
)
def test_a_failure_that_names_our_ca_ends_the_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    sentence = str(lasting(world, monkeypatch, event(message, uid="e2")))
    assert sentence.startswith("the ALB Ingress controller reports: FailedApplyModel: apply failed.")
    assert "let cas.endpoint name the CAS site of the account" in sentence


@pytest.mark.parametrize(
    "message",
    [
        EXPIRED.format(""),
        "Failed build model due to unmarshalling albconfig error: json: cannot unmarshal string into Go struct field",
    ],
)
def test_a_failure_that_names_no_ca_ends_the_waiting_when_it_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    assert lasting(world, monkeypatch, event(message, uid="e2")) is None
    assert lasting(world, monkeypatch, event(message, uid="e2", count=2)) is not None
    assert lasting(world, monkeypatch, event(message, uid="e2"), event(message, uid="e3")) is not None


@pytest.mark.parametrize(
    "message",
    [
        EXPIRED.format("ca-of-theirs"),
        EXPIRED.format("").replace("443", "8443"),
        "apply failed. listenerPort: 443 errMsgs: user flow control; listenerPort: 80 errMsgs: IDs have expired: []",
        "apply failed. listenerPort: 443 errMsgs: SDK.ServerError ErrorCode: VipStatusNotSupport",
        "something new",
    ],
)
def test_what_waiting_heals_and_what_is_about_another_listener_is_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    assert lasting(world, monkeypatch, event(message, uid="e2", count=9)) is None


def test_a_failure_that_came_before_somebody_looked_first_ends_no_waiting_however_often_it_came(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[dict[str, Any]] = []
    monkeypatch.setattr(world.cluster, "events", lambda *_: events)
    warnings = ControllerWarnings(world.cluster, "alb", "uid-1")  # type: ignore[arg-type] # what it needs of a client
    looked = []
    for times in (7, 8, 9):
        events[:] = [event(EXPIRED.format(""), uid="e2", count=times)]
        looked.append(warnings.lasting(ON.listener, [ON.ca_identifier]) is not None)
    assert looked == [False, False, True]


def test_events_that_cannot_be_read_end_no_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lasting(world, monkeypatch) is None
    warnings = ControllerWarnings(world.cluster, "alb", "uid-1")  # type: ignore[arg-type] # what it needs of a client

    def forbidden(_name: str, _uid: str) -> list[dict[str, Any]]:
        raise Forbidden(verb="list", resource="events", user="u")

    monkeypatch.setattr(world.cluster, "events", forbidden)
    assert warnings.lasting(ON.listener, [ON.ca_identifier]) is None


def test_an_up_ends_as_soon_as_the_controller_does_not_find_its_ca_and_speaks_of_the_site(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.alb, "stuck", True)
    # Twice more whenever somebody looks.
    looks = itertools.count(1)
    monkeypatch.setattr(world.cluster, "events", lambda *_: [event(EXPIRED.format(""), count=2 * next(looks))])
    with pytest.raises(
        OperationFailed, match=r"does not follow, and waiting does not help: .* cas\.endpoint"
    ) as failed:
        Deployed.up()
    assert "did not request client certificates" not in str(failed.value)


def test_an_up_that_is_not_followed_says_why(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = world.alb.listener
    monkeypatch.setattr(world.alb, "listener", lambda *a, **k: replace(real(*a, **k), status="Configuring"))
    with pytest.raises(OperationFailed, match=r"has not finished its change \(status Configuring\)") as failed:
        Deployed.up()
    assert IGNORES not in str(failed.value)


WRITTEN: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-ours"}]}


def written_by(manager: str, at: str, **fields: Any) -> dict[str, Any]:
    """Return an AlbConfig whose listeners a field manager wrote last."""
    found = albconfig(https(**fields))
    of_listeners = {"fieldsV1": {"f:spec": {"f:listeners": {}}}, "operation": "Update"}
    found["metadata"]["managedFields"] = [
        {"manager": "before", "time": "2026-01-01T00:00:00Z", **of_listeners},
        {"manager": manager, "time": at, **of_listeners},
    ]
    return found


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"caEnabled": False, "caCertificates": [{"CertificateId": "ca-of-ours"}]},
        {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-theirs"}]},
    ],
)
def test_who_took_the_two_fields_back_is_named_with_the_time(fields: dict[str, Any]) -> None:
    said = str(taken_back(ON, written_by("kubectl-client-side-apply", "2026-11-27T08:00:00Z", **fields)))
    by = "kubectl apply (field manager kubectl-client-side-apply) at 2026-11-27T08:00:00Z"
    assert f"were changed while this run waited for the ALB, last by {by}" in said
    assert "at 2026-11-27T08:00:00Z: found is caEnabled" in said
    assert "written was caEnabled true with ca-of-ours" in said


def test_whoever_changed_them_is_to_be_spoken_with_unless_a_hold_says_why() -> None:
    changed = written_by("kubectl-edit", "2026-11-27T08:00:00Z", caEnabled=False)
    assert "when a person did that, speak with that person" in str(taken_back(ON, changed))
    changed["metadata"]["annotations"] = {ON.listener.hold_annotation: "an incident"}
    assert str(taken_back(ON, changed)).endswith("written was caEnabled true with ca-of-ours")


def test_fields_that_are_as_they_were_written_are_no_cause() -> None:
    same = {**WRITTEN, "caCertificates": [{"CertificateId": "ca-of-ours", "IsDefault": False}]}
    for fields in (WRITTEN, same):
        assert taken_back(ON, written_by("kubectl-edit", "2026-11-27T08:00:00Z", **fields)) is None
    assert taken_back(OFF, albconfig(https(caCertificates=WRITTEN["caCertificates"]))) is None
    assert "written was caEnabled false" in str(taken_back(OFF, albconfig(https(**WRITTEN))))


def test_the_albconfig_is_read_before_a_cause_is_named(world: World) -> None:
    warnings = ControllerWarnings(world.cluster, "alb", "uid-1")  # type: ignore[arg-type] # what it needs of a client
    failed = OperationFailed("the ALB did not follow; install another controller")

    def cause() -> str:
        return warnings.cause(ON, failed)

    world.cluster.item = written_by("argocd", "2026-11-27T08:00:00Z", **WRITTEN)
    assert cause() == str(failed)
    world.cluster.item = written_by("argocd", "2026-11-27T08:00:00Z")
    assert "last by field manager argocd at" in cause()
    assert "install another controller" not in cause()
    assert "last by field manager argocd" in warnings.cause(ON, HandshakeError("check the DNS record"))
    assert warnings.cause(ON, PkiError("a key cannot be read")) == "a key cannot be read"
    world.cluster.item = albconfig(https(8443))
    assert cause().endswith("it was there when this run wrote to it")
    world.cluster.failure = Forbidden(verb="get", resource="albconfigs", user="u")
    assert cause() == str(failed)


def test_an_up_whose_fields_a_loop_of_kubectl_apply_takes_back_names_it_and_no_controller(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    patched = world.cluster.patch_albconfig

    def apply_again(name: str, operations: list[dict[str, Any]]) -> dict[str, Any]:
        answer = patched(name, operations)
        if world.cluster.item is not None and world.cluster.element.get("caEnabled"):
            applied = written_by("kubectl-client-side-apply", "2026-11-27T08:00:00Z")
            applied["metadata"] = {**applied["metadata"], "annotations": world.cluster.item["metadata"]["annotations"]}
            world.cluster.item = applied
        return answer

    monkeypatch.setattr(world.cluster, "patch_albconfig", apply_again)
    with pytest.raises(OperationFailed, match=r"last by kubectl apply \(field manager kubectl-client") as failed:
        Deployed.up()
    assert IGNORES not in str(failed.value)
