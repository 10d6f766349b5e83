"""A stack file as `init` writes it, under the Pulumi CLI: what it says is read as it was meant, and comments stay.

How it is used, the pages of a first cluster show (tests/stack/test_pages_of_a_first_cluster.py).
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.helpers.lab import LabHandle
from tests.helpers.stack import REPOSITORY, Stack
from tests.helpers.stack_config import HOST, stack_environment

# Each would be something else than a text without quotes, to one reader of YAML or another.
NAMES = {"ST": "1e3", "L": "null", "O": "yes", "OU": "0o17 # {a: b}", "CN": "b\u00fccher \\/ \u674e"}


def _init(lab: LabHandle, folder: Path, environment: dict[str, str]) -> str:
    endpoints = lab.status["endpoints"]
    options = {
        "--listener": "alb/443",
        "--cas-endpoint": f"http://{endpoints['cas']}",
        "--alb-endpoint": f"http://{endpoints['alb']}",
        "--connect-to": lab.address("alb", "443/HTTPS"),
        "--server-ca": str(lab.paths.server_ca),
        "--root-ca": "generated",
        "--subject": "".join(f"/{key}={value}" for key, value in {"C": "SG", **NAMES}.items()),
        "--client": "alice",
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


def test_the_cli_keeps_every_line_of_a_new_stack_file_and_reads_what_was_meant(lab: LabHandle, tmp_path: Path) -> None:
    environment, folder = stack_environment(lab, tmp_path), tmp_path / "project"
    written = _init(lab, folder, environment)

    stack = Stack(name="prod", folder=folder, environment=environment)
    salted = stack.config_file.read_text("utf-8")
    assert salted.startswith(written)
    added = salted.removeprefix(written).split()
    assert (len(added), added[0]) == (2, "encryptionsalt:")

    stack.succeeds("config", "set", "enabled", "true", "--stack", "prod")
    assert stack.config_file.read_text("utf-8") == salted.replace('enabled: "false"', 'enabled: "true"')

    config: dict[str, Any] = json.loads(stack.succeeds("config", "--json", "--stack", "prod"))
    subject = config["alb-mtls:rootCa"]["objectValue"]["subject"]
    assert set(subject.values()) == {"SG", *(one.replace("\\", "") for one in NAMES.values())}
    assert config["alb-mtls:listeners"]["objectValue"][0]["hosts"] == [HOST]
