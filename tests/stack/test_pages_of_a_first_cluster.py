"""The pages from a first cluster to an incident and out again can be followed, with a lab as the real cluster.

What differs there stands on a note: kubeconfig, access key, addresses, and who signed the listener's certificate.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.control_plane.users import user_of
from lab.environment import path_entries
from lab.principal_name import PrincipalName
from tests.helpers.documents import examples
from tests.helpers.lab import LabHandle
from tests.helpers.needed import need
from tests.helpers.page_commands import Shell, steps
from tests.helpers.stack import REPOSITORY
from tests.helpers.stack_config import HOST, WITHOUT_HANDSHAKES
from tests.helpers.warm_python import warm_environment

FIRST, CANARY, DISABLE = "how-to/first-cluster.md", "how-to/canary.md", "how-to/disable.md"
INCIDENT, LOCKED_OUT = "how-to/incident.md", "how-to/locked-out.md"
NOT_RUN = {
    FIRST: {"it downloads 200 MB", "RAM needs an account"},
    CANARY: set(),
    DISABLE: set(),
    INCIDENT: set(),
    LOCKED_OUT: set(),
}
_NOT_LINKED = {".git", ".lab", ".hypothesis", ".venv", "Pulumi.dev.yaml"}

_BINDING = "reader-of-a-page"
# Who reads the page is asked, and says yes.
_WITHOUT_A_TERMINAL = dict.fromkeys(
    ("PULUMI_SKIP_UPDATE_CHECK", "PULUMI_SKIP_CONFIRMATIONS", "PULUMI_OPTION_SKIP_PREVIEW"), "true"
)


def _note(lab: LabHandle) -> dict[str, str]:
    """Return what stands on the pages, and what to put in its place."""
    endpoints, credentials, server_ca = lab.status["endpoints"], lab.status["credentials"], lab.paths.server_ca
    listeners = lab.status["albconfigs"]["alb"]["listeners"]
    ports = {key.removesuffix("/HTTPS"): one["address"] for key, one in listeners.items() if key.endswith("/HTTPS")}
    tunnels = "".join(f"--connect-to {HOST}:{port}:{address} " for port, address in ports.items())
    # A terminal is shown no progress.
    curl = f"curl --silent --show-error --cacert {server_ca} {tunnels}"
    apis = "".join(f"--{api}-endpoint http://{endpoints[api]} " for api in ("cas", "alb"))
    init = f"python -m ops init prod {apis}--server-ca {server_ca}"
    _, listener, *_ = lab.albconfig("alb")["spec"]["listeners"]
    bound = [ca["CertificateId"] for ca in listener.get("caCertificates", [])]
    return {
        "8fd5c1337b474d": "".join(bound),
        "LTAI5tExample": credentials["accessKeyId"],
        "ExampleSecret": credentials["accessKeySecret"],
        "$HOME/admin.kubeconfig": str(lab.paths.admin_kubeconfig),
        # Whose own role is not enough for the page.
        "$HOME/prod.kubeconfig": str(lab.paths.kubeconfig_of(PrincipalName.PREVIEW)),
        "USERNAME": user_of(PrincipalName.PREVIEW),
        # The lab has this role, which was not applied, and a binding of this name.
        "clusterrole.rbac.authorization.k8s.io/": "…clusterrole.rbac.authorization.k8s.io/",
        "clusterrolebinding alb-mtls-up": f"clusterrolebinding {_BINDING}",
        "k8s.io/alb-mtls-up created": f"k8s.io/{_BINDING} created",
        "--context prod": "--context lab --yes",
        "curl -": f"{curl}-",
        "curl https": f"{curl}https",
        **{
            f"python -m ops init prod --listener alb/{port}": f"{init} --listener alb/{port} --connect-to {address}"
            for port, address in ports.items()
        },
        **{
            f"{{albConfig: alb, port: {port}}}": f"{{albConfig: alb, port: {port}, connectTo: '{address}'}}"
            for port, address in ports.items()
        },
    }


@pytest.fixture
def reader(tmp_path: Path, lab: LabHandle) -> Iterator[Shell]:
    """A shell in a copy of the repository, as somebody has it who has installed everything."""
    need("kubectl", "curl", "openssl")
    folder = tmp_path / "alb-mtls"
    folder.mkdir()
    for entry in REPOSITORY.iterdir():
        if entry.name not in _NOT_LINKED:
            (folder / entry.name).symlink_to(entry)
    (folder / ".venv").symlink_to(warm_environment())
    path = os.pathsep.join([*path_entries()[1:], "/usr/local/bin", "/usr/bin", "/bin"])
    environment = {"HOME": str(tmp_path), "PATH": path, **_WITHOUT_A_TERMINAL}
    yield Shell(folder=folder, replaced={}, environment=environment)
    admin = ["kubectl", f"--kubeconfig={lab.paths.admin_kubeconfig}"]
    subprocess.run([*admin, "delete", "clusterrolebinding", "--ignore-not-found", _BINDING], check=True)


def _commands(page: str, *numbers: str) -> set[str]:
    """Return the commands of the sections whose headings begin with a number, of all without."""
    return {step.text for step in steps(page) if step.section.startswith(numbers or "") and not step.file}


def _follow(reader: Shell, page: str, *beginnings: str, proof: Mapping[str, Any], lab: LabHandle) -> None:
    """Follow a page, and write what it shows of the stack file into it; `proof` is cheaper than the page's."""
    parts = examples(page, "yaml")
    for step in steps(page):
        # A listener that the page adds gets its address from the lab.
        lab.settle()
        reader.replaced = _note(lab)
        while parts and parts[0].line < step.line:
            _put(reader, yaml.safe_load(reader.put_in(parts.pop(0).text)))
        if step.section.startswith(beginnings or ""):
            reader.run(step)
        if step.text == "pulumi stack init prod":
            _put(reader, {"alb-mtls:proof": proof})


