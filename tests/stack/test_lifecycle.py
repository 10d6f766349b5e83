"""One stack from its first preview to its destroy, on the real engine and the lab.

What the listener does is asked of the listener itself, with curl; what is in CAS, of CAS; nothing of the program's own
word is taken for it.
"""

from pathlib import Path

from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.lab import LabHandle
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask
from tests.helpers.world import World


def test_preview_changes_nothing_and_says_who_is_locked_out(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    said = stack.preview()
    assert "demo.alb.ingress.top" in said
    assert "without a certificate of this stack's root CA will be rejected" in said
    assert World.of(lab) == before


def test_up_asks_for_certificates_and_up_again_changes_nothing(lab: LabHandle, stack: Stack, tmp_path: Path) -> None:
    stack.up()
    alice = stack.clients()["alice"]
    assert ask(lab, folder=tmp_path) == "refused"
    assert ask(lab, client=alice, folder=tmp_path) == "old"
    assert "12 unchanged" in stack.up()
    stack.preview("--expect-no-changes")
    stack.succeeds("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stack.name)


def test_disabling_lets_everybody_in_and_keeps_the_ca_on_the_listener(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.up()
    held = World.of(lab).element("alb", 443)["caCertificates"]
    stack.succeeds("config", "set", "enabled", "false", "--stack", stack.name)
    stack.up()
    assert ask(lab, folder=tmp_path) == "old"
    assert World.of(lab).element("alb", 443)["caEnabled"] is False
    assert World.of(lab).element("alb", 443)["caCertificates"] == held
    stack.succeeds("config", "set", "enabled", "true", "--stack", stack.name)
    stack.up()
    assert ask(lab, folder=tmp_path) == "refused"


def test_a_first_up_that_is_disabled_binds_the_ca_and_lets_everybody_in(
    lab: LabHandle, stack: Stack, tmp_path: Path
) -> None:
    stack.succeeds("config", "set", "enabled", "false", "--stack", stack.name)
    stack.up()
    assert ask(lab, folder=tmp_path) == "old"
    element = World.of(lab).element("alb", 443)
    assert element["caEnabled"] is False
    assert len(element["caCertificates"]) == 1


def test_destroy_leaves_cluster_and_cloud_as_they_were(lab: LabHandle, stack: Stack, tmp_path: Path) -> None:
    before = World.of(lab)
    stack.up()
    assert World.of(lab) != before
    stack.destroy()
    assert World.of(lab) == before
    assert ask(lab, folder=tmp_path) == "old"
    assert stack.resources() == []


def test_the_private_key_of_the_ca_never_reaches_cas(lab: LabHandle, stack: Stack) -> None:
    stack.up()
    uploads = [c for c in lab.management.get("/journal").json() if c["api"] == "UploadPCACert"]
    assert len(uploads) == 1
    assert "PrivateKey" not in str(uploads)


def test_the_ca_in_cas_is_the_one_that_signed_the_client(lab: LabHandle, stack: Stack) -> None:
    stack.up()
    outputs = stack.outputs()
    identifier = outputs["listeners"]["alb/443"]["caIdentifier"]
    body = lab.cas.describe_warehouse_cert(cas_models.DescribeWarehouseCertRequest(cert_identifier=identifier)).body
    assert body.common_name == "root"
    assert len(World.of(lab).certificates) == 1
