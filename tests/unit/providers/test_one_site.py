"""One CAS site is one site however it is spelled or reached, and what is in use there is never swept away."""

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
        desired("uploaded", CasCertificateProvider, uploaded),
    )


def up(**changes: Any) -> Deployed:
    return Deployed().run(*in_cas(**changes))


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
    assert list(world.cas.repositories_by_number.values()) == ["ours"]
    listener.destroy()
    held.destroy()
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})


def test_another_address_of_the_site_leaves_an_upload_into_the_users_repository_ours(world: World) -> None:
    team = world.cas.add_repository("team")
    held = up(name="team", owned=False, generated=False)
    held.run(*in_cas(name="team", owned=False, generated=False, endpoint="https://cas.example")).destroy()
    assert world.cas.certificates == {}
    assert world.cas.repositories_by_number == {team.warehouse_id: "team"}


def test_another_site_gets_the_ca_and_the_old_one_is_emptied(world: World) -> None:
    world.sites[ELSEWHERE] = Cas()
    held = up().run(*in_cas(endpoint=f"https://{ELSEWHERE}"))
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})
    assert world.sites[ELSEWHERE].certificates.keys() == {identifier(held)}


def test_the_derived_name_given_by_the_user_makes_the_repository_the_users(world: World) -> None:
    held = up()
    first = identifier(held)
    held.run(*in_cas(owned=False))
    assert identifier(held) == first
    assert held.outputs("repository")["owned"] is False
    held.destroy()
    # A given name is never deleted, what this stack has put into it is.
    assert world.cas.certificates == {}
    assert list(world.cas.repositories_by_number.values()) == ["ours"]


def test_the_derived_name_no_longer_given_makes_the_repository_ours(world: World) -> None:
    theirs = world.cas.add_repository("ours")
    found = world.cas.add(PEM, theirs)
    held = up(owned=False, generated=False)
    assert (identifier(held), held.outputs("uploaded")["owned"]) == (found, False)
    held.run(*in_cas(generated=False))
    assert held.outputs("uploaded")["owned"] is True
    held.destroy()
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})


def test_a_name_given_for_a_repository_that_is_not_there_is_reported(world: World) -> None:
    held = up()
    world.cas.certificates.clear()
    world.cas.repositories_by_number.clear()
    with pytest.raises(OperationFailed, match=r"CAS has no repository 'ours' \(cas\.repository\) at"):
        held.run(*in_cas(owned=False))


def test_another_repository_is_filled_and_the_old_one_goes(world: World) -> None:
    world.cas.add_repository("team")
    held = up().run(*in_cas(name="team", owned=False))
    assert world.cas.certificates.keys() == {identifier(held)}
    assert list(world.cas.repositories_by_number.values()) == ["team"]
