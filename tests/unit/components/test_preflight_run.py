"""What is found out before anything is registered: an up stops, a preview tells it in a line and goes on."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import DefaultCredentialsProvider
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.aliyun import errors as cloud_errors
from alb_mtls.cluster.errors import DeadlinePassed, Forbidden, UnexpectedReply, Unreachable
from alb_mtls.configuration.model import Settings
from alb_mtls.listeners.other_deployments import held_by_others
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.preflight.found import found_on_listeners
from alb_mtls.resources import ListenerFound
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.certificates import make_client, make_root
from tests.helpers.claims import claim_of
from tests.helpers.fake_session import running
from tests.helpers.ingresses import ingress
from tests.helpers.preflights import PURCHASED, stopped_by
from tests.helpers.stack_file import Change, put

Read = Callable[..., Settings]

NO_HOST: tuple[Change, ...] = (put("proof", {}),)
CAS_UNREACHABLE = cloud_errors.Unreachable("CAS cannot be reached", api="DescribeWarehouseCert", target="certificate")
# A key or a listener, and what its look fails with.
OUT_OF_REACH: list[tuple[str, tuple[Change, ...], dict[str, Any], Exception]] = [
    *(
        ("alb/443", (), {"kube": Cluster(failure=failure)}, failure)
        for failure in (
            Unreachable("GET albconfigs failed: nothing accepts connections"),
            Forbidden(verb="get", resource="albconfigs", user="preview"),
            DeadlinePassed("GET albconfigs failed for 30 s: HTTP 500"),
            UnexpectedReply("AlbConfig alb: the API server answered HTTP 418"),
        )
    ),
    ("rootCa.identifier", PURCHASED, {"cas": Cas(failure=CAS_UNREACHABLE)}, CAS_UNREACHABLE),
]
NO_HOST_FOUND = "listener 443/HTTPS of AlbConfig alb has no host for the proof"
NOT_IN_CAS = (
    "rootCa.identifier: CAS has no certificate 1ed65580 at cas.endpoint https://cas.ap-southeast-1.aliyuncs.com; "
    "correct one of the two"
)
STOPPING: dict[str, tuple[tuple[Change, ...], dict[str, Any], str]] = {
    "no Ingress": (NO_HOST, {"kube": Cluster(routes=[])}, NO_HOST_FOUND),
    "a wildcard": (NO_HOST, {"kube": Cluster(routes=[ingress("*.alb.ingress.top")])}, NO_HOST_FOUND),
    "a purchased CA that CAS does not have": (PURCHASED, {"cas": Cas()}, NOT_IN_CAS),
}


@pytest.fixture
def no_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the standard chain of this machine find nothing."""

    def nothing(_: object) -> None:
        message = "unable to load credentials from any of the providers in the chain"
        raise CredentialException(message)

    monkeypatch.setattr(DefaultCredentialsProvider, "get_credentials", nothing)


@pytest.mark.usefixtures("no_credential")
def test_without_a_credential_a_preview_reports_what_the_cluster_knows_and_an_up_stops_with_a_sentence(
    read: Read,
) -> None:
    with running() as logged:
        [snapshot] = run_preflight(read(preview=True), None)
    assert snapshot.host == "demo.alb.ingress.top"
    assert snapshot.edition is None
    [line] = logged.warnings
    assert line.startswith("alb/443: not looked at, so this preview reports less: ")
    assert "no usable credential" in line
    said = stopped_by(read())
    assert "no usable credential" in said
    assert said.endswith("\nNothing was touched in cluster and cloud.")


