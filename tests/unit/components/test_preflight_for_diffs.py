"""What the program reads for the diffs of its run, of which nothing is said and which stops nothing."""

from collections.abc import Callable
from time import time
from typing import Any

import pytest

from alb_mtls.aliyun.errors import AccessDenied
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.program_look import CasLook, ProgramLook, judged_part
from alb_mtls.listeners.reads import Reads
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.preflight.for_diffs import ForDiffs
from alb_mtls.session import Session
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import albconfig, https
from tests.helpers.certificates import make_root
from tests.helpers.fake_session import running
from tests.helpers.stack_file import Change, put

Read = Callable[..., Settings]

PEM = certificate_pem(make_root().certificate)
DENIED = AccessDenied("denied", api="DescribeWarehouseCert", target="ca", action="yundun-cert:DescribeWarehouseCert")
NAMED = put("cas", {"endpoint": "international", "repository": "team"})
# What stands there may be of the state; only the anchor knows.
TAKEN = put("listeners.0.takeOver", "ca-1")
WITHOUT_PROOF = put("proof.mode", "off")


def _bound(identifier: str) -> Cluster:
    return Cluster(item=albconfig(https(caEnabled=True, caCertificates=[{"CertificateId": identifier}])))


def _look(settings: Settings, kube: Cluster, **scene: Any) -> ProgramLook | None:
    session, reads = Session(lambda _: None), Reads()
    with running(preview=True, kube=kube, **{"alb": Alb(cluster=kube), **scene}) as logged:
        snapshots = run_preflight(settings, None, session, reads)
        before = list(logged.warnings)
        look = ForDiffs(settings, session, None, reads).look(snapshots)
    assert logged.warnings == before
    return look


def _found(settings: Settings, kube: Cluster, **scene: Any) -> ProgramLook:
    look = _look(settings, kube, **scene)
    assert look is not None
    return look


def test_where_a_listener_names_a_ca_all_is_read_that_a_diff_compares(read: Read) -> None:
    settings = read(preview=True)
    stem = settings.cas.repository
    kube, cas = _bound("ca-1"), Cas.of("ca-1", PEM, f"{stem}-0123abcd")
    cas.add_repository("of somebody else")
    before = time()
    look = _found(settings, kube, cas=cas)
    assert before <= look.began <= time()
    assert look.kube_system_uid == kube.uid
    assert look.albconfigs == {"alb": judged_part(kube.albconfig("alb"))}
    assert look.listeners["alb/443"].ca_identifiers == ("ca-1",)
    assert look.cas == CasLook(
        endpoint=settings.cas.endpoint,
        repositories=((f"{stem}-0123abcd", {"ca-1": None}),),
        certificates={"ca-1": PEM},
    )


def test_where_no_listener_has_anything_of_a_program_nothing_more_is_read(read: Read) -> None:
    assert _look(read(preview=True), Cluster(), cas=Cas(failure=DENIED)) is None


def test_of_a_repository_of_others_too_only_what_the_listener_names_is_read(read: Read) -> None:
    cas = Cas.of("ca-1", PEM, "team")
    cas.certificates["ca-of-team"] = next(iter(cas.certificates.values()))
    found = _found(read(TAKEN, NAMED, preview=True), _bound("ca-1"), cas=cas).cas
    assert found is not None
    assert [content.keys() for _, content in found.repositories] == [{"ca-1", "ca-of-team"}]
    assert found.certificates == {"ca-1": PEM}


def test_what_cas_does_not_answer_is_left_to_the_provider_and_the_rest_is_there(read: Read) -> None:
    settings = read(preview=True)
    cas = Cas.of("ca-1", PEM, f"{settings.cas.repository}-0123abcd")
    cas.failure = DENIED
    look = _found(settings, _bound("ca-1"), cas=cas)
    assert look.cas is None
    assert look.albconfigs.keys() == {"alb"}


@pytest.mark.parametrize(("change", "called"), [((), True), ((WITHOUT_PROOF,), False)], ids=["proven", "not proven"])
def test_the_alb_api_is_called_for_a_listener_unless_nothing_is_proven(
    read: Read, change: tuple[Change, ...], called: bool
) -> None:
    look = _found(read(TAKEN, *change, preview=True), _bound("ca-1"), cas=Cas())
    assert (look.listeners.keys() == {"alb/443"}) is called
