"""The edition of the ALB is looked at again before a listener is written: time has passed since the program's look."""

import pytest

from alb_mtls.errors import OperationFailed
from tests.helpers.provider_world import Deployed, World

REFUSED = {
    "Basic": "edition Basic, which cannot authenticate clients",
    "Extensible": "which is not among alb.editions",
    "StandardWithWaf": r"\(EDITION_REVERT\)",
}


@pytest.mark.parametrize("edition", REFUSED)
def test_a_listener_is_not_switched_on_where_the_edition_forbids_it(world: World, edition: str) -> None:
    world.alb.edition = edition
    before = world.cluster.element
    with pytest.raises(OperationFailed, match=REFUSED[edition]):
        Deployed.up()
    assert world.cluster.element == before


def test_an_edition_that_is_listed_will_do(world: World) -> None:
    world.alb.edition = "Extensible"
    Deployed.up(editions=["Standard", "Extensible"])
    assert world.cluster.element["caEnabled"] is True


@pytest.mark.parametrize("edition", REFUSED)
def test_no_edition_keeps_anybody_from_switching_off_or_from_a_destroy(world: World, edition: str) -> None:
    before = world.cluster.element
    deployed = Deployed.up()
    world.alb.edition = edition
    deployed.up_again(enabled=False)
    assert world.cluster.element["caEnabled"] is False
    deployed.destroy()
    assert world.cluster.element == before
