"""What the components register: types, names, parents' order and which values are secrets.

Whether the engine and the providers then do the right thing, only tests/stack can decide.
"""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from alb_mtls.configuration.model import Settings
from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.keys import private_key_pem
from components.ack_kubeconfig import ack_kubeconfig
from components.albconfig_patch import AlbConfigPatch, AlbConfigPatchArgs
from components.client_certificate import ClientCertificate, ClientCertificateArgs, issued_certificates
from components.providers.deployment import Deployment
from components.root_ca import RootCa, RootCaArgs
from components.stack_access import StackAccess
from components.uploaded_ca import UploadedCa, UploadedCaArgs, repository_of
from tests.helpers.certificates import make_client, make_root
from tests.helpers.program import Recorder, Secret, run_program
from tests.helpers.stack_file import put

ROOT = make_root()
ROOT_OUTPUTS: dict[str, dict[str, Any]] = {
    "pulumi-python:dynamic/pki:RootCertificate": {
        "certificatePem": "ROOT",
        "privateKeyPem": "KEY",
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
}
DYNAMIC = "pulumi-python:dynamic/"
Read = Callable[..., Settings]


def _whole_program(settings: Settings, kubeconfig: str | None = None) -> Callable[[], None]:
    def program() -> None:
        anchor = Deployment("deployment", {"owner": settings.owner})
        access = StackAccess.of(settings, anchor, kubeconfig)
        root_ca = RootCa("root-ca-1", RootCaArgs(settings=settings.root_ca, after=[anchor]))
        if root_ca.private_key_pem is not None:
            root_ca.private_key_pem = pulumi.Output.secret(root_ca.private_key_pem)
        issued = issued_certificates(settings.clients, root_ca)
        clients = [
            ClientCertificate(
                f"client-{client.name}",
                ClientCertificateArgs(settings=client, issued=issued, root_ca=root_ca, access=access),
            )
            for client in settings.clients
        ]
        repository = repository_of(access, root_cas=[root_ca], after=[issued, *clients])
        uploaded_ca = UploadedCa(
            "uploaded-ca-1",
            UploadedCaArgs(root_ca=root_ca, repository=repository, access=access),
        )
        for listener in settings.listeners:
            AlbConfigPatch(
                listener.key.resource_name,
                AlbConfigPatchArgs(
                    listener=listener,
                    enabled=settings.enabled,
                    host="demo.alb.ingress.top",
                    proof=settings.proof,
                    uploaded_ca=uploaded_ca,
                    access=access,
                ),
            )

    return program


def _run(settings: Settings, kubeconfig: str | None = None) -> Recorder:
    return run_program(_whole_program(settings, kubeconfig), outputs=ROOT_OUTPUTS)


def _only(recorder: Recorder, kind: str) -> dict[str, Any]:
    found = [r.inputs for r in recorder.registered if r.type == kind]
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


def test_the_roots_key_stands_where_it_signs_and_only_as_a_secret(read: Read) -> None:
    recorder = _run(read())
    issued, switch = (_only(recorder, f"{DYNAMIC}{kind}") for kind in ("pki:IssuedCertificates", "alb:ListenerSwitch"))
    assert issued["issuerPrivateKeys"] == Secret({"1": "KEY"})
    assert switch["caPrivateKeyPem"] == Secret("KEY")
    everywhere = str([one.inputs for one in recorder.registered])
    assert everywhere.count("KEY") == 2


def test_an_imported_roots_key_never_becomes_an_input(read: Read) -> None:
    settings = read(
        put("rootCa", {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"}),
        files={"ca.pem": certificate_pem(ROOT.certificate), "ca.key": private_key_pem(ROOT.key)},
    )
    inputs = _only(_run(settings), "pulumi-python:dynamic/pki:IssuedCertificates")
    assert [one["keyFile"] for one in inputs["issuers"]] == ["ca.key"]
    assert "issuerPrivateKeys" not in inputs


def test_a_purchased_ca_uploads_nothing_and_is_bound_by_its_identifier(read: Read) -> None:
    settings = read(put("rootCa", {"source": "purchased", "identifier": "1ed65580-7e33"}), put("clients", []))
    recorder = _run(settings)
    assert not [r for r in recorder.registered if "dynamic/cas" in r.type or "RootCertificate" in r.type]
    assert _only(recorder, "pulumi-python:dynamic/pki:IssuedCertificates")["issuers"] == []
    assert _only(recorder, "pulumi-python:dynamic/alb:ListenerSwitch")["caIdentifier"] == "1ed65580-7e33"


def test_a_client_that_brings_its_certificate_is_issued_none(read: Read) -> None:
    client = make_client(ROOT)
    settings = read(
        put("rootCa", {"source": "imported", "certificateFile": "ca.pem"}),
        put("clients", [{"name": "bob", "certificateFile": "bob.pem"}]),
        files={"ca.pem": certificate_pem(ROOT.certificate), "bob.pem": certificate_pem(client.certificate)},
    )
    recorder = _run(settings)
    assert "alb-mtls:index:ClientCertificate" in {r.type for r in recorder.registered}
    assert _only(recorder, "pulumi-python:dynamic/pki:IssuedCertificates")["clients"] == []


def test_a_user_given_repository_is_not_ours_and_a_derived_one_is(read: Read) -> None:
    kind = "pulumi-python:dynamic/cas:Repository"
    assert _only(_run(read()), kind)["owned"] is True
    given = _only(_run(read(put("cas.repository", "team"))), kind)
    assert (given["owned"], given["name"]) == (False, "team")


def test_a_kubeconfig_from_ack_goes_into_the_state_as_a_secret_only(read: Read) -> None:
    for kind in ("pulumi-python:dynamic/alb:ListenerClaim", "pulumi-python:dynamic/alb:ListenerSwitch"):
        assert _only(_run(read(), kubeconfig="TOKEN"), kind)["kubeconfig"] == Secret("TOKEN")
        assert "kubeconfig" not in _only(_run(read()), kind)


def test_a_bundle_in_a_cluster_named_by_id_has_a_provider_whose_kubeconfig_is_a_secret(read: Read) -> None:
    wanted = put("clients.0.kubernetesSecret", {"namespace": "apps", "name": "alice-tls"})
    recorder = _run(read(wanted, put("clusterId", "c0123")), kubeconfig="TOKEN")
    assert _only(recorder, "pulumi:providers:kubernetes")["kubeconfig"] == Secret("TOKEN")
    assert "TOKEN" not in str([r.inputs for r in recorder.registered]).replace(str(Secret("TOKEN")), "")
    without = _run(read(wanted))
    assert not [r for r in without.registered if r.type == "pulumi:providers:kubernetes"]


def test_a_bundle_becomes_a_tls_secret_when_asked_for_and_not_otherwise(read: Read) -> None:
    kind = "kubernetes:core/v1:Secret"
    wanted = put("clients.0.kubernetesSecret", {"namespace": "apps", "name": "alice-tls"})
    secret = _only(_run(read(wanted)), kind)
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["metadata"] == {"name": "alice-tls", "namespace": "apps"}
    assert not [r for r in _run(read()).registered if r.type == kind]


def test_the_kubeconfig_of_a_cluster_id_comes_from_ack_and_its_absence_is_told(read: Read) -> None:
    token = "alicloud:cs/getClusterCredential:getClusterCredential"
    settings = read(put("clusterId", "c0123"))

    def asking() -> None:
        assert ack_kubeconfig(settings) == "KUBECONFIG"

    run_program(asking, outputs={token: {"kubeConfig": "KUBECONFIG"}})

    def asking_in_vain() -> None:
        with pytest.raises(pulumi.RunError, match="gave no kubeconfig for cluster c0123"):
            ack_kubeconfig(settings)

    run_program(asking_in_vain, outputs={token: {"kubeConfig": ""}})


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
def test_a_cluster_id_that_ack_refuses_is_told_in_one_sentence(
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
