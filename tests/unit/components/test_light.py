"""What a preview does not need is not loaded for it: program and provider process start again for every one."""

import json

import pytest

from alb_mtls.pki.encoding import certificate_pem
from tests.helpers.certificates import make_root
from tests.helpers.documents import REPOSITORY
from tests.helpers.loaded import loaded

ROOT_PEM = certificate_pem(make_root().certificate)
# With all of which a probe or a proof is made; what else a preview needs stands in no such package.
HANDSHAKES = {"OpenSSL", "h11", "h2"}
# What the three looks have in common, and none of which makes a handshake.
BEFORE_LOOK = """
import copy, gc
from unittest.mock import patch
import pulumi
from alb_mtls.configuration.parse import parse_settings
from alb_mtls.session import Session
from components.preflight.report import report
from components.preflight.run import run_preflight
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.albconfigs import LISTENER, albconfig, https
from tests.helpers.claims import claim_of
from tests.helpers.stack_file import surroundings
from tests.unit.conftest import WORKING
gc.freeze()"""
LOOK = """
around = surroundings(region={"alicloud:region": "cn-hangzhou"}, read_file=open, preview=PREVIEW)
settings = parse_settings(copy.deepcopy(WORKING), around)
bound = https(caEnabled=True, caCertificates=[{"CertificateId": "1ed65580"}])
claim = claim_of(owner="alb-mtls/test", token="t", attempt="a", previous={})
as_left = albconfig(bound, annotations={LISTENER.claim_annotation: claim.to_text()})
kube, session = Cluster(item=as_left) if AS_LEFT else Cluster(), Session(lambda _: None)
session.kube, session.alb = lambda *_: kube, lambda *_: Alb(cluster=kube)
with patch.object(pulumi.log, "warn"), patch.object(pulumi.log, "info"):
    try:
        report(settings, run_preflight(settings, None, session))
    except pulumi.RunError as error:
        assert "probing the listeners" in str(error), error
    else:
        assert settings.preview or AS_LEFT"""

PROVIDERS = (
    "cas_repository",
    "issued_certificates",
    "listener_claim",
    "listener_switch",
    "root_certificate",
    "cas_certificate",
)

CLUSTER = """
import json
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
KubeClient(KubeAccess(context=None, kubeconfig=json.dumps({
    "current-context": "c",
    "clusters": [{"name": "c", "cluster": {"server": "https://one.example"}}],
    "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    "users": [{"name": "u", "user": USER}],
})))"""
ANSWER = json.dumps(
    {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "invented"},
    }
)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_that_only_compares_properties_loads_no_sdk_and_no_cryptography(provider: str) -> None:
    assert loaded(f"import components.providers.{provider}") == set()


def test_the_imports_of_the_program_load_no_sdk_and_no_cryptography() -> None:
    program = (REPOSITORY / "__main__.py").read_text("utf-8")
    imports = [line for line in program.splitlines() if line.startswith("from components.")]
    assert len(imports) > 5
    assert loaded("\n".join(imports)) == set()


def test_who_does_need_them_has_them() -> None:
    assert loaded("import alb_mtls.pki.issuing") == {"cryptography"}
    assert {"kubernetes", "urllib3"} <= loaded("import alb_mtls.cluster.kubeconfig")


def test_a_kubeconfig_with_a_token_is_used_without_the_package_kubernetes_and_one_with_a_command_with_it() -> None:
    def used(**user: object) -> set[str]:
        return loaded(f"{CLUSTER}.where()".replace("USER", repr(user)))

    assert used(token="invented") == {"tenacity", "urllib3"}
    command = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", f"echo '{ANSWER}'"]}
    assert "kubernetes" in used(exec=command)


def _loaded_to_look(*, preview: bool, as_left: bool) -> set[str]:
    look = LOOK.replace("PREVIEW", str(preview)).replace("AS_LEFT", str(as_left))
    return loaded(f"{BEFORE_LOOK}\n{look}", after=BEFORE_LOOK)


def test_an_up_that_changes_a_listener_loads_what_makes_handshakes_and_one_that_finds_it_as_left_does_not() -> None:
    assert _loaded_to_look(preview=False, as_left=False) >= HANDSHAKES
    assert HANDSHAKES.isdisjoint(_loaded_to_look(preview=False, as_left=True))


def test_a_preview_loads_nothing_that_makes_handshakes_for_a_listener_that_an_up_will_change() -> None:
    assert HANDSHAKES.isdisjoint(_loaded_to_look(preview=True, as_left=False))


def test_a_generated_root_ca_is_compared_without_cryptography_and_an_imported_one_is_read_with_it() -> None:
    parts = "alb_mtls.listeners.generation_steps, alb_mtls.listeners.ownership, alb_mtls.preflight.bypasses"
    assert "cryptography" not in loaded(f"import {parts}, components.preflight.run")
    root_ca = f"SimpleNamespace(certificate_pem={ROOT_PEM!r})"
    imports = "from types import SimpleNamespace\nfrom alb_mtls.preflight.bypasses import imported_end"
    assert "cryptography" in loaded(f"{imports}\nimported_end({root_ca})")


def test_no_command_of_ops_loads_what_one_of_them_writes_its_page_or_numbers_with_or_a_kubeconfig_needs() -> None:
    assert {"jinja2", "prometheus_client", "kubernetes"}.isdisjoint(loaded("import ops.cli"))


def test_that_one_has_them() -> None:
    page = "from ops.report.page import environment_of_templates; environment_of_templates()"
    look = "Look(project='', stack='', began=datetime.now(UTC), seconds=0, status=None)"
    numbers = f"from datetime import UTC, datetime; from ops.metrics import Look, exposition; exposition({look})"
    assert {"jinja2", "prometheus_client"} <= loaded(f"{page}\n{numbers}")
