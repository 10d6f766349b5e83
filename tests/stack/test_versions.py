"""Versions of the Pulumi CLI and of the controller, as the real engine and a real cluster show them."""

import json

import pytest

from tests.helpers.controller_deployment import deployed_controller, visible_deployments
from tests.helpers.lab import LabHandle
from tests.helpers.ops_command import ops
from tests.helpers.stack import Stack
from tests.helpers.surveying import repositories

_NEVER = """
import alb_mtls.pulumi_cli
alb_mtls.pulumi_cli.OLDEST_CLI = "3.999.0"
alb_mtls.pulumi_cli.SUPPORTED_CLI = ">=3.999.0 <4.0.0"
from components.settings import load_settings
load_settings()
"""


@pytest.fixture
def stack(quick_stack: Stack) -> Stack:
    return quick_stack


def test_a_cli_that_is_too_old_is_refused_in_one_sentence_without_a_traceback(stack: Stack) -> None:
    program = stack.folder / "__main__.py"
    program.unlink()
    program.write_text(_NEVER, "utf-8")
    printed = " ".join(stack.fails("preview").split())
    assert "this program needs the Pulumi CLI in version 3.999.0 or later, below 4 (" in printed
    assert "Traceback" not in printed
    # Without that change the same CLI goes on, as in every other test here.
    program.write_text(_NEVER.replace("3.999.0", "3.0.0"), "utf-8")
    stack.succeeds("preview")


def test_a_controller_of_before_mutual_tls_stops_preview_and_up_and_one_of_after_it_stops_neither(
    lab: LabHandle, stack: Stack
) -> None:
    with visible_deployments(lab):
        with deployed_controller(lab, "v2.10.0-aliyun.1") as image:
            for printed in (stack.fails("preview"), stack.fails("up", "--yes", "--skip-preview")):
                assert f"runs as {image}, but mutual TLS is supported since v2.11.0" in " ".join(printed.split())
            assert f"runs as {image}, but mutual TLS" in json.dumps(ops(stack, "doctor", "--json").document)
            assert [one["type"] for one in stack.resources()] == ["pulumi:pulumi:Stack"]
            assert repositories(lab) == {}
        with deployed_controller(lab, "v2.11.0-aliyun.1") as image:
            stack.up()
            found = json.dumps(ops(stack, "doctor", "--json").document)
            assert f"runs as {image}, and v2.11.0 or later is needed" in found
