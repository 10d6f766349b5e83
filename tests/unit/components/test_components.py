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
from components.client_certificate import ClientCertificate, ClientCertificateArgs
from components.root_ca import RootCa, RootCaArgs
from components.uploaded_ca import AlbApi, UploadedCa, UploadedCaArgs, repository_of
from tests.helpers.certificates import make_client, make_root
from tests.helpers.program import Recorder, Secret, run_program
from tests.helpers.stack_file import put

ROOT = make_root()
ROOT_OUTPUTS = {
    "pulumi-python:dynamic/pki:RootCertificate": {
        "certificatePem": "ROOT",
        "privateKeyPem": "KEY",
        "fingerprint": "f",
        "notAfter": "2036-11-23T00:00:00+00:00",
    }
}
Read = Callable[..., Settings]


def _whole_program(settings: Settings, kubeconfig: str | None = None) -> Callable[[], None]:
    def program() -> None:
        alb = AlbApi(endpoint=settings.alb_endpoint, region=settings.region)
        root_ca = RootCa("root-ca-1", RootCaArgs(settings=settings.root_ca))
        clients = [
            ClientCertificate(
                f"client-{client.name}",
                ClientCertificateArgs(settings=client, root_ca=root_ca, kubeconfig=kubeconfig),
            )
            for client in settings.clients
        ]
        repository = repository_of(settings.cas, root_cas=[root_ca], alb=alb, after=clients)
        uploaded_ca = UploadedCa(
            "uploaded-ca-1",
            UploadedCaArgs(root_ca=root_ca, repository=repository, settings=settings, alb=alb),
        )
        for listener in settings.listeners:
            AlbConfigPatch(
                listener.resource_name,
                AlbConfigPatchArgs(
                    listener=listener,
                    host="demo.alb.ingress.top",
                    settings=settings,
                    root_ca=root_ca,
                    uploaded_ca=uploaded_ca,
                    alb=alb,
                    kubeconfig=kubeconfig,
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
        ("alb-mtls:index:RootCa", "root-ca-1"),
        ("pulumi-python:dynamic/pki:RootCertificate", "root-ca-1"),
        ("alb-mtls:index:ClientCertificate", "client-alice"),
        ("pulumi-python:dynamic/pki:ClientCertificate", "client-alice"),
        ("pulumi-python:dynamic/cas:Repository", "cas-repository"),
        ("alb-mtls:index:UploadedCa", "uploaded-ca-1"),
        ("pulumi-python:dynamic/cas:UploadedCa", "uploaded-ca-1"),
        ("alb-mtls:index:AlbConfigPatch", "alb-443-https"),
        ("pulumi-python:dynamic/alb:ListenerClaim", "alb-443-https-claim"),
        ("pulumi-python:dynamic/alb:ListenerSwitch", "alb-443-https-switch"),
    }


def test_the_roots_key_reaches_a_client_only_as_a_secret(read: Read) -> None:
    def program() -> None:
        root_ca = RootCa("root-ca-1", RootCaArgs(settings=read().root_ca))
        root_ca.private_key_pem = pulumi.Output.secret("KEY")
        ClientCertificate("client-alice", ClientCertificateArgs(settings=read().clients[0], root_ca=root_ca))

    inputs = _only(run_program(program, outputs=ROOT_OUTPUTS), "pulumi-python:dynamic/pki:ClientCertificate")
    assert inputs["issuerPrivateKeyPem"] == Secret("KEY")


def test_the_roots_key_reaches_the_proof_only_as_a_secret(read: Read) -> None:
    def program() -> None:
        settings = read()
        alb = AlbApi(endpoint=None, region="cn-hangzhou")
        root_ca = RootCa("root-ca-1", RootCaArgs(settings=settings.root_ca))
        root_ca.private_key_pem = pulumi.Output.secret("KEY")
        repository = repository_of(settings.cas, root_cas=[root_ca], alb=alb, after=[])
        uploaded_ca = UploadedCa(
            "uploaded-ca-1",
            UploadedCaArgs(root_ca=root_ca, repository=repository, settings=settings, alb=alb),
        )
        AlbConfigPatch(
            "alb-443-https",
            AlbConfigPatchArgs(
                listener=settings.listeners[0],
                host="demo.alb.ingress.top",
                settings=settings,
                root_ca=root_ca,
                uploaded_ca=uploaded_ca,
                alb=alb,
                kubeconfig=None,
            ),
        )

    inputs = _only(run_program(program, outputs=ROOT_OUTPUTS), "pulumi-python:dynamic/alb:ListenerSwitch")
    assert inputs["caPrivateKeyPem"] == Secret("KEY")


def test_an_imported_roots_key_never_becomes_an_input(read: Read) -> None:
    settings = read(
        put("rootCa", {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"}),
        files={"ca.pem": certificate_pem(ROOT.certificate), "ca.key": private_key_pem(ROOT.key)},
    )
    inputs = _only(_run(settings), "pulumi-python:dynamic/pki:ClientCertificate")
    assert inputs["issuerKeyFile"] == "ca.key"
    assert "issuerPrivateKeyPem" not in inputs


def test_a_purchased_ca_uploads_nothing_and_is_bound_by_its_identifier(read: Read) -> None:
    settings = read(put("rootCa", {"source": "purchased", "identifier": "1ed65580-7e33"}), put("clients", []))
    recorder = _run(settings)
    assert not [r for r in recorder.registered if "dynamic/cas" in r.type or "dynamic/pki" in r.type]
    assert _only(recorder, "pulumi-python:dynamic/alb:ListenerSwitch")["identifier"] == "1ed65580-7e33"


def test_a_client_that_brings_its_certificate_has_no_resource_of_its_own(read: Read) -> None:
    client = make_client(ROOT)
    settings = read(
        put("rootCa", {"source": "imported", "certificateFile": "ca.pem"}),
        put("clients", [{"name": "bob", "certificateFile": "bob.pem"}]),
        files={"ca.pem": certificate_pem(ROOT.certificate), "bob.pem": certificate_pem(client.certificate)},
    )
    registered = {r.type for r in _run(settings).registered}
    assert "alb-mtls:index:ClientCertificate" in registered
    assert "pulumi-python:dynamic/pki:ClientCertificate" not in registered


def test_a_user_given_repository_is_not_ours_and_a_derived_one_is(read: Read) -> None:
    kind = "pulumi-python:dynamic/cas:Repository"
    assert _only(_run(read()), kind)["ours"] is True
    given = _only(_run(read(put("cas.repository", "team"))), kind)
    assert (given["ours"], given["name"]) == (False, "team")


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
