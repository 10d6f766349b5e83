"""Which CA on an unclaimed listener is taken for the stack's own, so that a claim removed by hand is no dead end."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from alb_mtls.cluster.listener import state_of
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.ownership import others_on
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.subject import Subject
from alb_mtls.preflight.load_balancer import own_ca_of
from tests.fakes.cas import Cas
from tests.helpers.albconfigs import https
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import make_root
from tests.helpers.stack_file import IMPORTED, Change, files_of, put

Read = Callable[..., Settings]

STATE = state_of(https(caEnabled=True, caCertificates=[{"CertificateId": "1ed65580"}]))
NAMED: tuple[Change, ...] = (put("cas.repository", "team"),)


def _generated_as(settings: Settings, **changes: str) -> str:
    subject = settings.root_ca.subject or Subject()
    return certificate_pem(make_root(subject=replace(subject, **changes)).certificate)


def _is_taken(settings: Settings, cas: Cas) -> bool:
    own_ca = own_ca_of(settings)
    return not others_on(
        STATE,
        take_over=settings.listeners[0].take_over,
        is_own_ca=lambda identifier: own_ca.is_meant_by(identifier, lambda: cas),  # type: ignore[arg-type, return-value] # it answers as the client does
    )


def test_in_a_repository_of_our_own_everything_is_ours_and_nothing_elsewhere(read: Read) -> None:
    settings = read()
    ours = f"{settings.cas.repository}-0a1b2c3d"
    assert _is_taken(settings, Cas.of("1ed65580", repository=ours))
    assert not _is_taken(settings, Cas.of("another", repository=ours))
    for of_others in (settings.cas.repository, f"{ours}-0a1b2c3d", "team-0a1b2c3d"):
        assert not _is_taken(settings, Cas.of("1ed65580", repository=of_others))


def test_in_a_named_repository_a_generated_root_is_known_by_its_name_and_the_rest_is_left_to_the_switch(
    read: Read,
) -> None:
    settings = read(*NAMED)
    assert _is_taken(settings, Cas.of("1ed65580", _generated_as(settings)))
    of_others = _generated_as(settings, organization="another")
    assert not _is_taken(settings, Cas.of("1ed65580", of_others))
    assert not _is_taken(settings, Cas())


def test_a_generated_root_of_an_earlier_generation_is_known_as_well(read: Read) -> None:
    settings = read(*NAMED, put("rootCa.generations", [3]))
    for name, taken in (("root", True), ("root G2", True), ("root G3", True), ("root G", False), ("other", False)):
        pem = _generated_as(settings, common_name=name)
        assert _is_taken(settings, Cas.of("1ed65580", pem)) is taken, name


def test_an_imported_root_is_known_by_its_content(read: Read) -> None:
    root, other = make_root(), make_root()
    settings = read(*NAMED, IMPORTED, files=files_of(root))
    assert _is_taken(settings, Cas.of("1ed65580", certificate_pem(root.certificate)))
    assert not _is_taken(settings, Cas.of("1ed65580", certificate_pem(other.certificate)))


@pytest.mark.parametrize(("identifier", "taken"), [("1ed65580", True), ("another", False)])
def test_a_purchased_root_is_known_by_its_identifier(read: Read, identifier: str, *, taken: bool) -> None:
    purchased = put("rootCa", {"source": "purchased", "identifier": identifier})
    assert _is_taken(read(purchased, put("clients", [])), Cas()) is taken


@pytest.mark.parametrize(("take_over", "taken"), [("1ed65580", True), ("another", False)])
def test_take_over_takes_the_ca_that_it_names_and_no_other(read: Read, take_over: str, *, taken: bool) -> None:
    assert not _is_taken(read(), Cas())
    assert _is_taken(read(put("listeners.0.takeOver", take_over)), Cas()) is taken


def test_an_imported_ca_is_known_by_its_whole_chain(read: Read) -> None:
    issuing = ca_below(make_root())
    settings = read(*NAMED, IMPORTED, files=files_of(issuing) | {"ca.pem": issuing.pem})
    assert _is_taken(settings, Cas.of("1ed65580", issuing.pem))
    assert not _is_taken(settings, Cas.of("1ed65580", certificate_pem(issuing.certificate)))
