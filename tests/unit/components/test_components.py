"""What the program registers under Pulumi's mocks: types, names, which values are secrets, and what a preview knows.

Whether the engine and the providers then do the right thing, only tests/stack can decide.
"""

import runpy
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pulumi
import pytest

from alb_mtls.configuration.brought_clients import rejected_with_generated, signed_by_former
from alb_mtls.configuration.model import Settings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from alb_mtls.pki.subject import Subject
from components.ack_kubeconfig import ack_kubeconfig
from components.providers.base import is_unknown
from tests.fakes.alb import Alb
from tests.fakes.cas import Cas
from tests.fakes.cluster import Cluster
from tests.helpers.ca_chains import ca_below
from tests.helpers.certificates import NOW, make_client, make_root
from tests.helpers.documents import REPOSITORY
from tests.helpers.fake_session import running
from tests.helpers.program import Recorder, Secret, run_program
from tests.helpers.stack_file import IMPORTED, files_of, put

ROOT = make_root()
DYNAMIC = "pulumi-python:dynamic/"
KUBECONFIG = "alicloud:cs/getClusterCredential:getClusterCredential"
KNOWN: dict[str, dict[str, Any]] = {
    "pulumi-python:dynamic/stack:Deployment": {"deployment": "d"},
    "pulumi-python:dynamic/pki:RootCertificate": {
        "certificatePem": "ROOT",
        # As the engine answers with an output that is a secret.
        "privateKeyPem": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "KEY"},
        "fingerprint": "f",
        "notAfter": "2036-11-23T00:00:00+00:00",
    },
    "pulumi-python:dynamic/pki:IssuedCertificates": {
        "certificates": [
            {
                "client": "alice",
                "status": "issued",
                "certificatePem": "ALICE",
                "chainPem": "ALICE",
                "fingerprint": "a",
                "notAfter": "2027-11-23T00:00:00+00:00",
            }
        ],
        "privateKeys": {"alice": "ALICE-K"},
    },
    "pulumi-python:dynamic/cas:Certificate": {"caIdentifier": "1ed65580", "owned": True},
    "pulumi-python:dynamic/alb:ListenerClaim": {"token": "token", "found": "{}", "known": ["1ed65580"]},
}
Read = Callable[..., Settings]


def _run(settings: Settings, known: dict[str, dict[str, Any]] | None = None, *, kubeconfig: str = "") -> Recorder:
    """Run the program; `known` is what the state holds by type, and `kubeconfig` what ACK answers."""

    def program() -> None:
        runpy.run_path(str(REPOSITORY / "__main__.py"))

    outputs = {KUBECONFIG: {"kubeConfig": kubeconfig}, **(KNOWN if known is None else known)}
    site = Cas.of("1ed65580-7e33", certificate_pem(ROOT.certificate))
    with (
        patch("components.settings.load_settings", lambda: settings),
        running(preview=settings.preview, kube=Cluster(), alb=Alb(), cas=site),
    ):
        return run_program(program, outputs=outputs, preview=settings.preview)


def _inputs(recorder: Recorder) -> dict[str, dict[str, Any]]:
    return {one.type.removeprefix(DYNAMIC): one.inputs for one in recorder.registered}


def _unknown(inputs: dict[str, Any]) -> set[str]:
    return {key for key, value in inputs.items() if is_unknown(value)}


def _only(recorder: Recorder, kind: str) -> dict[str, Any]:
    found = [r.inputs for r in recorder.registered if r.type.removeprefix(DYNAMIC) == kind]
    assert len(found) == 1, [r.type for r in recorder.registered]
    return found[0]


def test_the_type_tokens_and_names_that_stand_in_states_are_registered(read: Read) -> None:
    registered = {(r.type, r.name) for r in _run(read()).registered}
    assert registered == {
        ("pulumi-python:dynamic/stack:Deployment", "deployment"),
        ("alb-mtls:index:RootCa", "root-ca-1"),
        ("pulumi-python:dynamic/pki:RootCertificate", "root-ca-1"),
        ("alb-mtls:index:ClientCertificate", "client-alice"),
        ("pulumi-python:dynamic/pki:IssuedCertificates", "client-certificates"),
        ("pulumi-python:dynamic/cas:Repository", "cas-repository"),
        ("alb-mtls:index:UploadedCa", "uploaded-ca-1"),
        ("pulumi-python:dynamic/cas:Certificate", "uploaded-ca-1"),
        ("alb-mtls:index:AlbConfigPatch", "alb-443-https"),
        ("pulumi-python:dynamic/alb:ListenerClaim", "alb-443-https-claim"),
        ("pulumi-python:dynamic/alb:ListenerSwitch", "alb-443-https-switch"),
    }


@pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])
def test_what_was_found_on_each_listener_is_an_input_of_the_anchor_in_preview_and_up(
    read: Read, *, preview: bool
) -> None:
    listeners = [{"albConfig": "alb", "port": 443, "takeOver": "deployment-2"}]
    found = _only(_run(read(put("listeners", listeners), preview=preview)), "stack:Deployment")["found"]
    place = {"albConfig": "alb", "port": 443, "protocol": "HTTPS"}
    assert found == [{"listener": place, "caIdentifiers": [], "takeOver": "deployment-2"}]


def test_everything_depends_on_the_anchor(read: Read) -> None:
    anchored = {"cas:Repository", "cas:Certificate", "alb:ListenerClaim", "alb:ListenerSwitch"}
    inputs = _inputs(_run(read()))
    assert {kind for kind in inputs if inputs[kind].get("deployment") == "d"} >= anchored


def test_the_roots_key_stands_where_it_signs_and_only_as_a_secret(read: Read) -> None:
    recorder = _run(read())
    issued, switch = (_only(recorder, kind) for kind in ("pki:IssuedCertificates", "alb:ListenerSwitch"))
    assert issued["issuerPrivateKeys"] == Secret({"1": "KEY"})
    assert switch["caPrivateKeyPem"] == Secret("KEY")
    everywhere = str([one.inputs for one in recorder.registered])
    assert everywhere.count("KEY") == 2


def test_an_imported_roots_key_never_becomes_an_input(read: Read) -> None:
    inputs = _only(_run(read(IMPORTED, files=files_of(ROOT))), "pki:IssuedCertificates")
    assert [one["keyFile"] for one in inputs["issuers"]] == ["ca.key"]
    assert "issuerPrivateKeys" not in inputs


def test_a_purchased_ca_uploads_nothing_and_is_bound_by_its_identifier(read: Read) -> None:
    settings = read(put("rootCa", {"source": "purchased", "identifier": "1ed65580-7e33"}), put("clients", []))
    recorder = _run(settings)
    assert not [r for r in recorder.registered if "dynamic/cas" in r.type or "RootCertificate" in r.type]
    assert _only(recorder, "pki:IssuedCertificates")["issuers"] == []
    assert _only(recorder, "alb:ListenerSwitch")["caIdentifier"] == "1ed65580-7e33"


def test_a_client_that_brings_its_certificate_is_issued_none(read: Read) -> None:
    client = make_client(ROOT)
    settings = read(
        IMPORTED,
        put("clients", [{"name": "bob", "certificateFile": "bob.pem"}]),
        files={**files_of(ROOT), "bob.pem": certificate_pem(client.certificate)},
    )
    recorder = _run(settings)
    assert "alb-mtls:index:ClientCertificate" in {r.type for r in recorder.registered}
    assert _only(recorder, "pki:IssuedCertificates")["clients"] == []


def test_a_client_of_another_root_than_the_generated_one_stops_the_program_before_the_upload(read: Read) -> None:
    ours, others = (certificate_pem(make_client(root).certificate) for root in (ROOT, make_root()))
    root = {**KNOWN["pulumi-python:dynamic/pki:RootCertificate"], "certificatePem": certificate_pem(ROOT.certificate)}
    known = {**KNOWN, "pulumi-python:dynamic/pki:RootCertificate": root}
    brought = put("clients", [{"name": "bob", "certificateFile": "bob.pem"}])
    assert _only(_run(read(brought, files={"bob.pem": ours}), known), "pki:IssuedCertificates")["clients"] == []
    with pytest.raises(pulumi.RunError, match=r"clients\[0\]\.certificateFile: it was not issued by the root CA"):
        _run(read(brought, files={"bob.pem": others}), known)
    disabled = _run(read(brought, put("enabled", "false"), files={"bob.pem": others}), known)
    assert _only(disabled, "pki:IssuedCertificates")["clients"] == []