def _put(reader: Shell, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Change values of the stack file."""
    path = reader.folder / "Pulumi.prod.yaml"
    content = yaml.safe_load(path.read_text("utf-8"))
    for key, value in changes.items():
        config = content["config"]
        config[key] = {**config[key], **value} if isinstance(config[key], dict) else value
    path.write_text(yaml.safe_dump(content), "utf-8")


# Six calls of pulumi that write, and as many commands beside each.
@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_listener_is_turned_on_examined_turned_off_and_given_back_as_the_pages_say(
    lab: LabHandle, reader: Shell
) -> None:
    few = {"connections": 50}
    _follow(reader, FIRST, "1.", "2.", "3.", "4.", "5.", "6.", proof=few, lab=lab)
    _follow(reader, INCIDENT, proof=few, lab=lab)
    _follow(reader, LOCKED_OUT, proof=few, lab=lab)
    _follow(reader, DISABLE, proof=few, lab=lab)
    # These two sections have no others.
    assert _commands(FIRST, "7.") <= _commands(INCIDENT)
    assert _commands(FIRST, "8.") <= _commands(DISABLE)


@pytest.mark.long
def test_a_second_port_is_turned_on_then_the_first_and_the_second_is_removed_as_the_page_says(
    lab: LabHandle, reader: Shell
) -> None:
    for step in steps(FIRST):
        reader.replaced = _note(lab)
        if step.section.startswith(("1.", "2.")) or step.text.startswith("mkdir"):
            reader.run(step)
    _follow(reader, CANARY, proof=WITHOUT_HANDSHAKES, lab=lab)


@pytest.mark.parametrize("page", NOT_RUN)
def test_what_of_a_page_is_run_by_nobody_says_why(page: str) -> None:
    assert {step.not_run for step in steps(page) if step.not_run} == NOT_RUN[page]