@pytest.mark.parametrize(
    ("subject", "changes", "scene", "failure"), OUT_OF_REACH, ids=[type(row[-1]).__name__ for row in OUT_OF_REACH]
)
def test_what_cannot_be_looked_at_is_a_line_in_a_preview_and_no_mistake_of_the_configuration_in_an_up(
    read: Read, subject: str, changes: tuple[Change, ...], scene: dict[str, Any], failure: Exception
) -> None:
    scene = {"alb": Alb(), **scene}
    with running(**scene) as logged:
        [snapshot] = run_preflight(read(*changes, preview=True), None)
    assert (snapshot.state is None) is ("kube" in scene)
    assert logged.warnings == [f"{subject}: not looked at, so this preview reports less: {failure}"]
    assert stopped_by(read(*changes), **scene) == f"{failure}\nNothing was touched in cluster and cloud."


@pytest.mark.parametrize("case", STOPPING)
def test_what_stops_an_up_is_a_line_in_a_preview(read: Read, case: str) -> None:
    changes, scene, sentence = STOPPING[case]
    scene = {"alb": Alb(), **scene}
    assert sentence in stopped_by(read(*changes), **scene)
    with running(**scene) as logged:
        run_preflight(read(*changes, preview=True), None)
    [line] = logged.warnings
    assert line.startswith("an up would stop here: ")
    assert sentence in line


@pytest.mark.parametrize(
    ("routes", "proof"),
    [([ingress()], {}), ([], {"host": "demo.alb.ingress.top"}), ([], {"mode": "api"}), ([], {"mode": "off"})],
)
def test_a_host_in_an_ingress_or_in_the_configuration_will_do_and_without_handshakes_none_is_needed(
    read: Read, routes: list[dict[str, Any]], proof: dict[str, str]
) -> None:
    with running(kube=Cluster(routes=routes), alb=Alb()) as logged:
        run_preflight(read(put("proof", proof)), None)
    assert logged.warnings == []


def test_a_listener_that_stays_as_it_is_needs_no_host(read: Read) -> None:
    claim = claim_of(owner="alb-mtls/test", token="t", attempt="a", previous={})
    on = https(caEnabled=True, caCertificates=[{"CertificateId": "1ed65580"}])
    config = albconfig(on, annotations={"alb-mtls/claim.443.https": claim.to_text()})
    kube = Cluster(item=config, routes=[])
    with running(kube=kube, alb=Alb()) as logged:
        run_preflight(read(*NO_HOST), None)
    assert logged.warnings == []
    assert "has no host" in stopped_by(read(*NO_HOST, put("enabled", "false")), kube=kube, alb=Alb())


def test_a_purchased_ca_that_cas_has_is_taken_and_without_an_endpoint_it_is_not_looked_up(read: Read) -> None:
    with running(alb=Alb(), cas=Cas.of("1ed65580", certificate_pem(make_root().certificate))):
        run_preflight(read(*PURCHASED), None)
    with running(alb=Alb(), cas=Cas(failure=AssertionError("asked"))):
        run_preflight(read(*PURCHASED, put("cas", {})), None)


def test_a_client_of_the_proof_that_a_purchased_ca_has_not_issued_stops_a_preview_too(
    read: Read, tmp_path: Path
) -> None:
    root, other = make_root(), make_root()
    certificate, key = make_client(root).write(tmp_path, "client")
    files = {str(file): file.read_text() for file in (certificate, key)}
    given = put("proof.client", {"certificateFile": str(certificate), "keyFile": str(key)})
    ours, others = (Cas.of("1ed65580", certificate_pem(one.certificate)) for one in (root, other))
    for preview in (True, False):
        settings = read(*PURCHASED, given, files=files, preview=preview)
        said = stopped_by(settings, alb=Alb(), cas=others)
        assert f"proof.client.certificateFile: {certificate}: it was not issued by the root CA" in said
    for cas, beside in ((ours, ()), (others, (put("proof.mode", "api"),)), (others, (put("enabled", "false"),))):
        with running(alb=Alb(), cas=cas):
            run_preflight(read(*PURCHASED, given, *beside, files=files, preview=True), None)


