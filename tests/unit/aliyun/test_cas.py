"""What the CAS client does with answers that are known: looks first, looks again, takes what is there."""

from collections.abc import Mapping
from typing import Any

import pytest

from alb_mtls.aliyun.cas import CasClient
from alb_mtls.aliyun.cas_models import Quota, Repository
from alb_mtls.aliyun.cas_repositories import LOOK_SECONDS
from alb_mtls.aliyun.errors import DeadlinePassed, RequestRejected
from alb_mtls.aliyun.retry import RetryPolicy
from tests.helpers.fake_clock import FakeClock
from tests.helpers.plain_certificate import self_signed
from tests.helpers.scripted_transport import Answer, ScriptedTransport, connection_closed, error

NAME = "alb-mtls-1a2b3c4d"
REPOSITORY = Repository(warehouse_id=7, instance_id="cas-wh-7", name=NAME, type="uploadCA")
ROOT = self_signed("root")
SAME_SERIAL = self_signed("another root")


def listed(*entries: tuple[int, str, str]) -> dict[str, Any]:
    """Return a ListCertWarehouse answer of (numeric id, name, type)."""
    return {
        "CertWarehouseList": [
            {"WhId": number, "InstanceId": f"cas-wh-{number}", "Name": name, "Type": kind}
            for number, name, kind in entries
        ],
        "TotalCount": len(entries),
    }


def holding(transport: ScriptedTransport, certificates: Mapping[str, str], serial: str | None = "4711") -> None:
    """Let CAS hold certificates by identifier, all with one serial number."""
    entries = [{"Identifier": identifier, "SerialNo": serial} for identifier in certificates]
    transport.always("ListCert", lambda _: {"CertList": entries, "TotalCount": len(entries)})

    def describe(query: Mapping[str, str]) -> Answer | Mapping[str, Any]:
        pem = certificates.get(query["CertIdentifier"])
        return error(404, "NotFound") if pem is None else {"Content": pem, "CommonName": "root"}

    transport.always("DescribeWarehouseCert", describe)


