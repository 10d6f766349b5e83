"""One CAS site is one site however it is spelled or reached, and what is in use there is never swept away."""

from dataclasses import dataclass
from typing import Any

import pytest

from alb_mtls.aliyun.endpoints import cas_url
from alb_mtls.errors import OperationFailed
from alb_mtls.pki.encoding import certificate_pem
from components.providers.cas_certificate import CasCertificateProvider
from components.providers.cas_repository import CasRepositoryProvider
from tests.fakes.cas import Cas
from tests.helpers.certificates import make_root
from tests.helpers.provider_world import Deployed, World, repository_inputs, uploaded_inputs

PEM = certificate_pem(make_root().certificate)
SPELLINGS = ["cas.ap-southeast-1.aliyuncs.com", "https://CAS.ap-southeast-1.aliyuncs.com:443/", " international "]
ELSEWHERE = "cas.aliyuncs.com"


@dataclass
class InCas:
    """Repository and certificate of a stack, as the state holds them."""

    world: World
    repository: dict[str, Any]
    uploaded: dict[str, Any]

    @property
    def identifier(self) -> str:
        """The id of the certificate."""
        return str(self.uploaded["caIdentifier"])


def inputs(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    given = {"name": "ours", "owned": True, "generated": True, **changes}
    name, owned, generated = (given.pop(key) for key in ("name", "owned", "generated"))
    repository = repository_inputs(PEM, **given, name=name, owned=owned, **({} if generated else {"generated": []}))
    return repository, uploaded_inputs(PEM, **given, repositoryName=name, repositoryOwned=owned, generated=generated)


def up(world: World, **changes: Any) -> InCas:
    repository, uploaded = inputs(**changes)
    made = CasRepositoryProvider().create(repository).outs, CasCertificateProvider().create(uploaded).outs
    return InCas(world, dict(made[0] or {}), dict(made[1] or {}))


def up_again(was: InCas, **changes: Any) -> InCas:
    """Do what the engine does in an `up`: update or make anew, one after the other, and delete what is old at last."""
    world = was.world
    doomed: list[tuple[Any, str, dict[str, Any]]] = []
    outputs: list[Any] = []
    steps: list[tuple[Any, dict[str, Any]]] = [
        (CasRepositoryProvider(), was.repository),
        (CasCertificateProvider(), was.uploaded),
    ]
    for (provider, olds), news in zip(steps, inputs(**changes), strict=True):
        identifier = str(olds.get("caIdentifier") or olds["name"])
        found = provider.diff(identifier, olds, news)
        if found.replaces:
            doomed.insert(0, (provider, identifier, olds))
            outputs.append(provider.create(news).outs)
        else:
            outputs.append(provider.update(identifier, olds, news).outs if found.changes else olds)
    for provider, identifier, olds in doomed:
        provider.delete(identifier, olds)
    return InCas(world, *outputs)


def destroy(held: InCas) -> None:
    CasCertificateProvider().delete(held.identifier, held.uploaded)
    CasRepositoryProvider().delete(held.repository["name"], held.repository)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_spelling_is_the_same_site(spelling: str) -> None:
    assert cas_url(spelling) == cas_url("international")


@pytest.mark.parametrize(
    ("one", "other"), [("international", "china"), ("cas.example", "cas.example:8443"), ("localhost", "127.0.0.1")]
)
def test_another_place_stays_another_place(one: str, other: str) -> None:
    assert cas_url(one) != cas_url(other)


def test_another_address_of_the_site_keeps_what_is_in_use(world: World) -> None:
    held = up(world)
    listener = Deployed.up(caIdentifier=held.identifier)
    moved = up_again(held, endpoint="https://cas.example")
    assert moved.identifier == held.identifier
    assert world.cas.certificates.keys() == {held.identifier}
    assert list(world.cas.repositories_by_number.values()) == ["ours"]
    listener.destroy()
    destroy(moved)
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})


def test_another_address_of_the_site_leaves_an_upload_into_the_users_repository_ours(world: World) -> None:
    team = world.cas.add_repository("team")
    held = up(world, name="team", owned=False, generated=False)
    moved = up_again(held, name="team", owned=False, generated=False, endpoint="https://cas.example")
    destroy(moved)
    assert world.cas.certificates == {}
    assert world.cas.repositories_by_number == {team.warehouse_id: "team"}


def test_another_site_gets_the_ca_and_the_old_one_is_emptied(world: World) -> None:
    world.sites[ELSEWHERE] = Cas()
    held = up(world)
    moved = up_again(held, endpoint=f"https://{ELSEWHERE}")
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})
    assert world.sites[ELSEWHERE].certificates.keys() == {moved.identifier}


def test_the_derived_name_given_by_the_user_makes_the_repository_the_users(world: World) -> None:
    held = up(world)
    given = up_again(held, owned=False)
    assert given.identifier == held.identifier
    assert given.repository["owned"] is False
    destroy(given)
    # A given name is never deleted, what this stack has put into it is.
    assert world.cas.certificates == {}
    assert list(world.cas.repositories_by_number.values()) == ["ours"]


def test_the_derived_name_no_longer_given_makes_the_repository_ours(world: World) -> None:
    theirs = world.cas.add_repository("ours")
    found = world.cas.add(PEM, theirs)
    held = up(world, owned=False, generated=False)
    assert (held.identifier, held.uploaded["owned"]) == (found, False)
    taken = up_again(held, generated=False)
    assert taken.uploaded["owned"] is True
    destroy(taken)
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})


def test_a_name_given_for_a_repository_that_is_not_there_is_told(world: World) -> None:
    held = up(world)
    world.cas.certificates.clear()
    world.cas.repositories_by_number.clear()
    news, _ = inputs(owned=False)
    with pytest.raises(OperationFailed, match=r"CAS has no repository 'ours' \(cas\.repository\) at"):
        CasRepositoryProvider().update("ours", held.repository, news)


def test_another_repository_is_filled_and_the_old_one_goes(world: World) -> None:
    world.cas.add_repository("team")
    held = up(world)
    moved = up_again(held, name="team", owned=False)
    assert world.cas.certificates.keys() == {moved.identifier}
    assert list(world.cas.repositories_by_number.values()) == ["team"]