def test_a_client_that_a_purchased_ca_has_not_issued_stops_a_preview_and_one_that_it_has_does_not(read: Read) -> None:
    root = make_root()
    files = {"bob.pem": certificate_pem(make_client(root).certificate)}
    brought = put("clients", [{"name": "bob", "certificateFile": "bob.pem"}])
    ours, others = (Cas.of("1ed65580", certificate_pem(one.certificate)) for one in (root, make_root()))
    with running(alb=Alb(), cas=ours):
        run_preflight(read(*PURCHASED, brought, files=files, preview=True), None)
    said = stopped_by(read(*PURCHASED, brought, files=files, preview=True), alb=Alb(), cas=others)
    assert "clients[0].certificateFile: it was not issued by the root CA" in said
    with running(alb=Alb(), cas=others) as logged:
        run_preflight(read(*PURCHASED, brought, put("enabled", "false"), files=files), None)
    assert ["it was not issued by the root CA" in line for line in logged.warnings] == [True]


def test_a_purchased_ca_whose_clients_servers_reject_stops_a_preview(read: Read) -> None:
    server_only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    now = datetime.now(UTC)
    bad = issued(None, "root", *ca_of_depth(), (server_only, False), begin=now - DAY, end=now + DAY)
    unfit = Cas.of("1ed65580", certificate_pem(bad.certificate))
    said = stopped_by(read(*PURCHASED, preview=True), alb=Alb(), cas=unfit)
    assert "rootCa.identifier: its extendedKeyUsage lacks clientAuth" in said
    unreadable = stopped_by(read(*PURCHASED, preview=True), alb=Alb(), cas=Cas.of("1ed65580", "PEM"))
    assert "rootCa.identifier: the certificate in CAS: this is not a certificate in PEM form" in unreadable
    with running(alb=Alb(), cas=Cas.of("1ed65580", certificate_pem(make_root().certificate))):
        run_preflight(read(*PURCHASED, preview=True), None)


def test_a_purchased_ca_that_ends_soon_is_warned_of_and_one_that_lasts_is_not(read: Read) -> None:
    for days, warned in ((20, [True]), (400, [])):
        ca = make_root(days=days, now=datetime.now(UTC))
        with running(alb=Alb(), cas=Cas.of("1ed65580", certificate_pem(ca.certificate))) as logged:
            run_preflight(read(*PURCHASED, preview=True), None)
        ending = [line for line in logged.warnings if "CA_EXPIRING" in line]
        assert ["root CA 1ed65580 in CAS: ends on" in line for line in ending] == warned, ending


def test_a_purchased_ca_that_is_gone_or_not_looked_up_keeps_nobody_from_switching_off(read: Read) -> None:
    disabled = put("enabled", "false")
    for cas, said in ((Cas(), NOT_IN_CAS), (Cas(failure=CAS_UNREACHABLE), "CAS cannot be reached")):
        with running(alb=Alb(), cas=cas) as logged:
            run_preflight(read(*PURCHASED, disabled), None)
        assert [said in line for line in logged.warnings] == [True]


def test_every_problem_of_every_listener_is_reported_at_once_and_not_as_one_of_the_configuration(read: Read) -> None:
    two = put("listeners", [{"albConfig": "alb", "port": 8443}, {"albConfig": "alb", "port": 444}])
    said = stopped_by(read(two), alb=Alb())
    assert said.startswith("2 problems were found in the cluster or the cloud; nothing was touched there:")
    assert "listeners[0]: AlbConfig alb has no listener 8443/HTTPS" in said
    assert "listeners[1]: AlbConfig alb has no listener 444/HTTPS" in said


def _found(settings: Settings, kube: Cluster) -> ListenerFound:
    with running(kube=kube, alb=Alb(), cas=_cas(settings)):
        [found] = found_on_listeners(settings, run_preflight(settings, None))
    return found


def _cas(settings: Settings) -> Cas:
    return Cas.of("1ed65580", repository=f"{settings.cas.repository}-0a1b2c3d")


