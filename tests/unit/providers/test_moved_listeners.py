"""A listener that is moved to another AlbConfig by hand, and in the stack file, goes back to what it was before."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.errors import Unreachable
from alb_mtls.errors import OperationFailed
from tests.helpers.albconfigs import LISTENER, Object
from tests.helpers.provider_world import CLAIM, Deployed, World

MADE_HERE = {"madeHere": ["ca-of-ours"]}
OLD_PLACE = replace(LISTENER, alb_config="former")


def _deployed(world: World) -> Deployed:
    world.cas.certificates["ca-of-theirs"] = (0, "")
    return Deployed.up(takeOver="ca-of-theirs", **MADE_HERE)


def _move(world: World, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> list[Object]:
    """Let the AlbConfig be the place where the listener was moved to; return the others, with the claim on the old one.

    Args:
        world: with the listener.
        monkeypatch: shows the others in the cluster.
        changes: to the claim.
    """
    item = world.cluster.item
    assert item is not None
    former = copy.deepcopy(item)
    former["metadata"].update(name=OLD_PLACE.alb_config, uid="uid-of-former")
    former["spec"]["listeners"] = []
    claim = read_claim(item, LISTENER)
    assert claim is not None
    claims = former["metadata"]["annotations"]
    claims[CLAIM] = replace(claim, uid="uid-of-former", **changes).to_text()
    del item["metadata"]["annotations"]
    item["metadata"]["uid"] = "uid-of-the-new-place"
    others = [former]
    monkeypatch.setattr(world.cluster, "albconfigs", lambda: [copy.deepcopy(one) for one in (item, *others)])
    return others


def _moved_up() -> Deployed:
    """Return the resources of the new place, of which the state knew nothing."""
    return Deployed.up(**MADE_HERE)


def test_a_listener_that_was_moved_requests_certificates_of_the_ca_before_again(
    taken: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = taken.cluster.element["caCertificates"]
    _deployed(taken)
    _move(taken, monkeypatch)
    moved = _moved_up()
    assert json.loads(moved.claim["found"]) == {"/caEnabled": True, "/caCertificates": before}
    assert "names the CA of this stack already" not in capsys.readouterr().out
    moved.destroy()
    assert (taken.cluster.element["caEnabled"], taken.cluster.element["caCertificates"]) == (True, before)


@pytest.mark.parametrize("how", ["a copy", "another deployment", "two of them", "other fields", "unreachable", "gone"])
def test_a_listener_of_which_no_claim_says_what_it_was_goes_back_to_off_and_the_up_says_so(
    taken: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    _deployed(taken)
    changes: dict[str, Any] = {
        "another deployment": {"deployment": "deployment-2"},
        "other fields": {"written": {"/caEnabled": False}},
    }
    others = _move(taken, monkeypatch, **changes.get(how, {}))
    if how == "a copy":
        others[0]["spec"]["listeners"] = [taken.cluster.element]
    elif how == "two of them":
        others.append(copy.deepcopy(others[0]))
        others[1]["metadata"]["name"] = "third"
    elif how == "gone":
        others.clear()
    elif how == "unreachable":

        def albconfigs() -> list[Object]:
            message = "nobody answers"
            raise Unreachable(message)

        monkeypatch.setattr(taken.cluster, "albconfigs", albconfigs)
    moved = _moved_up()
    said = capsys.readouterr().out
    assert "names the CA of this stack already, and " in said
    assert ("could not be listed (nobody answers)" in said) is (how == "unreachable")
    moved.destroy()
    assert "caEnabled" not in taken.cluster.element


def test_a_listener_that_is_new_to_the_stack_is_compared_with_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(world.cluster, "albconfigs", lambda: pytest.fail("nothing to look for"))
    Deployed.up(**MADE_HERE)
    assert "names the CA of this stack already" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("made_here", "claimed", "stops"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_destroy_keeps_the_claim_of_a_listener_that_was_moved_until_somebody_claims_it(
    taken: World, monkeypatch: pytest.MonkeyPatch, *, made_here: bool, claimed: bool, stops: bool
) -> None:
    """A purchased CA may be on a listener of anybody."""
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    deployed = Deployed.up(takeOver="ca-of-theirs", **(MADE_HERE if made_here else {}))
    item = taken.cluster.item
    assert item is not None
    new_place = copy.deepcopy(item)
    new_place["metadata"].update(name="new", uid="uid-of-the-new-place")
    annotations = new_place["metadata"]["annotations"]
    if not claimed:
        del annotations[CLAIM]
    item["spec"]["listeners"] = []
    monkeypatch.setattr(taken.cluster, "albconfigs", lambda: [copy.deepcopy(one) for one in (item, new_place)])
    if stops:
        with pytest.raises(OperationFailed, match=r"is gone, and 443/HTTPS of AlbConfig new, which nobody claims, nam"):
            deployed.destroy()
    else:
        deployed.destroy()
    assert (CLAIM in str(taken.cluster.item)) is stops


@pytest.mark.parametrize("enabled", [True, False])
def test_a_destroy_after_the_albconfig_says_what_the_listener_was_before_where_that_was_not_off(
    taken: World, capsys: pytest.CaptureFixture[str], *, enabled: bool
) -> None:
    if not enabled:
        assert taken.cluster.item is not None
        for name in ("caEnabled", "caCertificates"):
            del taken.cluster.item["spec"]["listeners"][0][name]
    deployed = _deployed(taken)
    taken.cluster.item = None
    deployed.destroy()
    assert ("before this stack came, that was: " in capsys.readouterr().out) is enabled
