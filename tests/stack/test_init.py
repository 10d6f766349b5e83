"""A stack file as `init` writes it, from a folder without one to a listener that requests certificates."""

import subprocess
import sys
from pathlib import Path

from tests.helpers.lab import LabHandle
from tests.helpers.stack import REPOSITORY, Stack
from tests.helpers.stack_config import stack_environment


def _init(lab: LabHandle, folder: Path, environment: dict[str, str]) -> str:
    endpoints = lab.status["endpoints"]
    options = {
        "--listener": "alb/443",
        "--cas-endpoint": f"http://{endpoints['cas']}",
        "--alb-endpoint": f"http://{endpoints['alb']}",
        "--connect-to": lab.address("alb", "443/HTTPS"),
        "--server-ca": str(lab.paths.server_ca),
        "--root-ca": "generated",
        "--subject": "/C=SG/ST=Singapore/L=Singapore/O=Example/OU=Plat\\/form",
        "--client": "alice",
        "--on-bypass": "warn",
    }
    folder.mkdir()
    (folder / "Pulumi.yaml").symlink_to(REPOSITORY / "Pulumi.yaml")
    done = subprocess.run(
        [sys.executable, "-m", "ops", "init", "prod", *(word for pair in options.items() for word in pair)],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(REPOSITORY)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    (folder / "Pulumi.yaml").unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "Pulumi.prod.yaml").read_text("utf-8")


def test_a_new_stack_file_keeps_its_comments_and_leads_to_a_listener_that_requests_certificates(
    lab: LabHandle, tmp_path: Path
) -> None:
    environment, folder = stack_environment(lab, tmp_path), tmp_path / "project"
    written = _init(lab, folder, environment)

    stack = Stack(name="prod", folder=folder, environment=environment)
    salted = stack.config_file.read_text("utf-8")
    assert salted.startswith(written)
    assert salted.removeprefix(written).strip().startswith("encryptionsalt: ")
    assert len(salted.removeprefix(written).split()) == 2

    # What a proof does, other tests show.
    stack.config_file.write_text(salted.replace("    path: /\n", "    path: /\n    mode: api\n"), "utf-8")
    stack.up()
    assert not lab.listener("alb", "443/HTTPS").ca_enabled

    before = stack.config_file.read_text("utf-8")
    stack.succeeds("config", "set", "enabled", "true", "--stack", "prod")
    assert stack.config_file.read_text("utf-8") == before.replace('enabled: "false"', 'enabled: "true"')
    stack.up()
    assert lab.listener("alb", "443/HTTPS").ca_enabled
