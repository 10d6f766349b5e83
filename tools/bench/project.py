"""Projects to be timed: the program, a copy of it that runs without checkpoints, and two that do nothing."""

import compileall
import re
import shutil
from pathlib import Path
from typing import Any

import yaml

from tools.bench.bench_lab import BenchLab
from tools.bench.errors import BenchError

REPOSITORY = Path(__file__).resolve().parents[2]
STACK = "bench"
# Without its default curve, and clients with short names: Pulumi hands the configuration on in one variable of the
# environment (docs/facts/pulumi.md, The configuration is one variable).
P256 = {"algorithm": "ecdsa"}
RSA_4096 = {"algorithm": "rsa", "size": 4096}

_LINKED = ("__main__.py", "alb_mtls", "Pulumi.yaml", "Pulumi.README.md", ".venv")
_RUNTIME = {"name": "python", "options": {"toolchain": "pip", "virtualenv": ".venv"}}
# What Pulumi itself asks for a dynamic provider: a second Python process, started and ended.
ONE_RESOURCE = """
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Nothing(ResourceProvider):
    def create(self, props):
        return CreateResult("nothing", props)


class Held(Resource):
    pass


Held(Nothing(), "nothing", {})
"""

_SETTINGS = "components/settings.py"
_REFUSAL = "refuse_without_checkpoints"


def program(folder: Path, *, checkpoints: bool = True) -> Path:
    """Lay out the program in `folder`, so that its stack file and state are not the tree's.

    Args:
        folder: of the project.
        checkpoints: whether the program refuses to run without them, which the bench does to time them.

    Raises:
        BenchError: the program no longer has the function that refuses.
    """
    folder.mkdir(parents=True)
    for entry in _LINKED:
        (folder / entry).symlink_to(REPOSITORY / entry)
    # Copied for all of them: what differs is then nothing but what is measured.
    shutil.copytree(REPOSITORY / "components", folder / "components", ignore=shutil.ignore_patterns("__pycache__"))
    if not checkpoints:
        settings = folder / _SETTINGS
        text = settings.read_text("utf-8")
        if not re.search(rf"^def {_REFUSAL}\(", text, re.MULTILINE):
            message = f"{_SETTINGS} has no function {_REFUSAL}() any more; name its successor in tools/bench/project.py"
            raise BenchError(message)
        settings.write_text(f"{text}\n\n{_REFUSAL} = lambda: None\n", "utf-8")
    # Else the first run of each copy would compile it, which happens once in a tree.
    compileall.compile_dir(folder / "components", quiet=1)
    return folder


def other(folder: Path, text: str = "") -> Path:
    """Lay out another Python program, in the same virtual environment; without a text it registers nothing."""
    folder.mkdir(parents=True)
    (folder / ".venv").symlink_to(REPOSITORY / ".venv")
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": folder.name, "runtime": _RUNTIME}), "utf-8")
    (folder / "__main__.py").write_text(text, "utf-8")
    return folder


def configure(folder: Path, config: dict[str, Any]) -> None:
    """Write the stack file of a project; its salt stays."""
    path = folder / f"Pulumi.{STACK}.yaml"
    content = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
    path.write_text(yaml.safe_dump({**(content or {}), "config": config}, sort_keys=False), "utf-8")


def dev_config(lab: BenchLab) -> dict[str, Any]:
    """Return the configuration of Pulumi.dev.yaml, for a lab on other ports."""
    content = yaml.safe_load((REPOSITORY / "Pulumi.dev.yaml").read_text("utf-8"))
    config: dict[str, Any] = content["config"]
    endpoints = lab.status["endpoints"]
    config["kubernetes:kubeconfig"] = lab.status["kubeconfig"]["program"]
    config["alb-mtls:cas"]["endpoint"] = f"http://{endpoints['cas']}"
    config["alb-mtls:alb"]["endpoint"] = f"http://{endpoints['alb']}"
    config["alb-mtls:proof"]["serverCa"] = str(lab.paths.server_ca)
    [listener] = config["alb-mtls:listeners"]
    listener["connectTo"] = lab.address(listener["albConfig"], f"{listener['port']}/{listener['protocol']}")
    return config


def with_clients(lab: BenchLab, number: int, key: dict[str, Any]) -> dict[str, Any]:
    """Return the same configuration with a P-256 root CA and `number` clients whose keys are made here."""
    config = dev_config(lab)
    config["alb-mtls:rootCa"]["key"] = P256
    config["alb-mtls:clients"] = clients(number, key)
    return config


def clients(number: int, key: dict[str, Any]) -> list[dict[str, Any]]:
    """Return as many clients, whose keys are made here."""
    return [{"name": f"c{each}", "key": key} for each in range(number)]
