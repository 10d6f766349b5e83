"""What the lab decides without starting anything: names, places, ports, the shell's environment."""

import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.environment import ActingAs, export_lines
from lab.paths import InvalidNameError, LabPaths
from lab.ports import DEFAULT_LISTENER_PORTS, DEFAULT_PORTS
from lab.progress import Phase, Progress
from lab.settings import ControllerMode, LabSettings, PortMode, RefusalStyle

if TYPE_CHECKING:
    from lab.status import CredentialsStatus, Status


@pytest.mark.parametrize("name", ["default", "a", "lab-7", "x" * 40])
def test_a_lab_of_a_plain_name_has_a_folder_of_that_name(name: str, tmp_path: Path) -> None:
    assert LabPaths.of(name, project=tmp_path).folder == tmp_path / ".lab" / name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "a-", "A", "ä", "x" * 41, "a\n"])
def test_a_name_that_could_leave_the_folder_or_confuse_a_shell_is_rejected(name: str) -> None:
    with pytest.raises(InvalidNameError, match="take 1 to 40 of a-z"):
        LabPaths.of(name)


def test_default_ports_are_high_distinct_and_below_those_of_outgoing_connections() -> None:
    ports = [*DEFAULT_PORTS.values(), *DEFAULT_LISTENER_PORTS.values()]
    assert len(set(ports)) == len(ports)
    assert all(10000 <= port < 20000 for port in ports)


def test_progress_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    progress = Progress(
        phase=Phase.BROKEN,
        steps=["starting etcd"],
        problems=["etcd was ended by SIGKILL"],
        settings=LabSettings(
            ports=PortMode.EPHEMERAL, controller=ControllerMode.OPEN_SOURCE, refusal=RefusalStyle.PAGE
        ),
    )
    progress.write(tmp_path / "progress.json")
    assert Progress.read(tmp_path / "progress.json") == progress


def test_a_lab_that_printed_nothing_yet_has_no_progress(tmp_path: Path) -> None:
    assert Progress.read(tmp_path / "progress.json") is None


def _key(name: str) -> "CredentialsStatus":
    return {"accessKeyId": f"id of {name}", "accessKeySecret": f"se'cret $x of {name}", "securityToken": "token"}


def _status(folder: Path) -> "Status":
    return {
        "pid": 1,
        "kubeconfig": {
            "admin": str(folder / "admin"),
            "program": str(folder / "program"),
            "preview": str(folder / "preview"),
            "operations": str(folder / "operations"),
            "onCall": str(folder / "on-call"),
        },
        "credentials": _key("up"),
        "accessKeys": {name: _key(name) for name in ("admin", "up", "preview", "operations")},
        "endpoints": {"cas": "127.0.0.1:1", "alb": "127.0.0.1:2", "management": "127.0.0.1:3"},
        "albconfigs": {},
    }


@pytest.mark.parametrize(
    ("acting_as", "kubeconfig"),
    [(ActingAs.UP, "program"), (ActingAs.PREVIEW, "preview"), (ActingAs.OPERATIONS, "operations")],
)
def test_a_shell_that_evaluates_the_export_lines_has_exactly_the_variables_of_the_lab(
    acting_as: ActingAs, kubeconfig: str, tmp_path: Path
) -> None:
    paths = LabPaths.of("x", project=tmp_path / "a folder $HOME")
    lines = export_lines(paths, _status(paths.folder), acting_as)
    script = f"eval {shlex.quote(lines)}; env -0"
    shell = subprocess.run(
        ["/bin/sh", "-c", script], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    )
    variables = dict(pair.split("=", 1) for pair in shell.stdout.split("\0") if pair)
    path = variables.pop("PATH").split(":")
    assert path[0].endswith("/.venv/bin")
    assert path[-2:] == ["/usr/bin", "/bin"]
    for name in ("PWD", "_", "SHLVL", "OLDPWD"):
        variables.pop(name, None)
    assert variables == {
        "PULUMI_BACKEND_URL": f"file://{paths.folder}/pulumi-state?metadata=skip",
        "PULUMI_HOME": f"{paths.folder}/pulumi-home",
        "PULUMI_CONFIG_PASSPHRASE": "lab",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_OPTION_NO_DEPENDENCIES": "true",
        "PULUMI_OPTION_NO_PLUGINS": "true",
        "PULUMI_OPTION_PRESERVE_CONFIG": "true",
        "KUBECONFIG": f"{paths.folder}/{kubeconfig}",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": f"id of {acting_as}",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": f"se'cret $x of {acting_as}",
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    }
