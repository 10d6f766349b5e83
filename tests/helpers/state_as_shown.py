"""Tests read outputs and secrets from the file of a state, most of them: that says what Pulumi shows."""

import json

from lab.environment import PASSPHRASE
from tests.helpers.stack import Stack
from tests.helpers.state_file import decrypted, deployment_in, state_folder


def assert_what_is_read_is_what_pulumi_shows(stack: Stack) -> None:
    """Read a state both ways."""
    assert stack.outputs() == json.loads(stack.call("pulumi", *["stack", "output", "--json", "--show-secrets"]).stdout)
    folder = state_folder(stack.environment)
    assert folder is not None
    read = deployment_in(folder, stack.name)
    assert read == json.loads(stack.exported())["deployment"]
    shown = json.loads(stack.exported(secrets=True))["deployment"]
    assert decrypted(read, PASSPHRASE)["resources"] == shown["resources"]
