"""One stack from its first preview to its destroy, on the real engine and the lab.

What the listener does is asked of the listener itself, with curl; what is in CAS, of CAS; nothing of the program's own
word is taken for it. Switching off and on again: test_traffic.py.
"""

from pathlib import Path

from alibabacloud_cas20200407 import models as cas_models

from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.stack_config import ask
from tests.helpers.state_as_shown import assert_what_is_read_is_what_pulumi_shows
from tests.helpers.world import World
from tests.stack.conftest import MakeStack


def test_preview_changes_nothing_and_says_who_will_be_rejected(lab: LabHandle, stack: Stack) -> None:
    before = World.of(lab)
    said = stack.preview()
    assert "demo.alb.ingress.top" in said
    assert "without a certificate of this stack's root CA will be rejected" in said
    assert World.of(lab) == before


def test_up_enforces_up_again_changes_nothing_and_destroy_leaves_everything_as_it_was(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    before = World.of(lab)
    stack = make_stack(passphrase=True)
    stack.up()
    assert ask(lab, folder=tmp_path) == "refused"
    assert ask(lab, client=stack.clients()["alice"], folder=tmp_path) == "old"
    assert "12 unchanged" in stack.up()
    stack.preview("--expect-no-changes")
    stack.succeeds("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stack.name)
    _assert_ca_in_cas(lab, stack)
    assert_what_is_read_is_what_pulumi_shows(stack)
    assert "cannot be decrypted; set PULUMI_CONFIG_PASSPHRASE" in _status(stack, PULUMI_CONFIG_PASSPHRASE="wrong")
    assert "what is known of certificates that have not ended (alice until 20" in stack.destroy()
    assert World.of(lab) == before
    assert ask(lab, folder=tmp_path) == "old"
    assert stack.resources() == []


def _status(stack: Stack, **variables: str) -> str:
    printed = ops(stack, "status", **variables)
    assert (printed.code, printed.out) == (2, "")
    return printed.err


def _assert_ca_in_cas(lab: LabHandle, stack: Stack) -> None:
    """Only the CA that signed the client is in CAS, and its private key never came there."""
    identifier = stack.outputs()["listeners"]["alb/443"]["caIdentifier"]
    body = lab.cas.describe_warehouse_cert(cas_models.DescribeWarehouseCertRequest(cert_identifier=identifier)).body
    assert body.common_name == "root"
    assert World.of(lab).certificates == [identifier]
    uploads = [c for c in lab.management.get("/journal").json() if c["api"] == "UploadPCACert"]
    assert len(uploads) == 1
    assert "PrivateKey" not in str(uploads)
