"""A webhook that denies, is down or does no dry runs, as a person meets it with the real engine."""

from typing import Any

import pytest

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.world import World

UP = ("up", "--yes", "--skip-preview", "--stack", "test")
DESTROY = ("destroy", "--yes", "--skip-preview", "--stack", "test")
TEXT = "listeners rest on Fridays"
WEBHOOK = "admission webhook valbconfig.alb.alibabacloud.com"
DENIED = f"{WEBHOOK} denied the patch of AlbConfig alb, and nothing of it was done: {TEXT}"
NO_ANSWER = f"since {WEBHOOK} does not answer it"
FIRST = "an up tries first whether the cluster takes its patches; nothing was touched in cluster and cloud, because:"
# What a JSON of an AlbConfig with a CA has: the identifier of one that was uploaded, and not its placeholder.
UPLOADED = r'"caCertificates": \[\{"CertificateId": "(?!1ed00000-)'
WITHOUT_CLAIM = r"^(?!.*alb-mtls/claim)"


@pytest.fixture
def stack(quick_stack: Stack) -> Stack:
    return quick_stack


def _webhook(lab: LabHandle, mode: str = "accepts", **more: Any) -> None:
    switches = {"webhook": mode, "webhook_text": TEXT, "webhook_denies": "", **more}
    lab.management.patch("/behaviour", json={"controller": switches}).raise_for_status()
    lab.settle()


def _sent(lab: LabHandle, api: str) -> int:
    return len(lab.management.get("/journal", params={"api": api}).json())


@pytest.mark.long
def test_a_denial_or_a_silent_webhook_stops_an_up_before_the_upload_and_a_destroy_at_its_last_patch(
    lab: LabHandle, stack: Stack
) -> None:
    before = World.of(lab)
    _webhook(lab, "denies", webhook_code=422)
    assert TEXT not in stack.preview()
    assert _sent(lab, "dry-run patch albconfigs") == 0
    for mode, words in (("denies", DENIED), ("down", NO_ANSWER)):
        _webhook(lab, mode, webhook_code=422)
        said = stack.fails(*UP)
        assert FIRST in said
        assert words in said
        assert "Traceback" not in said
        assert "grant it" not in said
    assert World.of(lab) == before
    assert _sent(lab, "patch albconfigs") == _sent(lab, "UploadPCACert") == _sent(lab, "CreateWarehouse") == 0
    _webhook(lab)
    stack.up()
    deployed = World.of(lab)
    assert deployed.element("alb", 443)["caEnabled"] is True

    _webhook(lab, "denies", webhook_denies=WITHOUT_CLAIM)
    assert DENIED in stack.fails(*DESTROY)
    assert World.of(lab) == deployed
    # The stack is whole: nothing was forgotten, and an up has nothing to do.
    assert "unchanged" in stack.up()
    assert World.of(lab) == deployed
    _webhook(lab)
    stack.destroy()
    assert World.of(lab) == before


def test_a_ca_whose_identifier_was_denied_serves_the_next_up_and_a_webhook_without_dry_runs_is_one_line_of_it(
    lab: LabHandle, stack: Stack
) -> None:
    before = World.of(lab)
    _webhook(lab, "denies", webhook_denies=UPLOADED)
    said = stack.fails(*UP)
    assert DENIED in said
    assert FIRST not in said
    # The state knows the CA, and goes on with it; the listener was not touched.
    assert World.of(lab).albconfigs == before.albconfigs
    [identifier] = World.of(lab).certificates

    _webhook(lab, "refuses-dry-run")
    said = stack.up()
    assert "whether the cluster takes its patch could not be tried: admission webhook" in said
    assert World.of(lab).element("alb", 443)["caCertificates"] == [{"CertificateId": identifier}]
    _webhook(lab, "denies", webhook_denies=f"^(?!.*{identifier})")
    assert DENIED in stack.fails(*DESTROY)
    assert World.of(lab).certificates == [identifier]
    _webhook(lab)
    stack.destroy()
    assert World.of(lab) == before


def test_a_first_up_whose_patch_is_denied_in_the_end_is_destroyed_without_a_trace(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    _webhook(lab, "denies", webhook_denies=UPLOADED)
    assert DENIED in stack.fails(*UP)
    stack.destroy()
    assert World.of(lab) == before
