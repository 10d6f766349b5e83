"""What `make lab` prints, pasted into bash: by hand, then with Pulumi, and neither stops the other."""

import re
import subprocess

import pytest

from lab.paths import PROJECT
from lab.procedure import ACCEPTED, ANSWERS, GIVE_BACK, REJECTED
from lab.stack_file import FILE
from tests.helpers.lab import LabHandle, lab_command
from tests.helpers.world import World


def _printed(lab: LabHandle, way: str) -> str:
    printed = lab_command("procedure", way, "--name", lab.name)
    assert printed.returncode == 0, printed.stderr
    return printed.stdout


def _paste(text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e"],
        input=text,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def _parted(text: str, title: str) -> tuple[str, str]:
    """Return what stands before a step, and the rest."""
    before, heading, after = re.split(rf"^(# \d+\. {title})", text, maxsplit=1, flags=re.MULTILINE)
    return before, heading + after


def _answers(text: str) -> list[str]:
    # Of the many lines that commands print, those that `text` or another one promises.
    return re.findall(rf"^(?:{ANSWERS})?({ACCEPTED}|{REJECTED}|OK|uploaded|1|exit code \d)$", text, re.MULTILINE)


@pytest.mark.long
def test_a_stack_does_its_job_after_the_way_by_hand_and_refuses_the_listener_only_until_that_is_given_back(
    lab: LabHandle,
) -> None:
    before, committed = World.of(lab), FILE.read_bytes()
    by_hand, with_pulumi = _printed(lab, "hand"), _printed(lab, "pulumi")
    begun, given_back = _parted(by_hand, GIVE_BACK)
    prepared, done = _parted(with_pulumi, "What would happen")
    file = f".lab/{lab.name}/{FILE.name}"
    assert f'"$CA_ID" --stack dev --config-file {file}' in given_back
    # Quick keys, and few connections.
    quick = ("algorithm: rsa .*/algorithm: ecdsa", "size: 4096.*/curve: P-256", "connections: 300.*/connections: 50")
    prepared += f"sed -i 's/{'/;s/'.join(quick)}/' {file}\n"

    pasted = _paste(f"{begun}\n{prepared}! pulumi preview --stack dev --config-file {file}\n{given_back}\n{done}")

    assert pasted.returncode == 0, pasted.stdout + pasted.stderr
    assert re.search(r"takeOver: \S", pasted.stdout)
    assert _answers(pasted.stdout) == _answers(begun + given_back + done)
    assert FILE.read_bytes() == committed
    assert World.of(lab).albconfigs == before.albconfigs
    journal = lab.management.get("/journal").text
    assert '"patch albconfigs"' in journal
    assert '"UploadPCACert"' in journal
    assert "BEGIN CERTIFICATE" not in journal
    assert lab.status["credentials"]["accessKeySecret"] not in journal
