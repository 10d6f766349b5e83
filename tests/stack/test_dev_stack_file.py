"""Pulumi.dev.yaml stays as it is committed: neither `stack init` nor an operation rewrites it."""

from pathlib import Path

from tests.helpers.lab import LabHandle
from tests.helpers.stack import REPOSITORY, Stack
from tests.stack.conftest import MakeStack


def _for(lab: LabHandle, text: str) -> str:
    """Return the file for a lab on other ports and in another folder."""
    endpoints = lab.status["endpoints"]
    replaced = {
        "http://127.0.0.1:18081": f"http://{endpoints['cas']}",
        "http://127.0.0.1:18082": f"http://{endpoints['alb']}",
        "127.0.0.1:10443": lab.address("alb", "443/HTTPS"),
        ".lab/default/program.kubeconfig": lab.status["kubeconfig"]["program"],
        ".lab/default/server-ca.pem": str(lab.paths.server_ca),
        "algorithm: rsa # or": "algorithm: ecdsa # or",
        "      size: 4096 # or 3072\n": "",
    }
    for old, new in replaced.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_stack_init_and_operations_leave_the_stack_file_as_it_is(
    lab: LabHandle, make_stack: MakeStack, tmp_path: Path
) -> None:
    environment = make_stack().environment
    folder = tmp_path / "project"
    folder.mkdir()
    file = folder / "Pulumi.dev.yaml"
    text = _for(lab, (REPOSITORY / file.name).read_text("utf-8"))
    file.write_text(text, "utf-8")
    stack = Stack(name="dev", folder=folder, environment=environment)
    assert file.read_text("utf-8") == text
    stack.preview()
    stack.up()
    assert file.read_text("utf-8") == text
    stack.destroy()
    assert file.read_text("utf-8") == text
