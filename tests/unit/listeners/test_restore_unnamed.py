"""Where the ALB API names no CA, a destroy or a roll-back that gives another one back says what is not known."""

from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.aliyun.alb import Listener
from alb_mtls.errors import OperationFailed
from tests.helpers.provider_world import CLAIM, Deployed, World


@pytest.fixture
def unnamed(taken: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Deploy on a listener that requests certificates of somebody else's CA, whose name the ALB API leaves out."""
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    shown = taken.alb.listener

    def listener(*where: Any, **which: Any) -> Listener:
        return replace(shown(*where, **which), ca_identifiers=())

    monkeypatch.setattr(taken.alb, "listener", listener)
    return taken


def _deployed(world: World, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    # A proof by handshakes, which shows of which CA certificates are requested, is not what this is about.
    with monkeypatch.context() as named:
        named.setattr(world.alb, "listener", type(world.alb).listener.__get__(world.alb))
        return Deployed.up(takeOver="ca-of-theirs")


def test_the_ca_is_given_back_and_what_is_not_known_is_a_message(
    unnamed: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = unnamed.cluster.element
    deployed = _deployed(unnamed, monkeypatch)
    deployed.destroy()
    assert unnamed.cluster.element == before
    assert CLAIM not in (unnamed.cluster.albconfig("alb")["metadata"].get("annotations") or {})
    printed = capsys.readouterr().out
    assert "whether the ALB requests client certificates of CA ca-of-theirs again is not known" in printed


def test_a_listener_that_shows_that_it_does_not_follow_still_stops_it(
    unnamed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed = _deployed(unnamed, monkeypatch)
    shown = unnamed.alb.listener
    monkeypatch.setattr(unnamed.alb, "listener", lambda *_, **__: replace(shown(*_, **__), status="Configuring"))
    with pytest.raises(OperationFailed, match=r"did not go back to what it was .*run it again"):
        deployed.destroy()


def test_a_roll_back_does_not_say_that_the_alb_does_not_follow(unnamed: World) -> None:
    before = unnamed.cluster.element
    with pytest.raises(OperationFailed) as caught:
        Deployed.up(takeOver="ca-of-theirs")
    assert str(caught.value).endswith(
        "was put back in the AlbConfig; whether the ALB has followed is not known (the ALB API does not name the CA of "
        "which it requests certificates), so the claim of this stack stays: look at the listener in the ALB console, "
        "and run the command again"
    )
    assert unnamed.cluster.element == before
    assert CLAIM in unnamed.cluster.albconfig("alb")["metadata"]["annotations"]


def test_a_roll_back_says_so_where_the_listener_shows_it(unnamed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = unnamed.alb.listener
    monkeypatch.setattr(unnamed.alb, "listener", lambda *_, **__: replace(shown(*_, **__), status="Configuring"))
    with pytest.raises(OperationFailed, match="The AlbConfig is as before, but the ALB does not follow: "):
        Deployed.up(takeOver="ca-of-theirs")
