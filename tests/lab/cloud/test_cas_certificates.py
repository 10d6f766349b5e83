"""What CAS tells about certificates in listings, and when it lets them go."""

from collections.abc import Callable

import pytest

from lab.behaviour import SerialNumberFormat
from tests.helpers.certificates import ClientCredential, make_root
from tests.helpers.cloud_listeners import Controller
from tests.helpers.cloud_sdk import CasUser, pem, refused
from tests.helpers.simulated_cloud import SimulatedCloud

Bind = Callable[..., None]


@pytest.fixture
def bind(controller: Controller) -> Bind:
    """Make a listener that refers to a CA."""

    def bound(identifier: str, *, enabled: bool = True) -> None:
        controller.listener(controller.load_balancer(), ca_enabled=enabled, ca_certificate_ids=[identifier])

    return bound


def test_a_listing_names_the_owner_of_a_certificate_but_neither_its_pem_nor_its_name(
    cas: CasUser, number: int, root: ClientCredential
) -> None:
    identifier = cas.upload(pem(root), number, name="for people")

    (listed,) = cas.certificates()

    assert listed.to_map() == {
        "AfterDate": int(root.certificate.not_valid_after_utc.timestamp() * 1000),
        "Algorithm": "ECC",
        "BeforeDate": int(root.certificate.not_valid_before_utc.timestamp() * 1000),
        "CertType": "CA",
        "CommonName": "root",
        "ExistPrivateKey": False,
        "Identifier": identifier,
        "Issuer": "root",
        "Sans": "root@ali.example",
        "SerialNo": f"{root.certificate.serial_number:x}",
        "SignAlgorithm": "SHA256WITHECDSA",
        "SourceType": "upload",
        "Status": "ISSUE",
        "WhId": number,
        "WhInstanceId": cas.repositories()[0].instance_id,
    }


@pytest.mark.parametrize(
    ("format_", "shown"),
    [
        (SerialNumberFormat.HEXADECIMAL, lambda serial: f"{serial:x}"),
        (SerialNumberFormat.DECIMAL, str),
        (SerialNumberFormat.MISSING, lambda serial: None),  # noqa: ARG005  # nothing is shown of it
    ],
)
def test_serial_numbers_are_written_as_assumed(
    simulated: SimulatedCloud,
    cas: CasUser,
    number: int,
    root: ClientCredential,
    format_: SerialNumberFormat,
    shown: object,
) -> None:
    assert callable(shown)
    simulated.cloud.behaviour.serial_number = format_
    cas.upload(pem(root), number)

    assert [one.serial_no for one in cas.certificates()] == [shown(root.certificate.serial_number)]


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"cert_type": "CA"}, True),
        ({"cert_type": "CERT"}, False),
        ({"source_type": "upload"}, True),
        ({"source_type": "aliyun"}, False),
        ({"status": "ISSUE"}, True),
        ({"status": "REVOKE"}, False),
        ({"key_word": "ROOT@ali"}, True),
        ({"key_word": "for people"}, False),
        ({"warehouse_id": 1}, False),
        ({"identifiers": "nobody"}, False),
    ],
)
def test_conditions_narrow_a_listing(
    cas: CasUser, number: int, root: ClientCredential, conditions: dict[str, object], found: bool
) -> None:
    cas.upload(pem(root), number, name="for people")

    assert bool(cas.certificates(**conditions)) is found


def test_a_listing_of_one_repository_or_of_named_certificates_holds_just_those(
    cas: CasUser, root: ClientCredential
) -> None:
    first, second = (cas.number_of(cas.create_repository(name)) for name in ("first", "second"))
    one, other = cas.upload(pem(root), first), cas.upload(pem(make_root()), second)

    assert [found.identifier for found in cas.certificates(warehouse_id=first)] == [one]
    assert [found.identifier for found in cas.certificates(identifiers=f"{other},x")] == [other]


def test_an_unknown_condition_is_rejected(cas: CasUser) -> None:
    with refused("InvalidParameter"):
        cas.certificates(cert_type="ROOT")


def test_a_deleted_certificate_is_gone(cas: CasUser, number: int, root: ClientCredential) -> None:
    identifier = cas.upload(pem(root), number)

    cas.delete(identifier)

    assert cas.certificates() == []
    for call in (cas.describe, cas.delete):
        with refused("NotFound") as refusal:
            call(identifier)
        assert refusal.status == 404


@pytest.mark.parametrize("enabled", [True, False], ids=["on", "off"])
def test_a_ca_that_a_listener_refers_to_is_not_deleted(
    cas: CasUser, bind: Bind, number: int, root: ClientCredential, enabled: bool
) -> None:
    bound, free = cas.upload(pem(root), number), cas.upload(pem(root), number)
    bind(bound, enabled=enabled)

    with refused("OperationDenied.CertificateInUse"):
        cas.delete(bound)
    cas.delete(free)

    assert [one.identifier for one in cas.certificates()] == [bound]


def test_a_bound_ca_is_deleted_where_that_is_assumed(
    simulated: SimulatedCloud, cas: CasUser, bind: Bind, number: int, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.bound_ca_deletion_rejected = False
    identifier = cas.upload(pem(root), number)
    bind(identifier)

    cas.delete(identifier)

    assert simulated.cloud.cas.certificate_pem(identifier) is None


def test_a_repository_with_a_bound_ca_stays_even_where_filled_ones_are_deleted(
    simulated: SimulatedCloud, cas: CasUser, bind: Bind, number: int, root: ClientCredential
) -> None:
    simulated.cloud.behaviour.filled_repository_deletion_rejected = False
    bind(cas.upload(pem(root), number))
    (repository,) = cas.repositories()

    with refused("OperationDenied.CertificateInUse"):
        cas.delete_repository(repository.instance_id)
    assert len(cas.certificates()) == 1
