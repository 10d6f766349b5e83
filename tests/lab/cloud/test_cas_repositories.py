"""Repositories of CAS: how they are made, listed in two styles with two spellings, and deleted."""

from typing import Any

import pytest
from alibabacloud_cas20200407 import models

from lab.behaviour import UniqueNames
from tests.helpers.certificates import ClientCredential
from tests.helpers.cloud_sdk import CasUser, pem, refused
from tests.helpers.simulated_cloud import SimulatedCloud


def list_warehouse(cas: CasUser, **conditions: Any) -> Any:
    return cas.client.list_warehouse(models.ListWarehouseRequest(**conditions)).body


def test_a_new_repository_is_listed_with_its_numeric_id_under_the_older_spelling_of_its_type(
    cas: CasUser,
) -> None:
    instance_id = cas.create_repository("ours")

    (listed,) = cas.repositories(name="ours")

    assert instance_id.startswith("cas-wh-")
    assert (listed.instance_id, listed.name, listed.type) == (instance_id, "ours", "uploadCA")
    assert isinstance(listed.wh_id, int)


def test_the_newer_listing_has_no_numeric_id(cas: CasUser) -> None:
    instance_id = cas.create_repository("ours")

    (listed,) = list_warehouse(cas).data

    assert listed.to_map() == {
        "WarehouseInstanceId": instance_id,
        "WarehouseName": "ours",
        "WarehouseType": "uploadedAuthorityCertificate",
    }


def test_a_new_repository_is_not_listed_at_once(simulated: SimulatedCloud, cas: CasUser) -> None:
    simulated.cloud.timings.repository_listed_after_seconds = 3600.0
    cas.create_repository()
    assert (cas.repositories(), list_warehouse(cas).data) == ([], [])

    simulated.cloud.timings.repository_listed_after_seconds = 0.0
    assert (len(cas.repositories()), len(list_warehouse(cas).data)) == (1, 1)


def test_two_repositories_may_have_one_name(cas: CasUser) -> None:
    instance_ids = [cas.create_repository("twice"), cas.create_repository("twice")]

    assert [one.instance_id for one in cas.repositories(name="twice")] == instance_ids


def test_a_second_repository_of_one_name_is_rejected_where_that_is_assumed(
    simulated: SimulatedCloud, cas: CasUser
) -> None:
    simulated.cloud.behaviour.names_unique = UniqueNames.ALL
    instance_id = cas.create_repository("twice")

    with refused("NameAlreadyExist"):
        cas.create_repository("twice")

    assert [one.instance_id for one in cas.repositories()] == [instance_id]
    cas.delete_repository(instance_id)
    cas.create_repository("twice")


@pytest.mark.parametrize("missing", ["name", "type"])
def test_a_repository_needs_a_name_and_a_type(cas: CasUser, missing: str) -> None:
    given = {"name": "ours", "type": "uploadedAuthorityCertificate"}
    del given[missing]

    with refused(f"Missing{missing.title()}"):
        cas.client.create_warehouse(models.CreateWarehouseRequest(**given))


@pytest.mark.parametrize(("name", "type_"), [("ours", "uploadCA"), ("n" * 65, "uploadedAuthorityCertificate")])
def test_a_type_of_the_listing_and_a_long_name_make_no_repository(cas: CasUser, name: str, type_: str) -> None:
    with refused("InvalidParameter"):
        cas.create_repository(name, type_)
    assert cas.repositories() == []


def test_the_name_is_a_fuzzy_condition_and_the_others_are_exact(cas: CasUser) -> None:
    first = cas.create_repository("ours-1")
    cas.create_repository("ours-2", "pcaCertificate")

    assert len(cas.repositories(name="ours")) == 2
    assert len(cas.repositories(name="ours-2")) == 1
    assert [one.name for one in cas.repositories(type="aliyunPCA")] == ["ours-2"]
    assert [one.name for one in cas.repositories(instance_id=first)] == ["ours-1"]
    assert cas.repositories(instance_id=first[:-1]) == []
    assert [one.warehouse_name for one in list_warehouse(cas, warehouse_types=["pcaCertificate"]).data] == ["ours-2"]
    assert [one.warehouse_name for one in list_warehouse(cas, warehouse_instance_ids=[first]).data] == ["ours-1"]


