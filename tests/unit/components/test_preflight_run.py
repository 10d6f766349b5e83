"""What is found out before anything is registered: an up stops, a preview tells it in a line and goes on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pulumi
import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_credentials.provider import DefaultCredentialsProvider
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from alb_mtls.aliyun import errors as cloud_errors
from alb_mtls.aliyun.alb_models import Listener
from alb_mtls.cluster.errors import DeadlinePassed, Forbidden, UnexpectedReply, Unreachable
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.configuration.model import Settings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.resources import ListenerFound
from components.preflight.found import found_on_listeners
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, http, https
from tests.helpers.authorities import DAY, ca_of_depth, issued
from tests.helpers.certificates import make_client, make_root
from tests.helpers.claims import claim_of
from tests.helpers.fake_session import running
from tests.helpers.gateway_objects import gateway, gateway_class
from tests.helpers.ingresses import deployment, ingress
from tests.helpers.stack_file import Change, put

Read = Callable[..., Settings]

PURCHASED: tuple[Change, ...] = (
    put("rootCa", {"source": "purchased", "identifier": "1ed65580"}),
    put("clients", []),
)
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


def _refused(settings: Settings, **scene: Any) -> str:
    with running(**scene), pytest.raises(pulumi.RunError) as refused:
        run_preflight(settings, None)
    assert refused.value.__cause__ is None
    return str(refused.value)


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
    said = _refused(read())
    assert "no usable credential" in said
    assert said.endswith("\nNothing was touched.")


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
    assert _refused(read(*changes), **scene) == f"{failure}\nNothing was touched."


@pytest.mark.parametrize("case", STOPPING)
def test_what_stops_an_up_is_a_line_in_a_preview(read: Read, case: str) -> None:
    changes, scene, sentence = STOPPING[case]
    scene = {"alb": Alb(), **scene}
    assert sentence in _refused(read(*changes), **scene)
    with running(**scene) as logged:
        run_preflight(read(*changes, preview=True), None)
    [line] = logged.warnings
    assert line.startswith("an up would stop here: ")
    assert sentence in line


class _WithoutListener(Alb):
    def listeners(self, _id: str) -> list[Listener]:
        """Return none: the controller has not made it."""
        return []


class _Reporting(Cluster):
    @staticmethod
    def events(_name: str, _uid: str) -> list[dict[str, Any]]:
        """Return why."""
        text = "apply failed. listenerPort: 443 errMsgs: empty https listener default certs"
        return [{"metadata": {"uid": "e"}, "type": "Warning", "reason": "FailedApplyModel", "message": text}]


# Later than what is about the listener.
_ABOUT_OTHERS = ("apply failed. listenerPort: 8443 errMsgs: Edition: Basic", 'services "gone" not found')


class _ReportingOthersAlone(Cluster):
    @staticmethod
    def events(_name: str, _uid: str) -> list[dict[str, Any]]:
        """Return what is about another listener, and about a Service."""
        kind = {"type": "Warning", "reason": "Failed"}
        return [{"metadata": {"uid": text}, "message": text, **kind} for text in _ABOUT_OTHERS]


class _ReportingOthers(Cluster):
    @staticmethod
    def events(name: str, uid: str) -> list[dict[str, Any]]:
        """Return why, and after that what is about others."""
        return [*_Reporting.events(name, uid), *_ReportingOthersAlone.events(name, uid)]


class _Unreadable(Cluster):
    @staticmethod
    def events(_name: str, _uid: str) -> list[dict[str, Any]]:
        """Answer nobody."""
        raise Forbidden(verb="list", resource="events", user="u")


UNMADE = "listener 443/HTTPS of AlbConfig alb is in the AlbConfig, and ALB alb-of-alb has no such listener; "


@pytest.mark.parametrize("mode", ["required", "api"])
@pytest.mark.parametrize(
    ("kube", "why"),
    [
        (Cluster(), "the ALB Ingress controller reports no error: wait until it has made the listener"),
        (Cluster(), 'of the AlbConfig, such as kubectl annotate albconfig alb listener-deleted="$(date +%s)"'),
        (_Reporting(), "empty https listener default certs: give every HTTPS listener a server certificate"),
        (_ReportingOthers(), "empty https listener default certs: give every HTTPS listener a server certificate"),
        (_ReportingOthersAlone(), "not found: kubectl describe albconfig alb; a listener that was deleted at the ALB"),
        (
            _Unreadable(),
            "because user u may not list events",
        ),
    ],
    ids=["silent", "deleted", "reporting", "reporting others too", "reporting others", "unreadable"],
)
def test_a_listener_that_the_alb_does_not_have_stops_an_up_and_is_a_line_in_a_preview(
    read: Read, mode: str, kube: Cluster, why: str
) -> None:
    scene: dict[str, Any] = {"alb": _WithoutListener(), "kube": kube}
    refused = _refused(read(put("proof.mode", mode)), **scene)
    assert f"listeners[0]: {UNMADE}" in refused
    assert why in refused
    with running(**scene) as logged:
        run_preflight(read(put("proof.mode", mode), preview=True), None)
    [line] = logged.warnings
    assert line.startswith(f"an up would stop here: {UNMADE}")


def test_what_the_alb_does_not_have_stops_nobody_who_switches_off_or_sets_the_proof_off(
    read: Read,
) -> None:
    with running(alb=_WithoutListener()) as logged:
        run_preflight(read(put("proof.mode", "off")), None)
    assert logged.warnings == []
    with running(alb=_WithoutListener()) as logged:
        run_preflight(read(put("enabled", "false")), None)
    [line] = logged.warnings
    assert line.startswith(UNMADE)


def test_a_listener_that_is_not_there_stops_a_preview_too(read: Read) -> None:
    kube = Cluster(item=albconfig(https(8443)))
    for preview in (True, False):
        with running(kube=kube, alb=Alb()), pytest.raises(pulumi.RunError) as refused:
            run_preflight(read(preview=preview), None)
        assert "listeners[0]: AlbConfig alb has no listener 443/HTTPS" in str(refused.value)


def test_an_alb_of_edition_basic_stops_whoever_switches_on_and_nobody_else(read: Read) -> None:
    assert "is of edition Basic" in _refused(read(), alb=Alb(edition="Basic"))
    with running(alb=Alb(edition="Basic")):
        [snapshot] = run_preflight(read(put("enabled", "false")), None)
    assert snapshot.edition == "Basic"


def test_an_edition_that_no_document_names_stops_who_has_not_listed_it(read: Read) -> None:
    for preview in (True, False):
        refused = _refused(read(preview=preview), alb=Alb(edition="Extensible"))
        assert "set alb.editions: [Standard, StandardWithWaf, Extensible]" in refused
    item = albconfig(https())
    item["spec"]["config"]["edition"] = "Extensible"
    for taken in (put("alb", {"editions": ["Standard", "Extensible"]}), put("enabled", "false")):
        with running(kube=Cluster(item=item), alb=Alb(edition="Extensible")) as logged:
            run_preflight(read(taken), None)
        assert logged.warnings == []


def _waf(**scene: Any) -> dict[str, Any]:
    return {"alb": Alb(edition="StandardWithWaf", cluster=scene.get("kube", Cluster())), **scene}


@pytest.mark.parametrize("preview", [True, False])
def test_a_waf_that_our_write_would_take_away_stops_before_anything_is_touched(
    read: Read,
    preview: bool,
) -> None:
    refused = _refused(read(preview=preview), **_waf())
    assert "nothing was touched" in refused
    assert "spec.config.edition: StandardWithWaf" in refused
    assert "(EDITION_REVERT)" in refused
    said = albconfig(https())
    said["spec"]["config"]["edition"] = "StandardWithWaf"
    with running(**_waf(kube=Cluster(item=said))) as logged:
        run_preflight(read(preview=preview), None)
    assert logged.warnings == []


@pytest.mark.parametrize("preview", [True, False])
def test_switching_off_is_not_stopped_by_a_waf_that_goes_and_warns_of_it_once(
    read: Read,
    preview: bool,
) -> None:
    two = put("listeners", [{"albConfig": "alb", "port": port} for port in (443, 8443)])
    with running(**_waf(kube=Cluster(item=albconfig(https(), https(8443))))) as logged:
        run_preflight(read(two, put("enabled", "false"), preview=preview), None)
    [warning] = logged.warnings
    assert "spec.config.edition: StandardWithWaf" in warning
    assert warning.endswith("(EDITION_REVERT); switching off is not stopped by it")


def _claimed(bound: str) -> dict[str, Any]:
    claim = claim_of(owner="alb-mtls/test", token="t", attempt="a", previous={})
    on = https(caEnabled=True, caCertificates=[{"CertificateId": bound}])
    return albconfig(on, annotations={"alb-mtls/claim.443.https": claim.to_text()})


@pytest.mark.parametrize(("bound", "stops"), [("1ed65580", False), ("another", True)])
def test_a_waf_stops_an_up_that_swaps_the_ca_and_is_a_warning_where_nothing_will_be_written(
    read: Read,
    bound: str,
    stops: bool,
) -> None:
    kube = Cluster(item=_claimed(bound))
    scene, settings = _waf(kube=kube, cas=Cas.of("1ed65580", make_root().pem)), read(*PURCHASED)
    if stops:
        assert "(EDITION_REVERT)" in _refused(settings, **scene)
        return
    with running(**scene) as logged:
        run_preflight(settings, None)
    assert [one.endswith("(EDITION_REVERT)") for one in logged.warnings] == [True]


def _reused(**config: Any) -> dict[str, Any]:
    item = albconfig(https(), http())
    item["spec"]["config"] = {"id": "alb-of-alb", **config}
    return item


class ConsoleAlb(Alb):
    """An ALB whose listeners the console has made, or edited."""

    fields: ClassVar[dict[str, Any]] = {"description": "made in the console"}

    def listener(self, identifier: str, *, port: int, protocol: str) -> Listener:
        """Return the listener."""
        return replace(super().listener(identifier, port=port, protocol=protocol), fields=self.fields)


class EditedAlb(ConsoleAlb):
    """Of which the controller has made the listeners."""

    fields: ClassVar[dict[str, Any]] = {"description": "ingress-auto-listener-443", "idleTimeout": 60}


def test_a_listener_that_the_albconfig_has_no_effect_on_stops_who_switches_on_and_warns_who_switches_off(
    read: Read,
) -> None:
    def scene(**config: Any) -> dict[str, Any]:
        kube = Cluster(item=_reused(**config))
        return {"kube": kube, "alb": ConsoleAlb(cluster=kube)}

    for preview in (True, False):
        refused = _refused(read(preview=preview), **scene())
        assert "add `spec.config.listenerForceOverride: true`" in refused
    with running(**scene()) as logged:
        run_preflight(read(put("enabled", "false")), None)
    assert [one for one in logged.warnings if "caEnabled has no effect" in one] == logged.warnings
    with running(**scene(listenerForceOverride=True)) as logged:
        run_preflight(read(), None)
    assert [one for one in logged.warnings if "caEnabled has no effect" in one] == []


def test_what_any_write_wakes_on_a_reused_alb_is_warned_of_once_for_each_albconfig(read: Read) -> None:
    kube = Cluster(item=_reused())
    with running(kube=kube, alb=EditedAlb(cluster=kube)) as logged:
        run_preflight(read(preview=True), None)
    [warning] = logged.warnings
    head, *lines = warning.split("\n")
    assert head.startswith("AlbConfig alb: with the next write to it")
    assert head.endswith("add to the AlbConfig what should stay:")
    assert "  listener 443/HTTPS: idleTimeout is 60 on the ALB, and 15 in the AlbConfig by default" in lines


@dataclass(kw_only=True)
class TwoAlbConfigs(Cluster):
    """A cluster in which another AlbConfig wants the same ALB."""

    def albconfigs(self) -> list[dict[str, Any]]:
        """Return both."""
        second = albconfig(https(), name="second")
        second["spec"]["config"] = {"id": "alb-of-alb"}
        return [*super().albconfigs(), second]


def test_another_albconfig_of_the_same_alb_is_a_warning_and_stops_the_one_that_has_no_alb(read: Read) -> None:
    named = "ALB alb-of-alb is named by AlbConfig alb and by second too"
    with running(kube=TwoAlbConfigs(), alb=Alb()) as logged:
        run_preflight(read(), None)
    [warning] = logged.warnings
    assert warning.startswith(named)
    without = _reused()
    without["status"] = {}
    refused = _refused(read(), kube=TwoAlbConfigs(item=without), alb=Alb())
    assert "AlbConfig alb has no ALB yet" in refused
    assert named in refused


def test_a_waf_stops_an_up_that_may_take_a_listener_over(read: Read) -> None:
    taken = put("listeners", [{"albConfig": "alb", "port": 443, "takeOver": "deployment-1"}])
    scene = _waf(kube=Cluster(item=_claimed("1ed65580")), cas=Cas.of("1ed65580", make_root().pem))
    assert "(EDITION_REVERT)" in _refused(read(*PURCHASED, taken), **scene)


@pytest.mark.parametrize(("generation", "stops"), [(1, False), (2, True)])
def test_a_waf_stops_an_up_that_brings_another_generation_of_a_generated_ca(
    read: Read,
    generation: int,
    stops: bool,
) -> None:
    settings = read(put("rootCa.generations", [generation]), put("rootCa.trusted", generation))
    subject = read().root_ca.subject
    assert subject is not None
    kube = Cluster(item=_claimed("1ed65580"))
    scene = _waf(kube=kube, cas=Cas.of("1ed65580", make_root(subject=subject).pem))
    if stops:
        assert "(EDITION_REVERT)" in _refused(settings, **scene)
        return
    with running(**scene) as logged:
        run_preflight(settings, None)
    assert [one.endswith("(EDITION_REVERT)") for one in logged.warnings] == [True]


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
    assert "has no host" in _refused(read(*NO_HOST, put("enabled", "false")), kube=kube, alb=Alb())


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
        said = _refused(settings, alb=Alb(), cas=others)
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
    said = _refused(read(*PURCHASED, brought, files=files, preview=True), alb=Alb(), cas=others)
    assert "clients[0].certificateFile: it was not issued by the root CA" in said
    with running(alb=Alb(), cas=others) as logged:
        run_preflight(read(*PURCHASED, brought, put("enabled", "false"), files=files), None)
    assert ["it was not issued by the root CA" in line for line in logged.warnings] == [True]


def test_a_purchased_ca_whose_clients_servers_reject_stops_a_preview(read: Read) -> None:
    server_only = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    now = datetime.now(UTC)
    bad = issued(None, "root", *ca_of_depth(), (server_only, False), begin=now - DAY, end=now + DAY)
    unfit = Cas.of("1ed65580", certificate_pem(bad.certificate))
    said = _refused(read(*PURCHASED, preview=True), alb=Alb(), cas=unfit)
    assert "rootCa.identifier: its extendedKeyUsage lacks clientAuth" in said
    unreadable = _refused(read(*PURCHASED, preview=True), alb=Alb(), cas=Cas.of("1ed65580", "PEM"))
    assert "rootCa.identifier: the certificate in CAS: this is not a certificate in PEM form" in unreadable
    with running(alb=Alb(), cas=Cas.of("1ed65580", certificate_pem(make_root().certificate))):
        run_preflight(read(*PURCHASED, preview=True), None)


def test_a_purchased_ca_that_is_gone_or_not_looked_up_keeps_nobody_from_switching_off(read: Read) -> None:
    disabled = put("enabled", "false")
    for cas, said in ((Cas(), NOT_IN_CAS), (Cas(failure=CAS_UNREACHABLE), "CAS cannot be reached")):
        with running(alb=Alb(), cas=cas) as logged:
            run_preflight(read(*PURCHASED, disabled), None)
        assert [said in line for line in logged.warnings] == [True]


def test_every_problem_of_every_listener_is_reported_at_once_and_not_as_one_of_the_configuration(read: Read) -> None:
    two = put("listeners", [{"albConfig": "alb", "port": 8443}, {"albConfig": "alb", "port": 444}])
    said = _refused(read(two), alb=Alb())
    assert said.startswith("2 problems were found; nothing was touched:")
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
    assert "already has the CA ca-of-theirs" in _refused(read(), kube=bound, alb=Alb(), cas=Cas())


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
    assert f"listeners[0]: {sentence}" in _refused(read(*NO_HOST), kube=held, alb=Alb())
    with running(kube=held, alb=Alb()) as logged:
        run_preflight(read(*NO_HOST, preview=True), None)
    assert logged.warnings[0].startswith(f"an up would stop here: {sentence}")
    assert len(logged.warnings) == 2


def test_the_hold_of_another_listener_stops_nothing(read: Read) -> None:
    other = Cluster(item=albconfig(https(), annotations={"alb-mtls/hold.8443.https": "maintenance"}))
    with running(kube=other, alb=Alb()) as logged:
        run_preflight(read(preview=True), None)
    assert logged.warnings == []


@dataclass(kw_only=True)
class ClosedGateways(Cluster):
    """A cluster whose user may not list what the Gateway API holds."""

    def gateway_api(self) -> GatewayApi:
        """Refuse."""
        raise Forbidden(verb="list", resource="httproutes.gateway.networking.k8s.io", user="ops")


@dataclass(kw_only=True)
class ClosedDeployments(Cluster):
    """A cluster whose user may not list Deployments."""

    def deployments(self, _namespace: str) -> list[dict[str, Any]]:
        """Refuse."""
        raise Forbidden(verb="list", resource="deployments.apps", user="ops")


@pytest.mark.parametrize("preview", [True, False])
def test_a_gateway_api_that_may_not_be_read_is_one_line_and_stops_neither_preview_nor_up(
    read: Read, preview: bool
) -> None:
    settings = read(
        put("listeners", [{"albConfig": "alb", "port": 443}, {"albConfig": "alb", "port": 8443}]), preview=preview
    )
    kube = ClosedGateways(item=albconfig(https(), https(8443)))
    with running(preview=preview, kube=kube, alb=Alb(cluster=kube)) as logged:
        run_preflight(settings, None)
    (line,) = [one for one in logged.warnings if "Gateway API" in one]
    assert line.startswith("HTTPRoutes of the Gateway API were not looked at: user ops may not list httproutes.gateway")


@pytest.mark.parametrize("preview", [True, False])
def test_an_albconfig_that_belongs_to_a_gateway_stops_preview_and_up_with_its_name(read: Read, preview: bool) -> None:
    api = GatewayApi(classes=[gateway_class("waf", albconfig="alb")], gateways=[gateway(cls="waf")])
    refused = _refused(read(preview=preview), preview=preview, kube=Cluster(item=albconfig(), gateways=api), alb=Alb())
    assert "listeners[0]: AlbConfig alb has no spec.listeners: it belongs to GatewayClass waf" in refused
    assert "Gateway default/edge" in refused


def _controller(tag: str) -> Cluster:
    return Cluster(controllers=[deployment(f"registry:5000/acs/alb-ingress-controller{tag}")])


@pytest.mark.parametrize("preview", [True, False])
def test_a_controller_of_before_mutual_tls_stops_whoever_switches_on_and_nobody_else(read: Read, preview: bool) -> None:
    old: dict[str, Any] = {"preview": preview, "kube": _controller(":v2.10.0-aliyun.1"), "alb": Alb()}
    refused = _refused(read(preview=preview), **old)
    assert "runs as registry:5000/acs/alb-ingress-controller:v2.10.0-aliyun.1, but mutual TLS is supported" in refused
    with running(**old) as logged:
        run_preflight(read(put("enabled", False), preview=preview), None)
    assert any("mutual TLS is supported since v2.11.0" in one for one in logged.warnings)


@pytest.mark.parametrize(
    ("kube", "noted"),
    [
        (_controller(":v2.11.0-aliyun.1"), False),
        (_controller("@sha256:0123"), True),
        (_controller(":latest"), True),
        (Cluster(controllers=[deployment("registry/load-balancer-controller:v1.0.0")]), False),
        (Cluster(), False),
    ],
    ids=["recent", "digest", "no version", "open source", "not visible"],
)
def test_a_controller_that_is_recent_or_not_compared_stops_nothing(read: Read, kube: Cluster, noted: bool) -> None:
    with running(kube=kube, alb=Alb()) as logged:
        run_preflight(read(), None)
    assert any("whose tag is no version, so it is not judged" in one for one in logged.warnings) == noted


def test_deployments_that_may_not_be_read_stop_nothing_and_are_not_spoken_of(read: Read) -> None:
    with running(kube=ClosedDeployments(), alb=Alb()) as logged:
        run_preflight(read(), None)
    assert logged.warnings == []
