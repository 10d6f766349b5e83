"""What somebody changes at the ALB alone, of which no event reaches the controller, until a write does.

The controller drops every event about an AlbConfig whose spec and annotations are as it last reconciled them, so that
nothing may be waited for that no new write precedes.
"""

import copy
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.errors import OperationFailed
from components.providers.listener_switch import ListenerSwitchProvider
from tests.fakes.alb import Alb, listener_on_alb
from tests.helpers.albconfigs import LISTENER, Object
from tests.helpers.provider_world import Deployed, World, switch_inputs

OURS, THEIRS = ("ca-of-ours",), ("ca-of-theirs",)
# What stands at the ALB alone, beside what the stack desires, and how it is announced.
EDITS = {
    "switched off": (True, False, OURS, "caEnabled is false there, and true here"),
    "switched off, the CA let go": (True, False, (), "caEnabled is false there, and true here"),
    "another CA": (True, True, THEIRS, "it checks clients with CA ca-of-theirs there, and with ca-of-ours here"),
    "another CA beside ours": (
        True,
        True,
        (*OURS, *THEIRS),
        "it checks clients with CA ca-of-ours, ca-of-theirs there",
    ),
    "switched on": (False, True, OURS, "caEnabled is true there, and false here"),
    "switched on with another CA": (False, True, THEIRS, "caEnabled is true there, and false here"),
}


@dataclass(kw_only=True)
class LabelledAlb(Alb):
    """An ALB that keeps an edit of its own until spec or annotations of the AlbConfig change.

    Attributes:
        edit: enabled and CAs as somebody set them; None while it is as the AlbConfig says.
        reconciled: spec and annotations at the time of the edit.
    """

    edit: tuple[bool, tuple[str, ...]] | None = None
    reconciled: str = ""

    def edit_alone(self, *, enabled: bool, identifiers: tuple[str, ...]) -> None:
        """Change the listener and no AlbConfig."""
        self.edit, self.reconciled = (enabled, identifiers), self._hashed()

    def listener(self, _id: str, *, port: int, protocol: str) -> Listener:
        """Return the listener as it was edited, or as the AlbConfig says once that has changed."""
        if self.edit is not None and self._hashed() == self.reconciled:
            enabled, identifiers = self.edit
            return listener_on_alb(port=port, protocol=protocol, enabled=enabled, identifiers=identifiers)
        self.edit = None
        return super().listener(_id, port=port, protocol=protocol)

    def _hashed(self) -> str:
        item = self.cluster.albconfig("alb")
        return json.dumps([item["spec"], item["metadata"].get("annotations")], sort_keys=True)


@pytest.fixture
def alb(world: World) -> LabelledAlb:
    """The ALB of the world, which follows what the controller sees."""
    world.alb = made = LabelledAlb(cluster=world.cluster)
    return made