def test_numbered_pages_hold_every_repository_once(cas: CasUser) -> None:
    names = [f"r{index}" for index in range(5)]
    for name in names:
        cas.create_repository(name)

    pages = [cas.repositories(current_page=page, show_size=2) for page in (1, 2, 3, 4)]

    assert [[one.name for one in page] for page in pages] == [["r0", "r1"], ["r2", "r3"], ["r4"], []]


def test_token_pages_hold_every_repository_once(cas: CasUser) -> None:
    names = [f"r{index}" for index in range(5)]
    for name in names:
        cas.create_repository(name)

    token, seen = None, []
    while True:
        page = list_warehouse(cas, max_results=2, next_token=token)
        seen += [one.warehouse_name for one in page.data]
        assert page.total_count == 5
        token = page.next_token
        if token is None:
            break

    assert seen == names


@pytest.mark.parametrize("token", ["2", "AAAA", "not base64!"])
def test_a_token_that_no_page_gave_is_rejected(cas: CasUser, token: str) -> None:
    with refused("InvalidParameter"):
        list_warehouse(cas, next_token=token)


@pytest.mark.parametrize("size", [0, -1])
def test_a_page_of_no_size_is_rejected(cas: CasUser, size: int) -> None:
    with refused("InvalidParameter"):
        cas.repositories(show_size=size)


def test_an_empty_repository_is_deleted_and_then_gone(cas: CasUser) -> None:
    instance_id = cas.create_repository()

    cas.delete_repository(instance_id)

    assert cas.repositories() == []
    with refused("NotFound") as refusal:
        cas.delete_repository(instance_id)
    assert refusal.status == 404


def test_a_filled_repository_is_not_deleted(cas: CasUser, root: ClientCredential) -> None:
    instance_id = cas.create_repository()
    identifier = cas.upload(pem(root), cas.number_of(instance_id))

    with refused("OperationDenied.WarehouseNotEmpty"):
        cas.delete_repository(instance_id)

    cas.delete(identifier)
    cas.delete_repository(instance_id)


def test_a_filled_repository_is_deleted_with_what_it_holds_where_that_is_assumed(
    simulated: SimulatedCloud, cas: CasUser, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.filled_repository_deletion_rejected = False
    instance_id = cas.create_repository()
    cas.upload(pem(root), cas.number_of(instance_id))

    cas.delete_repository(instance_id)

    assert cas.certificates() == []


def test_at_the_wrong_site_nothing_of_ours_is_there(
    simulated: SimulatedCloud, cas: CasUser, root: ClientCredential
) -> None:
    instance_id = cas.create_repository("at home")
    number = cas.number_of(instance_id)
    identifier = cas.upload(pem(root), number)

    simulated.cloud.behaviour.wrong_site = True

    assert cas.repositories() == []
    with refused("NotFound"):
        cas.upload(pem(root), number)
    with refused("NotFound"):
        cas.describe(identifier)

    simulated.cloud.behaviour.wrong_site = False
    assert cas.describe(identifier).cert_identifier == identifier


@pytest.mark.parametrize("wrong_site", [False, True])
def test_a_forgotten_account_has_no_repository_at_either_site_and_all_calls_of_a_second(
    simulated: SimulatedCloud, cas: CasUser, wrong_site: bool
) -> None:
    simulated.cloud.behaviour.wrong_site = wrong_site
    cas.create_repository()
    assert len(cas.repositories()) == 1
    simulated.cloud.timings.requests_per_second = 1

    simulated.run(simulated.cloud.forget)

    assert cas.repositories() == []