def test_a_ca_with_the_chain_above_it_is_another_one_than_the_same_ca_alone(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    whole = ROOT + SAME_SERIAL
    holding(transport, {"alone": ROOT, "whole": whole, "more": whole + SAME_SERIAL})
    assert cas.find_certificates(whole) == ["whole"]
    assert cas.find_certificates(ROOT) == ["alone"]


def test_only_repositories_of_that_very_name_for_ca_certificates_count_oldest_first(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    entries = [(9, NAME, "uploadCA"), (3, f"{NAME}-2", "uploadCA"), (4, NAME, "aliyunPCA")]
    older = (5, NAME, "uploadedAuthorityCertificate")
    transport.queue("ListCertWarehouse", listed(*entries, older))
    assert [one.warehouse_id for one in cas.repositories(NAME)] == [5, 9]


def test_every_page_of_repositories_is_read(cas: CasClient, transport: ScriptedTransport) -> None:
    first = {**listed(*[(number, f"r{number}", "uploadCA") for number in range(50)]), "TotalCount": 51}
    transport.queue("ListCertWarehouse", first, {**listed((50, "r50", "uploadCA")), "TotalCount": 51})
    assert len(cas.repositories()) == 51


def test_a_repository_without_its_numeric_id_is_not_there_yet(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("ListCertWarehouse", {"CertWarehouseList": [{"Name": NAME, "Type": "uploadCA"}]})
    transport.queue("ListCertWarehouse", listed())
    assert cas.find_repository(NAME) is None


def test_a_repository_that_takes_other_certificates_is_refused_by_its_type(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    transport.queue("ListCertWarehouse", listed((4, NAME, "aliyunPCA")))
    with pytest.raises(RequestRejected, match=f"repository {NAME} has the type aliyunPCA"):
        cas.find_repository(NAME)


def test_a_repository_that_is_there_is_taken(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("ListCertWarehouse", listed((7, NAME, "uploadCA")))
    assert cas.ensure_repository(NAME) == REPOSITORY
    assert transport.apis() == ["ListCertWarehouse"]


def test_a_repository_that_is_listed_late_is_taken_and_not_made_twice(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    transport.queue("ListCertWarehouse", listed(), listed(), listed((7, NAME, "uploadCA")))
    assert cas.ensure_repository(NAME) == REPOSITORY
    assert transport.count("CreateWarehouse") == 0


def test_a_missing_repository_is_looked_for_then_made_then_waited_for(
    cas: CasClient, transport: ScriptedTransport, clock: FakeClock
) -> None:
    created: list[float] = []

    def create(query: Mapping[str, str]) -> Mapping[str, Any]:
        assert query["Type"] == "uploadedAuthorityCertificate"
        created.append(clock.now)
        return {"WarehouseInstanceId": "cas-wh-7"}

    def listing(_: Mapping[str, str]) -> Mapping[str, Any]:
        visible = created and clock.now > created[0] + 3
        return listed((7, NAME, "uploadCA")) if visible else listed()

    transport.always("CreateWarehouse", create)
    transport.always("ListCertWarehouse", listing)
    assert cas.ensure_repository(NAME) == REPOSITORY
    assert created == [LOOK_SECONDS]


def test_a_repository_of_a_name_that_was_just_drawn_is_made_at_once(
    cas: CasClient, transport: ScriptedTransport, clock: FakeClock
) -> None:
    began = clock.now
    transport.queue("CreateWarehouse", {"WarehouseInstanceId": "cas-wh-7"})
    transport.queue("ListCertWarehouse", listed(), listed((7, NAME, "uploadCA")))
    assert cas.ensure_repository(NAME, is_new=True) == REPOSITORY
    assert clock.now == began


@pytest.mark.parametrize("code", ["NameRepeat", "NameAlreadyExist"])
def test_a_name_that_is_taken_is_a_repository_that_is_not_listed_yet(
    cas: CasClient, transport: ScriptedTransport, code: str
) -> None:
    transport.queue("CreateWarehouse", error(400, code))
    transport.always(
        "ListCertWarehouse",
        lambda _: listed((7, NAME, "uploadCA")) if transport.count("CreateWarehouse") else listed(),
    )
    assert cas.ensure_repository(NAME) == REPOSITORY
    assert transport.count("CreateWarehouse") == 1


def test_a_name_that_is_taken_and_never_listed_is_reported_with_what_to_do(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    transport.queue("CreateWarehouse", error(400, "NameAlreadyExist"))
    transport.always("ListCertWarehouse", lambda _: listed())
    with pytest.raises(DeadlinePassed, match=f"rejects the name of repository {NAME} as taken.*delete the repository"):
        cas.ensure_repository(NAME)


def test_another_refusal_of_a_repository_is_one(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("CreateWarehouse", error(400, "NameTooLong"))
    transport.always("ListCertWarehouse", lambda _: listed())
    with pytest.raises(RequestRejected, match="NameTooLong"):
        cas.ensure_repository(NAME)


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_lost_reply_leaves_one_repository(cas: CasClient, transport: ScriptedTransport, *, carried_out: bool) -> None:
    made: list[tuple[int, str, str]] = []

    def create(_: Mapping[str, str]) -> Mapping[str, Any]:
        made.append((7, NAME, "uploadCA"))
        return {"WarehouseInstanceId": "cas-wh-7"}

    def listing(_: Mapping[str, str]) -> Mapping[str, Any]:
        if carried_out and transport.count("CreateWarehouse") == 1 and not made:
            made.append((7, NAME, "uploadCA"))
        return listed(*made)

    transport.queue("CreateWarehouse", connection_closed())
    transport.always("CreateWarehouse", create)
    transport.always("ListCertWarehouse", listing)
    assert cas.ensure_repository(NAME) == REPOSITORY
    assert made == [(7, NAME, "uploadCA")]


def test_of_two_repositories_of_one_name_the_older_is_used(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.always("CreateWarehouse", lambda _: {"WarehouseInstanceId": "cas-wh-9"})
    both = listed((9, NAME, "uploadCA"), (7, NAME, "uploadCA"))
    transport.always("ListCertWarehouse", lambda _: both if transport.count("CreateWarehouse") else listed())
    assert cas.ensure_repository(NAME) == REPOSITORY


def test_a_repository_that_is_never_listed_is_reported_with_the_time(
    cas: CasClient, transport: ScriptedTransport, policy: RetryPolicy
) -> None:
    transport.always("CreateWarehouse", lambda _: {"WarehouseInstanceId": "cas-wh-7"})
    transport.always("ListCertWarehouse", lambda _: listed())
    with pytest.raises(DeadlinePassed, match=f"{NAME} but did not list it within {policy.deadline_seconds:.0f} s"):
        cas.ensure_repository(NAME)


@pytest.mark.parametrize("answer", [{"RequestId": "R-1"}, error(404, "NotFound")], ids=["there", "gone"])
def test_what_is_gone_already_counts_as_deleted(
    cas: CasClient, transport: ScriptedTransport, answer: Answer | dict[str, Any]
) -> None:
    transport.queue("DeleteWarehouse", answer)
    transport.queue("DeletePCACert", answer)
    cas.delete_repository("cas-wh-7")
    cas.delete_certificate("1ed65580")
    assert transport.apis() == ["DeleteWarehouse", "DeletePCACert"]


def test_a_certificate_is_found_by_its_content_wherever_it_lies(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {"one": ROOT, "two": SAME_SERIAL, "three": ROOT.replace("\n", "\r\n")})
    assert cas.find_certificates(ROOT) == ["one", "three"]
    assert "WarehouseId" not in transport.sent[0].query


def test_a_certificate_is_looked_for_in_one_repository(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {})
    assert cas.find_certificates(ROOT, REPOSITORY) == []
    assert transport.sent[0].query["WarehouseId"] == "7"


def test_what_is_known_already_is_neither_described_nor_returned(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {"one": ROOT, "two": ROOT})
    assert cas.find_certificates(ROOT, besides="one") == ["two"]
    assert transport.count("DescribeWarehouseCert") == 1


def test_another_serial_number_costs_no_request(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {"one": ROOT}, serial="4712")
    assert cas.find_certificates(ROOT) == []
    assert transport.count("DescribeWarehouseCert") == 0


def test_a_listing_without_serial_numbers_is_compared_one_by_one(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {"two": SAME_SERIAL, "one": ROOT}, serial=None)
    assert cas.find_certificates(ROOT) == ["one"]


def test_a_certificate_deleted_while_it_is_compared_is_passed_over(
    cas: CasClient, transport: ScriptedTransport
) -> None:
    holding(transport, {"one": ROOT})
    transport.queue("DescribeWarehouseCert", error(404, "NotFound"))
    assert cas.find_certificates(ROOT) == []


def test_an_upload_sends_the_certificate_and_never_a_key(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("UploadPCACert", {"Identifier": "one"})
    assert cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1") == "one"
    assert transport.sent[0].query == {"Cert": ROOT, "Name": "root-ca-1", "WarehouseId": "7"}


def test_a_private_key_beside_the_certificate_stops_the_upload(cas: CasClient, transport: ScriptedTransport) -> None:
    key = "-----BEGIN {} KEY-----\nhunter2\n-----END {} KEY-----\n".format("PRIVATE", "PRIVATE")
    with pytest.raises(ValueError, match="a private key stands next to the CA certificate") as caught:
        cas.upload_ca(pem=ROOT + key, repository=REPOSITORY, name="root-ca-1")
    assert "hunter2" not in str(caught.value)
    assert transport.sent == []


def test_a_text_that_is_no_certificate_is_not_sent(cas: CasClient, transport: ScriptedTransport) -> None:
    with pytest.raises(ValueError, match=r"no X\.509 certificate"):
        cas.upload_ca(pem="root", repository=REPOSITORY, name="root-ca-1")
    assert transport.sent == []


@pytest.mark.parametrize("code", ["NameRepeat", "NameAlreadyExist"])
def test_a_name_that_is_taken_is_the_same_certificate_that_is_not_shown_yet(
    cas: CasClient, transport: ScriptedTransport, clock: FakeClock, code: str
) -> None:
    began = clock.now
    transport.queue("UploadPCACert", error(400, code))
    holding(transport, {"one": ROOT})
    transport.queue("ListCert", {"CertList": []})
    assert cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1") == "one"
    assert transport.count("UploadPCACert") == 1
    assert clock.now > began


@pytest.mark.parametrize("code", ["NameRepeat", "NameAlreadyExist"])
def test_a_name_that_another_certificate_has_is_made_longer_once(
    cas: CasClient, transport: ScriptedTransport, code: str
) -> None:
    transport.queue("UploadPCACert", error(400, code), {"Identifier": "two"})
    holding(transport, {"one": SAME_SERIAL})
    assert cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1") == "two"
    first, second = (one.query["Name"] for one in transport.sent if "Cert" in one.query)
    assert (first, second.startswith("root-ca-1-"), len(second)) == ("root-ca-1", True, len("root-ca-1-") + 8)
    transport.queue("UploadPCACert", error(400, code), error(400, code))
    with pytest.raises(RequestRejected, match=code):
        cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1")


@pytest.mark.parametrize(
    "lost",
    [
        connection_closed(),
        error(500, "InternalError"),
        Answer(status=502, body="<html>"),
        {"RequestId": "an answer that names no certificate"},
        {"Identifier": None},
        {"Identifier": ""},
        {"Identifier": 7},
    ],
)
def test_an_upload_whose_reply_was_lost_is_found_and_not_repeated(
    cas: CasClient, transport: ScriptedTransport, lost: Answer | Exception | dict[str, Any]
) -> None:
    transport.queue("UploadPCACert", lost)
    holding(transport, {"one": ROOT})
    assert cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1") == "one"
    assert transport.count("UploadPCACert") == 1


def test_an_upload_that_was_lost_on_the_way_is_repeated_after_looking_long_enough(
    cas: CasClient, transport: ScriptedTransport, clock: FakeClock
) -> None:
    transport.queue("UploadPCACert", connection_closed(), {"Identifier": "one"})
    holding(transport, {})
    assert cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1") == "one"
    assert transport.count("UploadPCACert") == 2
    assert clock.now >= LOOK_SECONDS


def test_a_second_copy_that_cas_refuses_is_the_first_copy(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("UploadPCACert", error(400, "CertificateAlreadyExist"))
    holding(transport, {"one": ROOT})
    assert cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1") == "one"


def test_an_upload_that_cas_refuses_for_another_reason_fails(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("UploadPCACert", error(400, "InvalidCert", "the format is wrong"))
    holding(transport, {"two": SAME_SERIAL})
    with pytest.raises(RequestRejected, match="the format is wrong"):
        cas.upload_ca(pem=ROOT, repository=REPOSITORY, name="root-ca-1")


def test_a_certificate_is_described_with_its_content(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {"one": ROOT})
    described = cas.describe("one")
    assert described is not None
    assert (described.identifier, described.pem, described.common_name) == ("one", ROOT, "root")


def test_an_unknown_identifier_is_none(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {})
    assert cas.describe("one") is None


def test_an_upload_is_waited_for_until_cas_shows_it(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {"one": ROOT})
    transport.queue("DescribeWarehouseCert", error(404, "NotFound"), error(404, "NotFound"))
    assert cas.wait_until_described("one", ROOT, 10).identifier == "one"


@pytest.mark.parametrize(
    ("held", "reason"), [({}, "does not show it"), ({"one": SAME_SERIAL}, "shows another certificate")]
)
def test_what_cas_does_not_show_in_time_is_reported(
    cas: CasClient, transport: ScriptedTransport, held: dict[str, str], reason: str
) -> None:
    holding(transport, held)
    with pytest.raises(DeadlinePassed, match=f"{reason} .*certificate one after 10 s"):
        cas.wait_until_described("one", ROOT, 10)


def test_a_repository_lists_what_lies_in_it(cas: CasClient, transport: ScriptedTransport) -> None:
    holding(transport, {"one": ROOT, "two": SAME_SERIAL})
    assert [one.identifier for one in cas.certificates_in(REPOSITORY)] == ["one", "two"]


def test_the_quota_is_read(cas: CasClient, transport: ScriptedTransport) -> None:
    transport.queue("GetCertWarehouseQuota", {"AppTotalQuota": 100, "AppUseCount": 3})
    assert cas.quota() == Quota(total=100, used=3)
    transport.queue("GetCertWarehouseQuota", {"AppTotalQuota": "many"})
    with pytest.raises(RequestRejected, match="GetCertWarehouseQuota was answered with an entry of an unknown shape"):
        cas.quota()
