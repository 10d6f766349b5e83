"""The dev stack's file as a lab needs it: that of the default lab is the committed one, others have their own ports."""

from pathlib import Path
from typing import Any

import pytest

from lab.paths import LabPaths
from lab.ports import DEFAULT_LISTENER_PORTS, DEFAULT_PORTS
from lab.pulumi_way import pulumi_text
from lab.stack_file import FILE, StackFileMissingError, stack_file_text


def _status(cas: int, alb: int, listener: int) -> Any:
    return {
        "endpoints": {"cas": f"127.0.0.1:{cas}", "alb": f"127.0.0.1:{alb}"},
        "albconfigs": {"alb": {"listeners": {"443/HTTPS": {"address": f"127.0.0.1:{listener}"}}}},
    }


DEFAULT = _status(DEFAULT_PORTS["cas"], DEFAULT_PORTS["alb"], DEFAULT_LISTENER_PORTS["alb", "443/HTTPS"])


def test_the_default_lab_has_the_committed_file_and_plain_commands() -> None:
    assert stack_file_text(LabPaths.of(), DEFAULT) == FILE.read_text("utf-8")
    assert "--config-file" not in pulumi_text(LabPaths.of(), DEFAULT)


@pytest.mark.parametrize(("name", "status"), [("default", _status(20001, 20002, 20003)), ("mine", DEFAULT)])
def test_another_lab_has_a_file_and_commands_that_name_nothing_of_the_default_one(name: str, status: Any) -> None:
    text = stack_file_text(LabPaths.of(name), status)
    gone = [".lab/default/"] if name == "mine" else ["127.0.0.1:1"]
    assert not [word for word in gone if word in text]
    for address in (*status["endpoints"].values(), f".lab/{name}/program.kubeconfig"):
        assert address in text
    commands = pulumi_text(LabPaths.of(name), status)
    assert f"> .lab/{name}/Pulumi.dev.yaml" in commands
    assert f"pulumi up --yes --stack dev --config-file .lab/{name}/Pulumi.dev.yaml" in commands


def test_without_the_committed_file_the_line_that_puts_it_back_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackFileMissingError, match=r"`git restore Pulumi\.dev\.yaml` puts it back"):
        stack_file_text(LabPaths.of(), DEFAULT, tmp_path / "Pulumi.dev.yaml")
