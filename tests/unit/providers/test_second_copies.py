"""One CA in CAS: an upload whose effect showed too late and that was sent again leaves a copy, which goes."""

from typing import Any

import pytest

from alb_mtls.aliyun.errors import AccessDenied
from alb_mtls.pki.encoding import certificate_pem
from components.providers.cas_certificate import CasCertificateProvider
from components.providers.cas_repository import CasRepositoryProvider
from tests.helpers.certificates import make_root
from tests.helpers.provider_world import Deployed, World, repository_inputs, uploaded_inputs

PEM, OTHER = (certificate_pem(make_root().certificate) for _ in range(2))


def uploaded(**changes: Any) -> dict[str, Any]:
    return dict(CasCertificateProvider().create(uploaded_inputs(PEM, **changes)).outs or {})


def up_again(held: dict[str, Any], **changes: Any) -> bool:
    """Ask, and update when there is something to do; return whether there was."""
    provider, news = CasCertificateProvider(), uploaded_inputs(PEM, **changes)
    found = provider.diff(held["caIdentifier"], held, news)
    assert not found.replaces
    if found.changes:
        provider.update(held["caIdentifier"], held, news)
    return bool(found.changes)


def test_a_copy_that_no_listener_uses_goes_with_the_next_up(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    held = uploaded()
    copy = world.cas.add(PEM, world.cas.ensure_repository("ours"))
    assert up_again(held)
    assert f"again as {copy}, unused" in capsys.readouterr().out
    assert world.cas.certificates.keys() == {held["caIdentifier"]}
    assert not up_again(held)


def test_a_copy_in_a_twin_of_our_repository_goes_too(world: World) -> None:
    held = uploaded()
    world.cas.add(PEM, world.cas.add_repository("ours"))
    assert up_again(held)
    assert world.cas.certificates.keys() == {held["caIdentifier"]}


def test_a_copy_that_a_listener_uses_stays_and_is_no_change(world: World) -> None:
    held = uploaded()
    copy = world.cas.add(PEM, world.cas.ensure_repository("ours"))
    world.cluster.recreate(caEnabled=True, caCertificates=[{"CertificateId": copy}])
    assert not up_again(held)
    assert copy in world.cas.certificates


@pytest.mark.parametrize(("pem", "name"), [(OTHER, "ours"), (PEM, "team")])
def test_another_ca_and_another_repository_are_left_alone(world: World, pem: str, name: str) -> None:
    held = uploaded()
    other = world.cas.add(pem, world.cas.ensure_repository(name))
    assert not up_again(held)
    assert other in world.cas.certificates


@pytest.mark.parametrize(("made_here", "stays"), [(True, False), (False, True)])
def test_in_the_users_repository_only_a_ca_that_was_made_here_counts(
    world: World, *, made_here: bool, stays: bool
) -> None:
    team = world.cas.add_repository("team")
    of_team = {"repositoryName": "team", "repositoryOwned": False, "generated": made_here}
    held = uploaded(**of_team)
    copy = world.cas.add(PEM, team)
    assert up_again(held, **of_team) is not stays
    assert (copy in world.cas.certificates) is stays


def test_who_may_not_list_copies_gets_a_warning_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    held = uploaded()

    def denied(_name: str) -> list[Any]:
        sentence = "may not call ListCertWarehouse"
        raise AccessDenied(sentence, api="ListCertWarehouse", target="ours", action="yundun-cert:ListCertWarehouse")

    monkeypatch.setattr(world.cas, "repositories", denied)
    assert not up_again(held)
    assert "whether CAS has second copies was not compared with the state: may not call" in capsys.readouterr().out


@pytest.mark.parametrize("ours", [True, False])
def test_a_destroy_sweeps_copies_as_well(world: World, *, ours: bool) -> None:
    repository = world.cas.ensure_repository("ours")
    held = uploaded(repositoryOwned=ours)
    world.cas.add(PEM, repository)
    CasCertificateProvider().delete(held["caIdentifier"], held)
    CasRepositoryProvider().delete("ours", repository_inputs(PEM, owned=ours))
    assert world.cas.certificates == {}


def test_a_repository_that_keeps_a_ca_in_use_stays_and_both_are_named(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    used = uploaded()["caIdentifier"]
    Deployed.up(caIdentifier=used)
    CasRepositoryProvider().delete("ours", repository_inputs(PEM))
    assert world.cas.certificates.keys() == {used}
    assert list(world.cas.repositories_by_number.values()) == ["ours"]
    lines = capsys.readouterr().out
    assert f"CA certificate {used} was not deleted from CAS, because this stack claims listener 443/HTTPS" in lines
    assert f"CAS repository ours was not deleted, because it still holds CA certificate {used};" in lines


def test_a_repository_goes_without_a_line_when_nothing_in_it_is_in_use(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    uploaded()
    CasRepositoryProvider().delete("ours", repository_inputs(PEM))
    assert (world.cas.certificates, world.cas.repositories_by_number) == ({}, {})
    assert capsys.readouterr().out == ""