def test_a_claim_is_found_and_whose_it_is_left_to_the_anchor(read: Read) -> None:
    claim = claim_of(owner="alb-mtls/another", deployment="deployment-2")
    held = Cluster(item=albconfig(https(), annotations={"alb-mtls/claim.443.https": claim.to_text()}))
    found = _found(read(put("listeners.0.takeOver", "1ed65580")), held)
    assert (found.deployment, found.owner, found.take_over) == ("deployment-2", "alb-mtls/another", "1ed65580")
    assert _found(read(), Cluster()) == ListenerFound(listener=LISTENER)


def test_a_ca_that_may_be_ours_is_left_to_the_anchor_and_one_that_may_be_taken_over_is_not(read: Read) -> None:
    bound = Cluster(item=albconfig(https(caEnabled=True, caCertificates=[{"CertificateId": "1ed65580"}])))
    assert _found(read(), bound).ca_identifiers == ("1ed65580",)
    assert _found(read(put("listeners.0.takeOver", "1ed65580")), bound).ca_identifiers == ()


def test_a_ca_that_cannot_be_ours_is_refused_at_once(read: Read) -> None:
    bound = Cluster(item=albconfig(https(caEnabled=True, caCertificates=[{"CertificateId": "ca-of-theirs"}])))
    assert "already has the CA ca-of-theirs" in stopped_by(read(), kube=bound, alb=Alb(), cas=Cas())


OLD: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "1ed65580"}]}
STRONG: dict[str, Any] = {"securityPolicyId": "tls_cipher_policy_1_2"}


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ((put("listeners.0.takeOver", "1ed65580"),), ["HTTPS_WITHOUT_CLIENT_AUTH"]),
        (
            (
                *PURCHASED[1:],
                put("rootCa", {"source": "purchased", "identifier": "1ed70000"}),
            ),
            ["HTTPS_WITHOUT_CLIENT_AUTH"],
        ),
        (PURCHASED, []),
    ],
    ids=["taken over", "another purchased CA", "the same CA stays"],
)
def test_a_listener_that_trusts_only_the_ca_of_before_is_a_bypass_in_a_preview_already(
    read: Read, changes: tuple[Change, ...], codes: list[str]
) -> None:
    routes = [ingress(ports='[{"HTTPS": 443}, {"HTTPS": 8443}]')]
    item = albconfig(https(**OLD, **STRONG), https(8443, **OLD, **STRONG))
    item["metadata"]["annotations"] = {"alb-mtls/claim.443.https": claim_of().to_text()}
    kube = Cluster(item=item, routes=routes)
    cas = Cas.of("1ed65580", certificate_pem(make_root().certificate))
    cas.certificates["1ed70000"] = cas.certificates["1ed65580"]
    with running(preview=True, kube=kube, alb=Alb(cluster=kube), cas=cas):
        [snapshot] = run_preflight(read(*changes), None)
    assert [str(one.code) for one in snapshot.bypasses] == codes


@pytest.mark.parametrize("reason", ["checkout is down since 03:10", ""])
def test_a_hold_stops_an_up_before_anything_else_and_a_preview_says_it_first(read: Read, reason: str) -> None:
    held = Cluster(item=albconfig(https(), annotations={LISTENER.hold_annotation: reason}), routes=[])
    sentence = f"listener 443/HTTPS of AlbConfig alb is held: {reason or 'no reason given'};"
    assert f"listeners[0]: {sentence}" in stopped_by(read(*NO_HOST), kube=held, alb=Alb())
    with running(kube=held, alb=Alb()) as logged:
        run_preflight(read(*NO_HOST, preview=True), None)
    assert logged.warnings[0].startswith(f"an up would stop here: {sentence}")
    assert len(logged.warnings) == 2


def test_the_hold_of_another_listener_stops_nothing(read: Read) -> None:
    other = Cluster(item=albconfig(https(), annotations={"alb-mtls/hold.8443.https": "maintenance"}))
    with running(kube=other, alb=Alb()) as logged:
        run_preflight(read(preview=True), None)
    assert logged.warnings == []