def announced(deployed: Deployed, capsys: pytest.CaptureFixture[str], **inputs: Any) -> str:
    """Return what a preview announces of the listener; nothing when it finds no change."""
    capsys.readouterr()
    found = ListenerSwitchProvider().diff("id", deployed.switch, switch_inputs(deployed.claim, **inputs))
    shown = capsys.readouterr().out
    assert found.changes == ("not on the ALB" in shown)
    return shown


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_at_the_alb_alone_is_announced_by_its_field_and_healed_by_a_write_of_the_claim(
    world: World, alb: LabelledAlb, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    enabled, at_the_alb, identifiers, words = EDITS[case]
    deployed = Deployed.up(enabled=enabled)
    assert not announced(deployed, capsys, enabled=enabled)
    fields, attempt = copy.deepcopy(world.cluster.element), deployed.switch["attempt"]

    alb.edit_alone(enabled=at_the_alb, identifiers=identifiers)
    assert f"is as it must be in the AlbConfig, but not on the ALB: {words}" in announced(
        deployed, capsys, enabled=enabled
    )
    deployed.up_again(enabled=enabled)

    assert world.cluster.element == fields, "nothing but the attempt was to be written"
    assert deployed.switch["attempt"] != attempt
    assert alb.edit is None
    assert not announced(deployed, capsys, enabled=enabled)


@pytest.mark.parametrize(
    ("enabled", "what_next"),
    [
        (True, "an up stops there; a listener that was deleted at the ALB alone comes back after the next change of"),
        (False, "an up sets it again"),
    ],
)
def test_a_listener_that_was_deleted_at_the_alb_alone_is_announced_with_what_an_up_makes_of_it(
    alb: LabelledAlb,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    enabled: bool,
    what_next: str,
) -> None:
    deployed = Deployed.up(enabled=enabled)
    monkeypatch.setattr(alb, "listener", lambda *_, **__: None)
    assert f"the ALB has no such listener; {what_next}" in announced(deployed, capsys, enabled=enabled)


@pytest.mark.parametrize(
    ("status", "what_next"),
    [
        ("Stopped", "the listener is stopped; start it in the ALB console"),
        ("Configuring", "its status is Configuring; an up sets it again"),
    ],
)
def test_a_listener_that_does_not_run_is_announced_with_what_helps(
    alb: LabelledAlb,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    status: str,
    what_next: str,
) -> None:
    deployed = Deployed.up()
    shown = alb.listener("alb", port=443, protocol="HTTPS")
    monkeypatch.setattr(alb, "listener", lambda *_, **__: replace(shown, status=status))
    assert what_next in announced(deployed, capsys)


def test_a_ca_that_a_listener_keeps_at_the_alb_while_it_is_off_is_no_drift(
    alb: LabelledAlb, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed = Deployed.up(enabled=False)
    alb.edit_alone(enabled=False, identifiers=THEIRS)
    assert not announced(deployed, capsys, enabled=False)


@pytest.mark.parametrize("case", EDITS)
def test_a_destroy_that_meets_an_edit_at_the_alb_alone_writes_what_the_controller_sees(
    world: World, alb: LabelledAlb, case: str
) -> None:
    before = copy.deepcopy(world.cluster.item)
    enabled, at_the_alb, identifiers, _ = EDITS[case]
    deployed = Deployed.up(enabled=enabled)
    alb.edit_alone(enabled=at_the_alb, identifiers=identifiers)
    deployed.destroy()
    assert _without_bookkeeping(world.cluster.item) == _without_bookkeeping(before)
    assert not alb.listener("alb", port=443, protocol="HTTPS").ca_enabled


@pytest.mark.parametrize("identifiers", [OURS, THEIRS])
def test_a_destroy_after_a_kept_file_was_applied_again_writes_as_well_where_only_the_alb_differs(
    world: World, alb: LabelledAlb, identifiers: tuple[str, ...]
) -> None:
    deployed = Deployed.up()
    assert world.cluster.item is not None
    for element in world.cluster.item["spec"]["listeners"]:
        element.pop("caEnabled", None)
        element.pop("caCertificates", None)
    alb.edit_alone(enabled=True, identifiers=identifiers)
    deployed.destroy()
    assert LISTENER.claim_annotation not in world.cluster.item["metadata"].get("annotations", {})
    assert not alb.listener("alb", port=443, protocol="HTTPS").ca_enabled


@pytest.mark.parametrize(
    ("identifiers", "waits"), [(OURS, True), (THEIRS, False), ((), False)], ids=["ours", "theirs", "none"]
)
def test_without_a_claim_a_destroy_waits_for_the_alb_only_while_that_has_a_ca_of_ours(
    world: World, alb: LabelledAlb, monkeypatch: pytest.MonkeyPatch, identifiers: tuple[str, ...], waits: bool
) -> None:
    deployed, item = Deployed.up(), world.cluster.item
    assert item is not None
    item["metadata"].pop("annotations")
    for element in item["spec"]["listeners"]:
        element.pop("caEnabled", None)
        element.pop("caCertificates", None)
    alb.edit_alone(enabled=True, identifiers=identifiers)
    waited: list[str] = []
    monkeypatch.setattr(alb, "wait_for", lambda _id, *, describe, **_: waited.append(describe))
    deployed.destroy()
    assert waited == ["let the CA of this stack go"] * waits


def test_a_roll_back_after_an_edit_at_the_alb_alone_ends_with_the_alb_as_the_albconfig_says(
    world: World, alb: LabelledAlb, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = Deployed.up()
    claim = copy.deepcopy(world.cluster.item)
    alb.edit_alone(enabled=False, identifiers=())
    failed = OperationFailed("the proof failed")

    def look_again(*_: object) -> None:
        raise failed

    monkeypatch.setattr("alb_mtls.listeners.switch._Switching.look_again", look_again)
    with pytest.raises(OperationFailed, match=r"^the proof failed. .* was put back as it was"):
        deployed.up_again()
    assert claim is not None
    assert world.cluster.item is not None
    assert world.cluster.item["spec"] == claim["spec"]
    assert alb.listener("alb", port=443, protocol="HTTPS").ca_enabled


def _without_bookkeeping(item: Object | None) -> Object:
    assert item is not None
    return {"spec": item["spec"], "annotations": item["metadata"].get("annotations") or {}}
