"""Answers of the cloud that no sample shows: the whole way with each, and the wrong setting that one of them names."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.controller_events import has_event
from tests.helpers.lab import LabHandle, wait_until
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOST, ask
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

UP = ("up", "--yes", "--skip-preview", "--stack", "test")


def _behave(lab: LabHandle, **cloud: Any) -> None:
    lab.management.patch("/behaviour", json={"cloud": cloud}).raise_for_status()


def test_the_wrong_site_of_cas_is_named_as_soon_as_the_controller_reports_it(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    deadline = 120
    stack = make_stack(proof={"deadlineSeconds": deadline, "connections": 50, "serverCa": str(lab.paths.server_ca)})
    before = World.of(lab)
    _behave(lab, wrong_site=True)
    began = time.monotonic()
    text = stack.fails(*UP)
    assert time.monotonic() - began < deadline / 2
    assert "does not follow, and waiting does not help: the ALB Ingress controller reports: FailedApplyModel" in text
    assert "let cas.endpoint name the CAS site of the account that owns the ALB" in text
    assert "was put back as it was" in text
    assert World.of(lab).albconfigs == before.albconfigs
    assert ask(lab, folder=tmp_path) == "old"

    _behave(lab, wrong_site=False)
    stack.up()
    assert ask(lab, folder=tmp_path) == "refused"


@pytest.mark.long
def test_a_listener_is_proven_switched_off_and_given_back_whatever_the_answers_look_like(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    before = World.of(lab).albconfigs
    _behave(lab, ca_named=False, zone="china", unknown_statuses=True, names_unique="all")
    _is_proven(stack)
    stack.set("enabled", value=False)
    stack.up()
    assert ask(lab, folder=tmp_path) == "old"

    _behave(lab, ca_named=True, no_ca="null", lets_go_of_ca=True, names_unique="none", unknown_members=False)
    stack.set("enabled", value=True)
    _is_proven(stack)
    stack.destroy()
    assert World.of(lab).albconfigs == before
    assert World.of(lab).certificates == []


def _is_proven(stack: Stack) -> None:
    stack.up()
    assert stack.outputs()["listeners"]["alb/443"]["proven"] is True
    stack.preview("--expect-no-changes")
    verified = ops(stack, "verify", "--json")
    assert (verified.codes, verified.document["unknown"]) == (["HTTP_FORWARDS"], [])


def test_where_the_alb_does_not_name_the_ca_the_api_alone_proves_nothing(lab: LabHandle, make_stack: MakeStack) -> None:
    stack = make_stack(proof={"mode": "api", "deadlineSeconds": 8})
    before = World.of(lab).albconfigs
    _behave(lab, ca_named=False)
    text = stack.fails(*UP)
    assert "client authentication on, CA not named by the ALB API" in text
    assert "only handshakes can show it: set proof.mode: required" in text
    assert World.of(lab).albconfigs == before


@pytest.mark.parametrize("mode", ["api", "required"])
def test_a_listener_that_the_controller_could_not_make_stops_an_up_before_anything_is_uploaded(
    lab: LabHandle, make_stack: MakeStack, mode: str
) -> None:
    added = {"port": 9443, "protocol": "HTTPS", "certificates": [{"CertificateId": "unknown", "IsDefault": True}]}
    lab.patch_albconfig("alb", [{"op": "add", "path": "/spec/listeners/-", "value": added}])
    wait_until(lambda: has_event(lab, "alb", "FailedApplyModel", "listenerPort: 9443"), "the failure is reported")
    before = World.of(lab)
    stack = make_stack(
        listeners=[{"albConfig": "alb", "port": 9443, "connectTo": "127.0.0.1:9"}],
        proof={"mode": mode, "host": HOST, "deadlineSeconds": 8},
    )
    text = stack.fails(*UP)
    assert "listener 9443/HTTPS of AlbConfig alb is in the AlbConfig, and ALB alb-" in text
    assert "has no such listener; the ALB Ingress controller reports: FailedApplyModel" in text
    assert "nothing was touched" in text
    assert "an up would stop here: listener 9443/HTTPS" in stack.preview()
    assert World.of(lab) == before
