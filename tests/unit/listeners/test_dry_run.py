"""A patch is tried in its later shape before anything is done for it, and nothing of the trial is left."""

import copy
import json
from typing import Any

import pytest

from alb_mtls.cluster.errors import (
    AdmissionDenied,
    DryRunUnsupported,
    Forbidden,
    PatchConflict,
    UnexpectedReply,
    WebhookUnavailable,
)
from alb_mtls.listeners import dry_run
from alb_mtls.listeners.dry_run import PLACEHOLDER, try_switch
from components.providers.listener_claim import ListenerClaimProvider
from components.providers.listener_switch import ListenerSwitchProvider
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, Object, albconfig, https
from tests.helpers.provider_world import CLAIM, Deployed, World

ON = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-ours"}]}


def _deny(text: str, *, when: Any = lambda _: True) -> Any:
    def judge(patched: Object) -> None:
        if when(patched):
            name = "alb"
            raise AdmissionDenied(name, by="admission webhook w", text=text)

    return judge


def _fail(error: Exception) -> Any:
    def judge(_patched: Object) -> None:
        raise error

    return judge


def _tried(cluster: Cluster, *, enabled: bool = True, identifier: str | None = None) -> str:
    item = cluster.albconfig("alb")
    return try_switch(cluster, item, LISTENER, enabled=enabled, identifier=identifier, owner="alb-mtls/test")  # type: ignore[arg-type]  # the fake


def _shape(operations: list[Object]) -> list[Any]:
    """Return the operations with a claim's drawn values and the identifier of the CA taken out."""
    shaped = []
    for operation in operations:
        value = copy.deepcopy(operation.get("value"))
        text = (
            value.get(CLAIM) if isinstance(value, dict) else value if "alb-mtls~1claim" in operation["path"] else None
        )
        if text is not None:
            value = sorted(json.loads(text))
        shaped.append((operation["op"], operation["path"], str(value).replace("ca-of-ours", PLACEHOLDER)))
    return shaped