def test_a_certificate_that_is_brought_before_the_generated_root_is_made_stops_its_first_preview(read: Read) -> None:
    pem = certificate_pem(make_client(ROOT).certificate)
    brought, files = put("clients", [{"name": "bob", "certificateFile": "bob.pem"}]), {"bob.pem": pem}
    not_made = {**KNOWN, "pulumi-python:dynamic/pki:RootCertificate": {}}
    sentence = r"neither CAS nor a listener was touched:\n  clients\[0\]\.certificateFile: it cannot be of generation 1"
    with pytest.raises(pulumi.RunError, match=sentence):
        _run(read(brought, files=files, preview=True), not_made)
    _run(read(brought, put("enabled", "false"), files=files, preview=True), not_made)
    made = {"certificatePem": certificate_pem(ROOT.certificate)}
    _run(read(brought, files=files, preview=True), {**KNOWN, "pulumi-python:dynamic/pki:RootCertificate": made})


def test_a_client_that_the_older_of_two_generated_roots_signed_is_refused_by_the_name_of_that(read: Read) -> None:
    pem = certificate_pem(make_client(ROOT).certificate)
    brought, files = put("clients", [{"name": "bob", "certificateFile": "bob.pem"}]), {"bob.pem": pem}
    both = put("rootCa.generations", [1, 2])
    # Both are generated, and the mocks answer with one certificate.
    known = {
        **KNOWN,
        "pulumi-python:dynamic/pki:RootCertificate": {"certificatePem": certificate_pem(ROOT.certificate)},
    }
    _run(read(brought, both, files=files, preview=True), known)
    problems = rejected_with_generated(
        read(brought, both, files=files).clients,
        2,
        {1: certificate_pem(ROOT.certificate), 2: certificate_pem(make_root().certificate)},
        NOW,
    )
    assert list(problems) == [f"clients[0].certificateFile: {signed_by_former(1, 2)}"]


def test_a_user_given_repository_is_not_ours_and_a_derived_one_is(read: Read) -> None:
    kind = "cas:Repository"
    assert _only(_run(read()), kind)["owned"] is True
    given = _only(_run(read(put("cas.repository", "team"))), kind)
    assert (given["owned"], given["name"]) == (False, "team")


def test_a_kubeconfig_from_ack_goes_into_the_state_as_a_secret_only(read: Read) -> None:
    named = _run(read(put("clusterId", "c0123")), kubeconfig="TOKEN")
    for kind in ("alb:ListenerClaim", "alb:ListenerSwitch"):
        assert _only(named, kind)["kubeconfig"] == Secret("TOKEN")
        assert "kubeconfig" not in _only(_run(read()), kind)


def test_a_bundle_in_a_cluster_named_by_id_has_a_provider_whose_kubeconfig_is_a_secret(read: Read) -> None:
    with_secret = put("clients.0.kubernetesSecret", {"namespace": "apps", "name": "alice-tls"})
    recorder = _run(read(with_secret, put("clusterId", "c0123")), kubeconfig="TOKEN")
    assert _only(recorder, "pulumi:providers:kubernetes")["kubeconfig"] == Secret("TOKEN")
    assert "TOKEN" not in str([r.inputs for r in recorder.registered]).replace(str(Secret("TOKEN")), "")
    without = _run(read(with_secret))
    assert not [r for r in without.registered if r.type == "pulumi:providers:kubernetes"]


def test_a_bundle_becomes_a_tls_secret_when_the_settings_name_one_and_not_otherwise(read: Read) -> None:
    kind = "kubernetes:core/v1:Secret"
    with_secret = put("clients.0.kubernetesSecret", {"namespace": "apps", "name": "alice-tls"})
    secret = _only(_run(read(with_secret)), kind)
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["metadata"] == {"name": "alice-tls", "namespace": "apps"}
    assert not [r for r in _run(read()).registered if r.type == kind]


def test_a_cluster_id_of_which_ack_gives_no_kubeconfig_is_refused(read: Read) -> None:
    with pytest.raises(pulumi.RunError, match="gave no kubeconfig for cluster c0123"):
        _run(read(put("clusterId", "c0123")), kubeconfig="")


