"""The whole program under Pulumi's mocks: what it registers in a preview, where much is not known yet."""

import json
import runpy
from typing import Any

import pulumi

from components.providers.base import is_unknown
from tests.fakes.alb import Alb
from tests.fakes.cluster import Cluster
from tests.helpers.documents import REPOSITORY
from tests.helpers.fake_session import running
from tests.helpers.program import Recorder, run_program
from tests.unit.conftest import WORKING

CONFIG = {
    "alicloud:region": "cn-hangzhou",
    **{f"alb-mtls:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in WORKING.items()},
}
ROOT_OUTPUTS = {"certificatePem": "ROOT", "privateKeyPem": "KEY", "notAfter": "2036-11-23T00:00:00+00:00"}


def _run(*, preview: bool, known: dict[str, dict[str, Any]] | None = None) -> Recorder:
    def program() -> None:
        pulumi.runtime.set_all_config(CONFIG)
        try:
            runpy.run_path(str(REPOSITORY / "__main__.py"))
        finally:
            pulumi.runtime.set_all_config({})

    with running(preview=preview, kube=Cluster(), alb=Alb()):
        return run_program(program, outputs=known, preview=preview)


def _inputs(recorder: Recorder) -> dict[str, dict[str, Any]]:
    return {one.type.removeprefix("pulumi-python:dynamic/"): one.inputs for one in recorder.registered}


def _unknown(inputs: dict[str, Any]) -> set[str]:
    return {key for key, value in inputs.items() if is_unknown(value)}


def test_a_first_preview_registers_as_much_as_an_up() -> None:
    preview, up = _inputs(_run(preview=True)), _inputs(_run(preview=False))
    assert preview.keys() == up.keys()
    assert {"pki:RootCertificate", "pki:IssuedCertificates", "cas:Certificate", "alb:ListenerSwitch"} < up.keys()


def test_what_a_first_preview_cannot_know_is_unknown_in_what_depends_on_it_and_nothing_else_is() -> None:
    inputs = _inputs(_run(preview=True))
    assert _unknown(inputs["pki:RootCertificate"]) == set()
    assert _unknown(inputs["pki:IssuedCertificates"]) == {"issuers", "issuerPrivateKeys"}
    assert _unknown(inputs["cas:Certificate"]) == {"certificatePem", "deployment"}
    of_switch = {"caIdentifier", "token", "caCertificatePem", "caPrivateKeyPem", "deployment"}
    assert _unknown(inputs["alb:ListenerSwitch"]) == of_switch


def test_what_a_later_preview_knows_from_the_state_is_known() -> None:
    known = {
        "pulumi-python:dynamic/pki:RootCertificate": ROOT_OUTPUTS,
        "pulumi-python:dynamic/stack:Deployment": {"deployment": "d"},
        "pulumi-python:dynamic/cas:Certificate": {"caIdentifier": "1ed65580"},
        "pulumi-python:dynamic/alb:ListenerClaim": {"token": "token"},
    }
    inputs = _inputs(_run(preview=True, known=known))
    assert inputs["cas:Certificate"]["certificatePem"] == "ROOT"
    assert inputs["alb:ListenerSwitch"]["caIdentifier"] == "1ed65580"
    assert _unknown(inputs["alb:ListenerSwitch"]) == set()


def test_the_program_reads_in_its_five_steps_in_under_sixty_lines() -> None:
    text = (REPOSITORY / "__main__.py").read_text("utf-8")
    assert len(text.splitlines()) < 60
    steps = [line for line in text.splitlines() if line.startswith("# ")]
    assert [step[:4] for step in steps] == ["# 1.", "# 2.", "# 3.", "# 4.", "# 5."]
