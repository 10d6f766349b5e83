"""A destroy gives the listener back, or says why it cannot; it never leaves it enforcing without a message."""

import copy

import pytest

from alb_mtls.cluster.errors import CrdMissing
from alb_mtls.errors import OperationFailed
from components.providers.listener_switch import ListenerSwitchProvider
from tests.helpers.provider_world import CLAIM, Deployed, World

UNKNOWN = (
    r"listener 443/HTTPS of AlbConfig alb still refers to CA ca-of-ours, but neither a claim on it .* nor the "
    "state says what it was before; nothing was changed. Run `pulumi up` first"
)


def test_with_its_claim_a_listener_is_given_back(world: World) -> None:
    before = world.cluster.element
    deployed = Deployed.up()
    assert world.cluster.element["caEnabled"] is True
    deployed.destroy()
    assert world.cluster.element == before
    assert CLAIM not in str(world.cluster.item)


def test_without_its_claim_it_is_given_back_by_the_state(world: World) -> None:
    before = world.cluster.element
    deployed = Deployed.up()
    world.cluster.lose_claim()
    deployed.destroy()
    assert world.cluster.element == before
    assert CLAIM not in str(world.cluster.item)


def test_without_its_claim_what_it_requested_certificates_of_is_given_back_by_the_state(taken: World) -> None:
    before = taken.cluster.element
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    deployed = Deployed.up(takeOver="ca-of-theirs")
    taken.cluster.lose_claim()
    deployed.destroy()
    assert taken.cluster.element == before


def test_where_neither_claim_nor_state_knows_a_destroy_stops_and_names_the_way_out(world: World) -> None:
    deployed = Deployed.up()
    deployed.claim.pop("found")
    world.cluster.lose_claim()
    standing = copy.deepcopy(world.cluster.item)
    with pytest.raises(OperationFailed, match=UNKNOWN):
        deployed.destroy()
    assert world.cluster.item == standing


def test_the_way_out_gives_back_what_was_there_before(taken: World) -> None:
    before = taken.cluster.element
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    deployed = Deployed.up(takeOver="ca-of-theirs")
    taken.cluster.lose_claim()
    deployed.up_again(takeOver="ca-of-theirs").destroy()
    assert taken.cluster.element == before


def test_without_its_claim_who_switched_it_off_is_not_known_and_an_up_writes_the_claim_again(taken: World) -> None:
    """Our own `enabled: false`: a restore would let the listener request certificates again."""
    before = taken.cluster.element
    taken.cas.certificates["ca-of-theirs"] = (0, "")
    deployed = Deployed.up(takeOver="ca-of-theirs", enabled=False)
    taken.cluster.lose_claim()
    standing = taken.cluster.element
    with pytest.raises(OperationFailed, match=r"The claim, which would say .*, is gone: run `pulumi up`, which writes"):
        deployed.destroy()
    assert taken.cluster.element == standing
    deployed.up_again(takeOver="ca-of-theirs", enabled=False).destroy()
    assert taken.cluster.element == before


@pytest.mark.parametrize("fields", [{}, {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-of-theirs"}]}])
def test_a_listener_that_no_longer_holds_our_ca_needs_nothing(world: World, fields: dict[str, object]) -> None:
    deployed = Deployed.up()
    uid = world.cluster.albconfig("alb")["metadata"]["uid"]
    world.cluster.recreate(**fields)
    assert world.cluster.item is not None
    world.cluster.item["metadata"]["uid"] = uid
    standing = copy.deepcopy(world.cluster.item)
    deployed.destroy()
    assert world.cluster.item == standing


def test_a_refresh_does_not_make_anothers_ca_ours(world: World) -> None:
    deployed = Deployed.up()
    world.cluster.recreate(caEnabled=True, caCertificates=[{"CertificateId": "ca-of-theirs"}])
    read = ListenerSwitchProvider().read("id", deployed.switch).outs or {}
    assert read["caIdentifier"] == "ca-of-theirs"
    ListenerSwitchProvider().delete("id", read)


def test_a_listener_that_had_our_ca_before_us_is_as_it_was(world: World) -> None:
    world.cluster.recreate(caEnabled=True, caCertificates=[{"CertificateId": "ca-of-ours"}])
    deployed = Deployed.up()
    world.cluster.lose_claim()
    deployed.destroy()
    assert world.cluster.element["caEnabled"] is True


def test_without_its_albconfig_there_is_nothing_to_give_back(world: World) -> None:
    deployed = Deployed.up()
    world.cluster.item = None
    deployed.destroy()


@pytest.mark.parametrize("is_gone", [True, False])
def test_in_a_cluster_that_knows_no_albconfig_any_more_there_is_nothing_to_give_back_and_else_it_stops(
    world: World, monkeypatch: pytest.MonkeyPatch, *, is_gone: bool
) -> None:
    def crd() -> dict[str, object]:
        if is_gone:
            raise CrdMissing
        return {}

    deployed = Deployed.up()
    monkeypatch.setattr(world.cluster, "failure", CrdMissing())
    monkeypatch.setattr(world.cluster, "crd", crd, raising=False)
    if is_gone:
        deployed.destroy()
        assert deployed.state.resources == []
    else:
        with pytest.raises(OperationFailed, match="the cluster has no AlbConfig"):
            deployed.destroy()


def test_without_its_listener_only_the_claim_goes(world: World) -> None:
    deployed = Deployed.up()
    assert world.cluster.item is not None
    world.cluster.item["spec"]["listeners"] = []
    deployed.destroy()
    assert CLAIM not in str(world.cluster.item)