def test_what_is_tried_has_the_shape_of_the_patch_that_comes_later_and_is_not_stored(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = world.cluster.albconfig("alb")
    assert _tried(world.cluster) == ""
    assert world.cluster.albconfig("alb") == before
    sent: list[list[Object]] = []
    patched = world.cluster.patch_albconfig

    def patch(name: str, operations: list[Object]) -> Object:
        sent.append(operations)
        return patched(name, operations)

    monkeypatch.setattr(world.cluster, "patch_albconfig", patch)
    Deployed.up(host=None)
    assert _shape(world.cluster.tried[0]) == _shape(sent[0])


def test_the_identifier_of_a_purchased_ca_is_tried_itself() -> None:
    cluster = Cluster()
    _tried(cluster, identifier="1ed65580")
    assert {"op": "add", "path": "/spec/listeners/0/caCertificates", "value": [{"CertificateId": "1ed65580"}]} in (
        cluster.tried[0]
    )


@pytest.mark.parametrize(
    "error",
    [
        AdmissionDenied("alb", by="admission webhook w", text="no change on Fridays"),
        WebhookUnavailable("alb", by="admission webhook w", text="context deadline exceeded"),
        Forbidden(verb="patch", resource="albconfigs", user="deployer"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_the_patch_would_end_with_is_raised(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "TRY_SECONDS", 0.1)
    with pytest.raises(type(error), match=str(error)[:20]):
        _tried(Cluster(judge=_fail(error)))


@pytest.mark.parametrize(
    "error",
    [DryRunUnsupported("alb", by="admission webhook w"), UnexpectedReply("the API server answered HTTP 418")],
    ids=lambda error: type(error).__name__,
)
def test_what_only_a_dry_run_may_end_with_is_no_failure_but_a_reason_why_it_is_not_known(error: Exception) -> None:
    assert _tried(Cluster(judge=_fail(error))) == str(error)


def test_a_denial_that_names_the_placeholder_leaves_open_whether_the_true_identifier_pleases() -> None:
    judge = _deny(
        f"{'x' * 600} CA certificate {PLACEHOLDER} does not exist", when=lambda patched: PLACEHOLDER in str(patched)
    )
    assert f"{PLACEHOLDER} stood for the CA" in _tried(Cluster(judge=judge))
    with pytest.raises(AdmissionDenied, match="does not exist"):
        _tried(Cluster(judge=_deny("CA certificate 1ed65580 does not exist")), identifier="1ed65580")


def test_a_denial_that_quotes_the_placeholder_but_is_about_something_else_is_one() -> None:
    quoting = f'no change on Fridays: {{"CertificateId": "{PLACEHOLDER}"}}'
    with pytest.raises(AdmissionDenied, match="no change on Fridays"):
        _tried(Cluster(judge=_deny(quoting)))
    # Of the claim alone it says nothing, so it is about the fields, among them the identifier.
    judge = _deny(quoting, when=lambda patched: PLACEHOLDER in str(patched["spec"]))
    assert "no change on Fridays" in _tried(Cluster(judge=judge))


def test_who_writes_meanwhile_lets_it_be_tried_again_on_what_stands_then() -> None:
    cluster, item = Cluster(), albconfig(https(idleTimeout=5))
    item["metadata"]["resourceVersion"] = "6"
    assert try_switch(cluster, item, LISTENER, enabled=True, identifier=None, owner="a/b") == ""  # type: ignore[arg-type]  # the fake
    assert len(cluster.tried) == 2


def test_a_conflict_that_never_ends_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dry_run, "TRY_SECONDS", 0.1)
    with pytest.raises(Exception, match="although nobody had changed that"):
        _tried(Cluster(judge=_fail(PatchConflict("rejected with HTTP 422"))))


def _without_claim(patched: Object) -> bool:
    return CLAIM not in patched["metadata"].get("annotations", {})


@pytest.mark.parametrize("provider", [ListenerSwitchProvider, ListenerClaimProvider])
def test_a_restore_whose_last_patch_alone_is_denied_stops_before_the_first_and_goes_on_next_time(
    world: World, provider: Any
) -> None:
    deployed = Deployed.up()
    before = world.cluster.albconfig("alb")
    world.cluster.judge = _deny("claims stay", when=_without_claim)
    with pytest.raises(Exception, match=r"denied the patch of AlbConfig alb.*claims stay"):
        provider().delete("id", deployed.switch if provider is ListenerSwitchProvider else deployed.claim)
    assert world.cluster.albconfig("alb") == before
    world.cluster.judge = lambda _: None
    deployed.run()
    assert _without_claim(world.cluster.albconfig("alb"))
    assert "caEnabled" not in world.cluster.element


@pytest.mark.parametrize(
    ("when", "so_far"),
    [
        (_without_claim, "it is as it was before this stack came, but for the claim; run it again"),
        (
            lambda patched: "caEnabled" not in patched["spec"]["listeners"][0],
            "it no longer requests client certificates, and is not yet as it was before this stack came; run it again",
        ),
    ],
    ids=["the release", "the second patch"],
)
def test_a_later_patch_of_a_restore_that_is_denied_although_its_dry_run_passed_says_how_far_it_came(
    world: World, monkeypatch: pytest.MonkeyPatch, when: Any, so_far: str
) -> None:
    deployed = Deployed.up()
    monkeypatch.setattr(world.cluster, "try_patch_albconfig", lambda name, _: world.cluster.albconfig(name))
    world.cluster.judge = _deny("not today")
    with pytest.raises(Exception, match="not today") as denied:
        ListenerClaimProvider().delete("id", deployed.claim)
    assert "In AlbConfig" not in str(denied.value)
    world.cluster.judge = _deny("not today", when=when)
    with pytest.raises(Exception, match=rf"denied the patch of AlbConfig alb.*not today.*In AlbConfig alb {so_far}"):
        ListenerClaimProvider().delete("id", deployed.claim)
    world.cluster.judge = lambda _: None
    deployed.run()
    assert _without_claim(world.cluster.albconfig("alb"))


def test_a_restore_goes_on_where_dry_runs_are_not_to_be_had(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        name = "alb"
        raise DryRunUnsupported(name, by="admission webhook w")

    deployed = Deployed.up()
    monkeypatch.setattr(world.cluster, "try_patch_albconfig", unsupported)
    deployed.run()
    assert _without_claim(world.cluster.albconfig("alb"))


def test_a_denied_switch_leaves_the_listener_as_it_was_and_says_whose_words_these_are(world: World) -> None:
    before = world.cluster.albconfig("alb")
    world.cluster.judge = _deny("no change on Fridays")
    with pytest.raises(Exception, match=r"admission webhook w denied the patch of AlbConfig alb.*no change on Fridays"):
        Deployed.up()
    assert world.cluster.albconfig("alb") == before


def test_a_second_patch_of_a_roll_back_that_is_denied_does_not_blame_the_alb(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_for = world.alb.wait_for

    def fails(*arguments: Any, **named: Any) -> Any:
        if world.cluster.element.get("caEnabled"):
            world.cluster.judge = _deny("not today", when=lambda patched: "caEnabled" not in str(patched["spec"]))
            message = "something broke"
            raise ValueError(message)
        return wait_for(*arguments, **named)

    monkeypatch.setattr(world.alb, "wait_for", fails)
    expected = r"broke.*is switched off, and not yet as it was before: admission webhook w denied the patch.*not today"
    with pytest.raises(Exception, match=expected):
        Deployed.up()


def test_a_roll_back_that_is_denied_says_so_beside_the_reason_for_which_it_was_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        world.cluster.judge = _deny("no change on Fridays")
        message = "the ALB does not follow"
        raise ValueError(message)

    monkeypatch.setattr(world.alb, "wait_for", fails)
    with pytest.raises(
        Exception, match=r"the ALB does not follow.*failed as well: admission webhook w denied the patch"
    ):
        Deployed.up()
