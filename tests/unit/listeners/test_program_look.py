"""What the program hands to the diffs of its run: enough to say that all is well, and only that."""

import pytest

from alb_mtls.cluster.claim import read_claim
from alb_mtls.cluster.hold import read_hold
from alb_mtls.cluster.listener import fields_of, find_listener
from alb_mtls.listeners.program_look import CasLook, ProgramLook, judged_part
from alb_mtls.pki.encoding import certificate_pem
from tests.fakes.alb import listener_on_alb
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.certificates import make_root
from tests.helpers.provider_world import Deployed, World

PEM, OTHER = (certificate_pem(make_root().certificate) for _ in range(2))
SITE = "https://cas.example"


def _site(*contents: dict[str, str | None]) -> CasLook:
    return CasLook(endpoint=SITE, repositories=tuple(("ours", one) for one in contents), certificates={"ca-1": PEM})


def test_what_is_read_back_is_what_was_written() -> None:
    shown = listener_on_alb(port=443, protocol="HTTPS", enabled=True, identifiers=("ca-1",), fields={"a": None})
    null = https(caEnabled=None, caCertificates=[{"CertificateId": "ca-1", "more": 1.5}])
    look = ProgramLook(
        began=1_000.5,
        kube_system_uid="uid",
        albconfigs={"alb": judged_part(albconfig(null))},
        listeners={LISTENER.output_key: shown},
        cas=_site({"ca-1": "0a", "ca-2": None}),
    )
    assert ProgramLook.of_text(look.to_text()) == look
    assert ProgramLook.of_text(ProgramLook().to_text()) == ProgramLook()


def test_of_an_albconfig_claims_holds_and_fields_stay_and_nothing_else(world: World) -> None:
    Deployed.up()
    item = world.cluster.albconfig("alb")
    item["metadata"]["annotations"] |= {"alb-mtls/Hold.443.HTTPS": "ticket 4711", "kubectl.kubernetes.io/x": "{}"}
    item["metadata"]["managedFields"] = [{"manager": "somebody"}]
    left = judged_part(item)
    assert read_claim(left, LISTENER) == read_claim(item, LISTENER) is not None
    assert read_hold(left, LISTENER) == "ticket 4711"
    assert fields_of(find_listener(left, LISTENER).element) == fields_of(world.cluster.element)
    assert "kubectl" not in str(left)
    assert left["metadata"].keys() == {"name", "uid", "annotations"}
    assert left["spec"].keys() == {"listeners"}


def test_another_site_and_another_certificate_are_not_known_to_be_well() -> None:
    look = ProgramLook(cas=_site({"ca-1": "0a"}))
    assert look.cas_at(SITE) is look.cas
    assert look.cas_at("https://other.example") is None
    assert _site().holds("ca-1", PEM)
    assert not _site().holds("ca-1", OTHER)
    assert not _site().holds("ca-2", PEM)


def test_one_repository_has_no_twin_and_two_or_none_may_have_one() -> None:
    assert _site({}).has_no_twin("ours")
    assert not _site({}, {}).has_no_twin("ours")
    assert not _site({}).has_no_twin("theirs")


@pytest.mark.parametrize(
    "contents",
    [
        [{"ca-1": "0a"}],
        [{"ca-1": None}],
        [{}],
        [{"ca-1": "0A:1B", "ca-2": "ff"}],
        [{"ca-1": "12"}, {"ca-2": "13"}],
    ],
    ids=["alone", "alone, without a number", "elsewhere", "beside another", "beside another in a twin"],
)
def test_certificates_with_other_serial_numbers_are_no_copies(contents: list[dict[str, str | None]]) -> None:
    assert _site(*contents).has_no_copy("ca-1", "ours")


@pytest.mark.parametrize(
    "contents",
    [
        [],
        [{"ca-1": "0a", "ca-2": "0A"}],
        [{"ca-1": "12", "ca-2": "0c"}],
        [{"ca-1": "12", "ca-2": "18"}],
        [{"ca-1": "0a", "ca-2": None}],
        [{"ca-1": None, "ca-2": "0a"}],
        [{"ca-1": "0a"}, {"ca-2": "a"}],
        [{"ca-2": "a"}],
    ],
    ids=[
        "no such repository",
        "the same number",
        "one in decimal, the copy in hexadecimal",
        "one in hexadecimal, the copy in decimal",
        "without a number",
        "beside one without a number",
        "in a twin",
        "itself not listed",
    ],
)
def test_whatever_may_be_a_copy_is_not_known_to_be_none(contents: list[dict[str, str | None]]) -> None:
    assert not _site(*contents).has_no_copy("ca-1", "ours")
