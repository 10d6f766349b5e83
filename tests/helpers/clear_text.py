"""What stacks and labs left behind, scanned for every secret that they ever had."""

from collections.abc import Sequence
from pathlib import Path

import yaml

from lab.environment import PASSPHRASE
from lab.paths import LabPaths
from lab.principal_name import PrincipalName
from lab.status import read_status
from tests.helpers.scanner import Found, Scanner
from tests.helpers.stack import Stack
from tests.helpers.state_file import state_folder
from tests.helpers.state_secrets import secrets_of

_CREDENTIALS = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN")


def in_the_clear(stacks: Sequence[Stack]) -> list[Found]:
    """Return the secrets that stand in the clear in what stacks printed and wrote, and in the processes they ran."""
    found: set[Found] = set()
    for stack in stacks:
        scanner = scanner_for(stack)
        for text in dict.fromkeys(stack.heard):
            found.update(scanner.find(f"output of stack {stack.name}", text))
        for place in (state_folder(stack.environment), Path(stack.environment["PULUMI_HOME"]), stack.folder):
            if place is not None and place.exists():
                found.update(scanner.find_in_files(place))
        found.update(_in_processes(scanner, stack))
    return sorted(found)


def scanner_for(stack: Stack) -> Scanner:
    """Return a scanner that knows the cloud's credentials, the cluster's, and every secret of the states so far."""
    scanner = Scanner()
    for variable in _CREDENTIALS:
        value = stack.environment.get(variable)
        if value:
            scanner.learn_text(variable, value)
    for name, value in stack.secrets.items():
        scanner.learn_text(name, value)
    _learn_tokens(scanner, Path(stack.environment["KUBECONFIG"]))
    folder = state_folder(stack.environment)
    secrets = [] if folder is None else secrets_of(folder, PASSPHRASE)
    for number, secret in enumerate(secrets, start=1):
        if "PRIVATE KEY" in secret:
            scanner.learn_key(f"private key {number} of the state", secret)
    return scanner


def in_the_clear_of_lab(paths: LabPaths) -> list[Found]:
    """Return the secrets that stand in the clear in the journal and the logs of a lab."""
    scanner = Scanner()
    for name, credentials in read_status(paths)["accessKeys"].items():
        scanner.learn_text(f"the access key secret of {name}", credentials["accessKeySecret"])
        scanner.learn_text(f"the security token of {name}", credentials["securityToken"])
    for each in PrincipalName:
        _learn_tokens(scanner, paths.kubeconfig_of(each))
    found = scanner.find_in_files(paths.logs)
    if paths.journal.exists():
        found += scanner.find(paths.journal.name, paths.journal.read_bytes())
    return found


def assert_nothing_in_the_clear_of_lab(paths: LabPaths) -> None:
    """Look at a lab that is about to end: its logs are read when something fails, and then they are shown around."""
    assert [str(found) for found in in_the_clear_of_lab(paths)] == []


def _in_processes(scanner: Scanner, stack: Stack) -> set[Found]:
    found: set[Found] = set()
    for watched in stack.watched:
        for seen in watched.watch.end():
            environment = {name: value for name, value in seen.environment if name not in stack.handed_on}
            found.update(scanner.find_in_process(seen.name, seen.arguments, environment, given=watched.given))
    return found


def _learn_tokens(scanner: Scanner, kubeconfig: Path) -> None:
    users = yaml.safe_load(kubeconfig.read_text("utf-8"))["users"]
    for user in users:
        if "token" in user["user"]:
            scanner.learn_text(f"the token of {user['name']}", user["user"]["token"])
