"""A roll-back where certificates were or are requested: whoever was accepted before is accepted again, nobody else."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ops.state_records import ClientRecord
from tests.helpers.bound_ca import bind, upload_ca
from tests.helpers.certificates import make_client, make_root
from tests.helpers.lab import GROUP, PLURAL, VERSION, LabHandle, wait_until
from tests.helpers.stack import Stack
from tests.helpers.stack_config import HOST, ask, held, listener
from tests.helpers.world import World
from tests.stack.conftest import MakeStack

UP = ("up", "--yes", "--skip-preview", "--stack", "test")
_HELD_SECONDS = 60


def _short(lab: LabHandle) -> dict[str, Any]:
    """Return a proof that gives up soon, because each of these tests waits for it in vain."""
    return {"host": HOST, "deadlineSeconds": 8, "connections": 50, "serverCa": str(lab.paths.server_ca)}


def _disturb(lab: LabHandle, how: str, *, on: bool) -> None:
    if how == "the ALB does not follow":
        lab.management.post("/controller/hold" if on else "/controller/release").raise_for_status()
    else:
        settle = {"data_plane": {"listeners_settle": not on}}
        lab.management.patch("/behaviour", json=settle).raise_for_status()


def _comes_to_answer(lab: LabHandle, folder: Path, said: str, client: ClientRecord | None = None) -> None:
    """Wait for what was put back in the AlbConfig: an ALB takes no change of a listener that is not at rest."""
    wait_until(lambda: ask(lab, client=client, folder=folder) == said, f"the listener answers: {said}", seconds=30)


WAYS = ("the ALB does not follow", "the ALB follows and never comes to rest")


def test_a_switch_off_that_fails_leaves_the_listener_requesting_certificates(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack(proof=_short(lab))
    stack.up()
    alice = stack.clients()["alice"]
    before = World.of(lab)
    stack.set("enabled", value=False)
    for how in WAYS:
        _disturb(lab, how, on=True)
        said = stack.fails(*UP)
        assert "did not stop requesting client certificates" in said
        assert "Traceback" not in said
        # The claim stands, in the name of the attempt that failed.
        assert World.of(lab).albconfigs["alb"]["spec"] == before.albconfigs["alb"]["spec"]
        _disturb(lab, how, on=False)
        _comes_to_answer(lab, tmp_path, "refused")
        assert ask(lab, client=alice, folder=tmp_path) == "old"
    stack.up()
    assert World.of(lab).element("alb", 443)["caEnabled"] is False
    assert ask(lab, folder=tmp_path) == "old"


def test_a_ca_of_somebody_else_is_taken_over_only_by_name_and_comes_back_when_that_fails_and_with_a_destroy(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    theirs = make_root(now=datetime.now(UTC))
    client = held("bob", make_client(theirs, now=datetime.now(UTC)))
    identifier = upload_ca(lab, theirs.certificate)
    bind(lab, "alb", "443/HTTPS", [identifier])
    assert ask(lab, client=client, folder=tmp_path) == "old"
    before = World.of(lab)
    stack = make_stack(proof=_short(lab))
    said = stack.fails(*UP)
    assert "already has the CA" in said
    assert f"takeOver: {identifier}" in said
    stack.set("listeners", [listener(lab, "alb", 443, takeOver=identifier)])
    for how in WAYS:
        _disturb(lab, how, on=True)
        said = stack.fails(*UP)
        assert "did not request client certificates of CA" in said
        assert "Traceback" not in said
        # Where the ALB does not come to rest, the claim stays.
        assert World.of(lab).albconfigs["alb"]["spec"] == before.albconfigs["alb"]["spec"]
        _disturb(lab, how, on=False)
        _comes_to_answer(lab, tmp_path, "old", client)
        assert ask(lab, folder=tmp_path) == "refused"
    stack.up()
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"
    assert ask(lab, client=client, folder=tmp_path) == "refused"
    stack.destroy()
    assert World.of(lab).element("alb", 443) == before.element("alb", 443)
    assert ask(lab, client=client, folder=tmp_path) == "old"


def _held(lab: LabHandle, api: str) -> int:
    found: list[int] = []

    def is_held() -> bool:
        holds = lab.management.get("/holds", params={"wait": 1}).json()
        found.extend(hold["id"] for hold in holds if hold["api"] == api)
        return bool(found)

    wait_until(is_held, f"{api} is held", seconds=_HELD_SECONDS)
    return found[0]


def _hold(lab: LabHandle, service: str, api: str, first: int) -> None:
    fault = {"kind": "hold", "service": service, "api": api, "first": first, "stage": "after-effect"}
    lab.management.post("/faults", json=fault).raise_for_status()


def _bound_behind_the_back(lab: LabHandle, stack: Stack, identifier: str) -> str:
    """Bind another CA after the ALB API was asked for the last time and before the proof; return what the up said."""
    # The one patch of an attempt claims and switches.
    _hold(lab, "kubernetes", "patch albconfigs", 1)
    cli = stack.start(*UP)
    patch = _held(lab, "patch albconfigs")
    wait_until(
        lambda: (seen := lab.listener("alb", "443/HTTPS")).ca_enabled and seen.listener_status == "Running",
        "the ALB requests certificates of our CA",
    )
    _hold(lab, "alb", "GetListenerAttribute", 1)
    lab.management.post(f"/holds/{patch}/release").raise_for_status()
    answer = _held(lab, "GetListenerAttribute")
    bind(lab, "alb", "443/HTTPS", [identifier])
    wait_until(
        lambda: [one.certificate_id for one in lab.listener("alb", "443/HTTPS").ca_certificates or []] == [identifier],
        "the ALB takes the other CA",
    )
    lab.management.post(f"/holds/{answer}/release").raise_for_status()
    said, _ = cli.communicate(timeout=_HELD_SECONDS)
    assert cli.returncode != 0, said
    return said


def test_another_ca_that_was_bound_behind_our_back_is_found_and_left_until_it_is_taken_over_by_name(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    stack = make_stack(proof=_short(lab))
    identifier = upload_ca(lab, make_root(now=datetime.now(UTC)).certificate)
    said = _bound_behind_the_back(lab, stack, identifier)
    assert "were changed while this run waited for the ALB, last by field manager" in said
    assert f"found is caEnabled true with {identifier}, written was caEnabled true with " in said
    assert "was not put back" in said
    assert "Traceback" not in said
    standing = World.of(lab)
    assert standing.element("alb", 443)["caCertificates"] == [{"CertificateId": identifier}]
    assert f"takeOver: {identifier}" in stack.fails(*UP)
    assert World.of(lab) == standing
    stack.set("listeners", [listener(lab, "alb", 443, takeOver=identifier)])
    stack.up()
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"
    assert ask(lab, folder=tmp_path) == "refused"


def test_a_repair_that_fails_still_names_in_the_next_preview_who_had_switched_the_listener_off(
    lab: LabHandle, make_stack: MakeStack
) -> None:
    stack = make_stack(proof={**_short(lab), "mode": "api"})
    stack.up()
    listeners = lab.albconfig("alb")["spec"]["listeners"]
    path = f"/spec/listeners/{next(i for i, each in enumerate(listeners) if each['port'] == 443)}/caEnabled"
    lab.custom_objects(lab.program).patch_cluster_custom_object(
        GROUP,
        VERSION,
        PLURAL,
        "alb",
        [{"op": "add", "path": path, "value": False}],
        field_manager="alice-on-call",
        _content_type="application/json-patch+json",
    )
    wait_until(lambda: not lab.listener("alb", "443/HTTPS").ca_enabled, "the ALB is off")
    by = "was changed outside this stack\n  last by field manager alice-on-call at 20"
    assert by in stack.preview()
    _disturb(lab, "the ALB does not follow", on=True)
    assert "was put back as it was" in stack.fails(*UP)
    _disturb(lab, "the ALB does not follow", on=False)
    written = [each for each in lab.albconfig("alb")["metadata"]["managedFields"] if each["manager"] == "alice-on-call"]
    assert "f:listeners" not in str(written)
    assert by in stack.preview()
    stack.up()
    assert World.of(lab).element("alb", 443)["caEnabled"] is True
    assert "alice-on-call" not in str(lab.albconfig("alb")["metadata"]["annotations"])