def _bound(
    generation: int | None, *, deployment: str = "deployment-1", written: bool = True, owner: str = "alb-mtls/test"
) -> Cluster:
    """Return a cluster whose listener is bound to the CA of one generation, as the claim says."""
    fields: dict[str, Any] = {"caEnabled": True, "caCertificates": [{"CertificateId": "ca-a"}]}
    claimed = {f"/{name}": value for name, value in fields.items()} if written else {"/caEnabled": False}
    claim = claim_of(generation=generation, written=claimed, deployment=deployment, owner=owner)
    return Cluster(item=albconfig(https(**fields), annotations={LISTENER.claim_annotation: claim.to_text()}))


def _listed(*numbers: int, trusted: int, **more: object) -> list[Change]:
    changes = [put("rootCa.generations", list(numbers)), put("rootCa.trusted", trusted)]
    return [*changes, *(put(f"rootCa.{name}", value) for name, value in more.items())]


@pytest.mark.parametrize(
    ("bound", "changes"),
    [
        (1, _listed(2, trusted=2)),
        (2, _listed(1, trusted=1)),
        (1, [*_listed(2, trusted=2), put("enabled", False)]),
    ],
    ids=["swapped and dropped", "back and dropped", "dropped and switched off"],
)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_clients_of_an_up_that_the_bound_generation_rejects_stop_it_before_anything_is_registered(
    read: Read, bound: int, changes: list[Change], *, preview: bool
) -> None:
    said = stopped_by(read(*changes, preview=preview), kube=_bound(bound), alb=Alb())
    assert f"trusts generation {bound} of the root CA until this `up` has swapped it" in said
    assert said.endswith(f"rootCa.abandoned: [{bound}]")


@pytest.mark.parametrize(
    ("bound", "changes"),
    [
        (1, _listed(1, 2, trusted=1)),
        (1, _listed(1, 2, trusted=2)),
        (2, _listed(2, trusted=2)),
        (1, _listed(2, trusted=2, abandoned=[1])),
        (None, _listed(2, trusted=2)),
    ],
    ids=["first step", "swap", "dropped", "given up", "not known"],
)
def test_what_the_bound_generation_accepts_or_is_given_up_goes_on(
    read: Read, bound: int | None, changes: list[Change]
) -> None:
    with running(kube=_bound(bound), alb=Alb()):
        [snapshot] = run_preflight(read(*changes, preview=True), None)
    assert snapshot.bound_generation == bound


def test_whether_a_generation_under_another_name_is_another_stacks_or_of_one_that_was_renamed_decides_the_anchor(
    read: Read,
) -> None:
    settings = read(*_listed(2, trusted=2), preview=True)
    with running(kube=_bound(1, owner="alb-mtls/another"), alb=Alb()):
        snapshots = run_preflight(settings, None)
    found = found_on_listeners(settings, snapshots)
    [taken] = held_by_others(found, "deployment-2")
    assert "is claimed by" in str(taken)
    [refused] = held_by_others(found, "deployment-1")
    assert "trusts generation 1 of the root CA until this `up` has swapped it" in str(refused)
    with running(kube=_bound(2, owner="alb-mtls/another"), alb=Alb()):
        found = found_on_listeners(settings, run_preflight(settings, None))
    assert list(held_by_others(found, "deployment-1")) == []


def test_a_claim_whose_fields_were_changed_or_that_is_taken_over_says_nothing_of_generations(read: Read) -> None:
    edited = _bound(1, written=False)
    with running(kube=edited, alb=Alb()):
        [snapshot] = run_preflight(read(*_listed(2, trusted=2), preview=True), None)
    assert snapshot.bound_generation is None
    taking = put("listeners.0.takeOver", "deployment-2")
    with running(kube=_bound(1, deployment="deployment-2"), alb=Alb()):
        run_preflight(read(*_listed(2, trusted=2), taking, preview=True), None)