REFUSED = (
    "Error: [ERROR] terraform-provider-alicloud/data_source.go:1: [ERROR] Request: GET /k8s/c0123?AccessKeyId=LTAI-x "
    "SDKError: StatusCode: 403 Code: ErrorClusterForbidden Message: denied"
)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (REFUSED, "ACK gave no kubeconfig for cluster c0123 (ErrorClusterForbidden); check the id"),
        ("something went wrong", "ACK gave no kubeconfig for cluster c0123; check the id"),
        ("no resource plugin 'pulumi-resource-alicloud' found", "run `pulumi plugin install resource alicloud`"),
    ],
)
def test_a_cluster_id_that_ack_refuses_is_reported_in_one_sentence(
    read: Read, monkeypatch: pytest.MonkeyPatch, answer: str, said: str
) -> None:
    def refuse(**_: object) -> None:
        raise Exception(f"invoke of alicloud:cs/getClusterCredential failed: {answer}")  # noqa: EM102, TRY002, TRY003 # as the SDK does

    monkeypatch.setattr("pulumi_alicloud.cs.get_cluster_credential", refuse)
    with pytest.raises(pulumi.RunError) as refused:
        ack_kubeconfig(read(put("clusterId", "c0123")))
    assert said in str(refused.value)
    assert "LTAI-x" not in str(refused.value)
    assert refused.value.__context__ is None


def test_what_a_first_preview_cannot_know_is_unknown_in_what_depends_on_it_and_nothing_else_is(read: Read) -> None:
    inputs, up = _inputs(_run(read(preview=True), known={})), _inputs(_run(read()))
    assert inputs.keys() == up.keys()
    assert _unknown(inputs["pki:RootCertificate"]) == set()
    assert _unknown(inputs["pki:IssuedCertificates"]) == {"issuers", "issuerPrivateKeys"}
    assert _unknown(inputs["cas:Certificate"]) == {"certificatePem", "deployment"}
    of_claim = {"token", "found", "known"}
    of_switch = {"caIdentifier", "madeHere", "caCertificatePem", "caPrivateKeyPem", "deployment", *of_claim}
    assert _unknown(inputs["alb:ListenerSwitch"]) == of_switch


def test_what_a_later_preview_knows_from_the_state_is_known(read: Read) -> None:
    inputs = _inputs(_run(read(preview=True)))
    assert inputs["cas:Certificate"]["certificatePem"] == "ROOT"
    assert inputs["alb:ListenerSwitch"]["caIdentifier"] == "1ed65580"
    assert _unknown(inputs["alb:ListenerSwitch"]) == set()


def test_the_program_reads_in_its_five_steps_in_under_sixty_lines() -> None:
    text = (REPOSITORY / "__main__.py").read_text("utf-8")
    assert len(text.splitlines()) < 60
    steps = [line for line in text.splitlines() if line.startswith("# ")]
    assert [step[:4] for step in steps] == ["# 1.", "# 2.", "# 3.", "# 4.", "# 5."]


@pytest.mark.parametrize("cross", ["CROSS\n", None])
def test_clients_send_what_leads_to_the_root_of_their_ca_and_through_the_cross_certificate_to_the_older_root(
    read: Read, cross: str | None
) -> None:
    older = ca_below(make_root(subject=Subject(common_name="older root")), "older CA", depth=None)
    newer = ca_below(make_root(subject=Subject(common_name="newer root")))
    files = {"1.pem": older.pem, "2.pem": newer.pem}
    files |= {f"{number}.key": private_key_pem(ca.key) for number, ca in ((1, older), (2, newer))}
    entries = [
        {"number": number, "source": "imported", "certificateFile": f"{number}.pem", "keyFile": f"{number}.key"}
        for number in (1, 2)
    ]
    settings = read(put("rootCa", {"generations": entries, "trusted": 1}), files=files)
    known = {**KNOWN, "pulumi-python:dynamic/pki:CrossCertificate": {"crossPem": cross}}
    recorder = _run(settings, known)
    own, of_older = certificate_pem(newer.certificate), certificate_pem(older.certificate)
    [issuer] = _only(recorder, "pki:IssuedCertificates")["issuers"]
    assert issuer["sentPem"] == (f"{own}{cross}{of_older}" if cross else own)
