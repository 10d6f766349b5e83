"""Projects to be timed: the program, copies of it that read less, and two that do nothing."""

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

# What is appended to a module of a copy, by the module and the name that it binds again. There is no switch in the
# program for it: a preview that does not look would not show who will be rejected.
_FINDING_NOTHING = """
def _found(settings, _kubeconfig):
    from alb_mtls.listeners.snapshot import ListenerSnapshot
    return [ListenerSnapshot(key=one.key) for one in settings.listeners], {"found": [], "look": None}"""
_WITHOUT_REPORT = {("preflight/schedule.py", "_found"): _FINDING_NOTHING}
_WITHOUT_DRIFT = {
    ("providers/listener_switch.py", "_drift"): "_drift = lambda *_: None",
    ("providers/listener_claim.py", "_is_found_otherwise"): "_is_found_otherwise = lambda *_: False",
    ("providers/cas_repository.py", "_has_twin"): "_has_twin = lambda *_: False",
    ("providers/cas_certificate.py", "_is_lost"): "_is_lost = lambda *_: False",
    ("providers/cas_certificate.py", "_spare_copies"): "_spare_copies = lambda *_: []",
}
_WITHOUT_CHECKPOINTS = {
    ("settings.py", "refuse_without_checkpoints"): "refuse_without_checkpoints = lambda: None",
}


def program(folder: Path, *, report: bool = True, drift: bool = True, checkpoints: bool = True) -> Path:
    """Lay out the program in `folder`, so that its stack file and state are not the tree's.

    Args:
        folder: of the project.
        report: whether the program itself reads cluster and cloud, to refuse and to report.
        drift: whether the providers read cluster and cloud, to find what changed there.
        checkpoints: whether the program refuses to run without them, which the bench does to time them.

    Raises:
        BenchError: the program no longer has a function that reads.
    """
    folder.mkdir(parents=True)
    for entry in _LINKED:
        (folder / entry).symlink_to(REPOSITORY / entry)
    # Copied for all of them: what differs is then nothing but what is measured.
    shutil.copytree(REPOSITORY / "components", folder / "components", ignore=shutil.ignore_patterns("__pycache__"))
    left_out = {
        **({} if report else _WITHOUT_REPORT),
        **({} if drift else _WITHOUT_DRIFT),
        **({} if checkpoints else _WITHOUT_CHECKPOINTS),
    }
    for (module, name), line in left_out.items():
        path = folder / "components" / module
        text = path.read_text("utf-8")
        if not re.search(rf"^ *def {name}\(", text, re.MULTILINE):
            message = (
                f"components/{module} has no function {name}() any more; name its successor in tools/bench/project.py"
            )
            raise BenchError(message)
        path.write_text(f"{text}\n\n{line}\n", "utf-8")
    return folder


def other(folder: Path, text: str = "") -> Path:
    """Lay out another Python program, in the same virtual environment; without a text it registers nothing."""
    folder.mkdir(parents=True)
    (folder / ".venv").symlink_to(REPOSITORY / ".venv")
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({"name": folder.name, "runtime": _RUNTIME}), "utf-8")
    (folder / "__main__.py").write_text(text, "utf-8")
    return folder


def configure(folder: Path, config: dict[str, Any], salted: Path | None = None) -> None:
    """Write the stack file of a project; its salt is that of `salted`, another project with the same stack."""
    path = folder / f"Pulumi.{STACK}.yaml"
    source = path if salted is None else salted / f"Pulumi.{STACK}.yaml"
    content = yaml.safe_load(source.read_text("utf-8")) if source.exists() else {}
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
    config["alb-mtls:clients"] = [{"name": f"c{each}", "key": key} for each in range(number)]
    return config
