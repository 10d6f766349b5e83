"""What stacks left behind, scanned for every secret that they ever had."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from lab.environment import PASSPHRASE
from tests.helpers.scanner import Found, Scanner
from tests.helpers.stack import Stack
from tests.helpers.state_secrets import secrets_of

_STATE, _HOME = "state", "home"
_CREDENTIALS = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")


def in_the_clear(stacks: Sequence[Stack], folder: Path) -> list[Found]:
    """Return the secrets that stand in the clear in what stacks printed and wrote.

    Args:
        stacks: of one test.
        folder: of the test, with the engine's `state` and `home` in it.
    """
    if not stacks:
        return []
    scanner = scanner_for(stacks[0], folder)
    found = [f for stack in stacks for text in stack.heard for f in scanner.find(f"output of stack {stack.name}", text)]
    for place in (folder / _STATE, folder / _HOME, *(stack.folder for stack in stacks)):
        if place.exists():
            found += scanner.find_in_files(place)
    return found


def scanner_for(stack: Stack, folder: Path) -> Scanner:
    """Return a scanner that knows the cloud's credentials, the cluster's, and every secret of the states so far."""
    scanner = Scanner()
    for variable in _CREDENTIALS:
        value = stack.environment.get(variable)
        if value:
            scanner.learn_text(variable, value)
    for number, token in enumerate(_tokens(Path(stack.environment["KUBECONFIG"])), start=1):
        scanner.learn_text(f"token {number} of the kubeconfig", token)
    for number, secret in enumerate(secrets_of(folder / _STATE, PASSPHRASE), start=1):
        if "PRIVATE KEY" in secret:
            scanner.learn_key(f"private key {number} of the state", secret)
    return scanner


def _tokens(kubeconfig: Path) -> list[str]:
    users = yaml.safe_load(kubeconfig.read_text("utf-8"))["users"]
    return [user["user"]["token"] for user in users if "token" in user["user"]]
