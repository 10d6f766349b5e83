"""Which events make the controller work on which AlbConfig."""

from typing import Any

import pytest

from lab.behaviour import ControllerBehaviour
from lab.controller.hash_label import HASH_LABEL
from lab.controller.intake import Intake
from lab.controller.state import ClusterState, Object, key_of


def _albconfig(name: str = "alb", *, enabled: bool = False, **metadata: Any) -> dict[str, Any]:
    listeners = [{"port": 443, "protocol": "HTTPS", "caEnabled": enabled}]
    return {"metadata": {"name": name, "uid": f"uid-{name}", **metadata}, "spec": {"listeners": listeners}}


def _labelled(albconfig: dict[str, Any], value: str) -> dict[str, Any]:
    return albconfig | {"metadata": albconfig["metadata"] | {"labels": {HASH_LABEL: value}}}


def _class(name: str = "alb", *, albconfig: str = "alb") -> dict[str, Any]:
    parameters = {"kind": "AlbConfig", "name": albconfig}
    spec = {"controller": "ingress.k8s.alibabacloud/alb", "parameters": parameters}
    return {"metadata": {"name": name, "uid": f"class-{name}"}, "spec": spec}


def _ingress(service: str = "demo", **annotations: str) -> dict[str, Any]:
    backend = {"service": {"name": service, "port": {"number": 80}}}
    rules = [{"host": "demo", "http": {"paths": [{"path": "/", "backend": backend}]}}]
    metadata = {"namespace": "default", "name": "demo", "uid": "ingress", "annotations": annotations}
    return {"metadata": metadata, "spec": {"ingressClassName": "alb", "rules": rules}}


def _service(name: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"namespace": "default", "name": name, "uid": name}, "spec": {"selector": labels}}


def _state(*albconfigs: Object, others: tuple[tuple[str, Object], ...] = ()) -> ClusterState:
    state = ClusterState(albconfigs={key_of(each): each for each in albconfigs})
    for kind, obj in others:
        getattr(state, kind)[key_of(obj)] = obj
    return state


SITE = (("ingress_classes", _class()), ("ingresses", _ingress()), ("services", _service("demo")))


@pytest.fixture
def intake() -> Intake:
    """An intake with the hash label that knows `alb`, reconciled, and `alb-two`, reconciled."""
    made = Intake(ControllerBehaviour(hash_label=True))
    known = [_labelled(each, made.hash_of(each)) for each in (_albconfig(), _albconfig("alb-two"))]
    assert made.read(_state(*known, others=SITE)) == set()
    return made


def test_an_albconfig_without_a_label_is_reconciled_and_one_whose_label_is_its_hash_is_not(intake: Intake) -> None:
    fresh = Intake(ControllerBehaviour(hash_label=True))
    reconciled = _labelled(_albconfig(), fresh.hash_of(_albconfig()))
    assert fresh.read(_state(reconciled, _albconfig("alb-new"))) == {"alb-new"}
    assert fresh.never_reconciled() == {"alb-new"}
    assert intake.event("albconfigs", "ADDED", _albconfig("alb-new")) == {"alb-new"}


def test_a_change_is_reconciled_and_the_way_back_to_what_the_label_has_is_dropped(intake: Intake) -> None:
    label = intake.hash_of(_albconfig())
    assert intake.event("albconfigs", "MODIFIED", _labelled(_albconfig(enabled=True), label)) == {"alb"}
    assert intake.event("albconfigs", "MODIFIED", _labelled(_albconfig(), label)) == set()


def test_a_fresh_annotation_makes_the_way_back_an_event(intake: Intake) -> None:
    label = intake.hash_of(_albconfig())
    intake.event("albconfigs", "MODIFIED", _labelled(_albconfig(enabled=True), label))
    back = _labelled(_albconfig(annotations={"claim": "2"}), label)
    assert intake.event("albconfigs", "MODIFIED", back) == {"alb"}


def test_a_list_shows_a_change_before_its_event_which_is_then_nothing_new(intake: Intake) -> None:
    changed = _labelled(_albconfig(enabled=True), intake.hash_of(_albconfig()))
    other = _labelled(_albconfig("alb-two"), intake.hash_of(_albconfig("alb-two")))
    assert intake.read(_state(changed, other, others=SITE)) == {"alb"}
    assert intake.event("albconfigs", "MODIFIED", changed) is None


def test_a_status_or_a_label_that_is_written_is_nothing_new(intake: Intake) -> None:
    written = _labelled(_albconfig(), "another") | {"status": {"loadBalancer": {"id": "alb-1"}}}
    assert intake.event("albconfigs", "MODIFIED", written) is None


@pytest.mark.parametrize(
    ("kind", "obj"),
    [
        ("ingresses", _ingress(changed="true")),
        ("ingress_classes", _class() | {"metadata": {"name": "alb", "uid": "made anew"}}),
        ("services", _service("demo", app="changed")),
    ],
)
def test_a_change_beside_the_albconfig_concerns_its_albconfig_alone(intake: Intake, kind: str, obj: Object) -> None:
    assert intake.event(kind, "MODIFIED", obj) == {"alb"}
    assert intake.event(kind, "MODIFIED", obj) is None
    assert intake.event(kind, "DELETED", obj) == {"alb"}


def test_a_service_that_no_ingress_names_concerns_none(intake: Intake) -> None:
    assert intake.event("services", "ADDED", _service("unused")) == set()


def test_after_a_restart_an_ingress_that_was_there_is_known_and_a_new_one_is_not() -> None:
    fresh = Intake(ControllerBehaviour(hash_label=True))
    reconciled = _labelled(_albconfig(), fresh.hash_of(_albconfig()))
    assert fresh.read(_state(reconciled, others=SITE[:1])) == set()
    assert fresh.event("ingresses", "ADDED", _ingress()) == {"alb"}
    again = Intake(ControllerBehaviour(hash_label=True))
    again.event("ingress_classes", None, _class())
    assert again.event("ingresses", None, _ingress()) == set()


def test_without_the_label_every_event_concerns_everything() -> None:
    intake = Intake(ControllerBehaviour(hash_label=False))
    known = [_labelled(each, intake.hash_of(each)) for each in (_albconfig(), _albconfig("alb-two"))]
    assert intake.read(_state(*known)) == {"alb", "alb-two"}
    assert intake.event("ingresses", "ADDED", _ingress()) == {"alb", "alb-two"}
    assert intake.event("ingresses", "ADDED", _ingress()) is None
