"""One CAS site is one site however it is spelled or reached, and what is in use there is never swept away."""

import re
from typing import Any

import pytest

from alb_mtls.aliyun.endpoints import cas_url
from alb_mtls.errors import OperationFailed
from alb_mtls.pki.encoding import certificate_pem
from components.providers.cas_certificate import CasCertificateProvider
from components.providers.cas_repository import CasRepositoryProvider
from tests.fakes.cas import Cas
from tests.harness.in_process import desired
from tests.harness.state import Desired
from tests.helpers.certificates import make_root
from tests.helpers.provider_world import Deployed, World, repository_inputs, uploaded_inputs

PEM = certificate_pem(make_root().certificate)
SPELLINGS = ["cas.ap-southeast-1.aliyuncs.com", "https://CAS.ap-southeast-1.aliyuncs.com:443/", " international "]
ELSEWHERE = "cas.aliyuncs.com"


def in_cas(**changes: Any) -> tuple[Desired, Desired]:
    """Return the repository and the certificate of a stack."""
    given = {"name": "ours", "owned": True, "generated": True, **changes}
    name, owned, generated = (given.pop(key) for key in ("name", "owned", "generated"))
    repository = repository_inputs(PEM, **given, name=name, owned=owned, **({} if generated else {"generated": []}))
    uploaded = uploaded_inputs(PEM, **given, repositoryName=name, repositoryOwned=owned, generated=generated)
    return (
        desired("repository", CasRepositoryProvider, repository),
        desired("uploaded", CasCertificateProvider, uploaded, repositoryName=("repository", "name")),
    )


def up(**changes: Any) -> Deployed:
    return Deployed().run(*in_cas(**changes))


def repository_names(world: World, site: str | None = None) -> list[str]:
    """Return the names of all repositories, of our own without what was drawn."""
    cas = world.cas if site is None else world.sites[site]
    return [re.sub(r"-[0-9a-f]{8}\Z", "", name) for name in cas.repositories_by_number.values()]


def identifier(held: Deployed) -> str:
    return str(held.outputs("uploaded")["caIdentifier"])


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_is_the_same_site(spelling: str) -> None:
    assert cas_url(spelling) == cas_url("international")


@pytest.mark.parametrize(
    ("one", "other"), [("international", "china"), ("cas.example", "cas.example:8443"), ("localhost", "127.0.0.1")]
)
def test_another_place_stays_another_place(one: str, other: str) -> None:
    assert cas_url(one) != cas_url(other)


def test_another_address_of_the_site_keeps_what_is_in_use(world: World) -> None:
    held = up()
    first = identifier(held)
    listener = Deployed.up(caIdentifier=first)
    held.run(*in_cas(endpoint="https://cas.example"))
    assert identifier(held) == first
    assert world.cas.certificates.keys() == {first}
    assert repository_names(world) == ["ours"]
    listener.destroy()
    held.destroy()
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})


@pytest.mark.parametrize(("made_here", "stays"), [(True, False), (False, True)])
def test_of_what_was_uploaded_into_the_users_repository_a_destroy_deletes_only_what_was_generated(
    world: World, *, made_here: bool, stays: bool
) -> None:
    team = world.cas.add_repository("team")
    held = up(name="team", owned=False, generated=made_here)
    held.run(*in_cas(name="team", owned=False, generated=made_here, endpoint="https://cas.example")).destroy()
    assert bool(world.cas.certificates) is stays
    assert world.cas.repositories_by_number == {team.warehouse_id: "team"}


def test_another_site_gets_the_ca_and_the_old_one_is_emptied(world: World) -> None:
    world.sites[ELSEWHERE] = Cas()
    held = up().run(*in_cas(endpoint=f"https://{ELSEWHERE}"))
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})
    assert world.sites[ELSEWHERE].certificates.keys() == {identifier(held)}


def own_name(held: Deployed) -> str:
    return str(held.outputs("repository")["name"])


def test_the_drawn_name_given_by_the_user_makes_the_repository_the_users(world: World) -> None:
    held = up()
    first = identifier(held)
    held.run(*in_cas(name=own_name(held), owned=False))
    assert identifier(held) == first
    assert held.outputs("repository")["owned"] is False
    held.destroy()
    # A given name is never deleted, what this state has generated and put into it is.
    assert world.cas.certificates == {}
    assert repository_names(world) == ["ours"]


@pytest.mark.parametrize("name", ["ours-0a1b2c3d", "team"])
def test_a_name_no_longer_given_makes_the_repository_ours_when_it_may_have_been_drawn(world: World, name: str) -> None:
    theirs = world.cas.add_repository(name)
    found = world.cas.add(PEM, theirs)
    held = up(name=name, owned=False, generated=False)
    assert (identifier(held), held.outputs("uploaded")["owned"]) == (found, False)
    held.run(*in_cas(generated=False))
    assert held.outputs("uploaded")["owned"] is True
    assert (own_name(held) == name) is (name != "team")
    held.destroy()
    assert repository_names(world) == ["team"] * (name == "team")


def test_an_imported_ca_stays_in_a_repository_that_became_the_users(world: World) -> None:
    held = up(generated=False)
    assert held.outputs("uploaded")["owned"] is True
    held.run(*in_cas(name=own_name(held), owned=False, generated=False))
    assert held.outputs("uploaded")["owned"] is False
    held.destroy()
    assert len(world.cas.certificates) == 1


def test_two_deployments_of_one_name_have_a_repository_each_and_a_renamed_stack_keeps_its_own(world: World) -> None:
    held, other = up(), up(deployment="deployment-2")
    first = own_name(held)
    assert first != own_name(other)
    held.run(*in_cas(name="renamed"))
    assert own_name(held) == first
    held.destroy()
    assert list(world.cas.repositories_by_number.values()) == [own_name(other)]


@pytest.mark.usefixtures("world")
def test_a_name_given_for_a_repository_that_is_not_there_is_reported() -> None:
    held = up()
    with pytest.raises(OperationFailed, match=r"CAS has no repository 'team' \(cas\.repository\) at"):
        held.run(*in_cas(name="team", owned=False))


def test_another_repository_is_filled_and_the_old_one_goes(world: World) -> None:
    world.cas.add_repository("team")
    held = up().run(*in_cas(name="team", owned=False))
    assert world.cas.certificates.keys() == {identifier(held)}
    assert repository_names(world) == ["team"]
