"""The whole job by hand, without the program: openssl, the official SDK, a JSON patch, curl."""

import re
import subprocess

from lab.paths import PROJECT
from lab.procedure import ACCEPTED, ANSWERS, REJECTED
from tests.helpers.lab import LabHandle, lab_command


def test_the_printed_procedure_pasted_into_bash_answers_as_it_promises_and_the_journal_holds_no_key_or_certificate(
    lab: LabHandle,
) -> None:
    printed = lab_command("procedure", "--name", lab.name)
    assert printed.returncode == 0, printed.stderr
    promised = re.findall(rf"^{ANSWERS}(.*)$", printed.stdout, flags=re.MULTILINE)
    pasted = subprocess.run(
        ["bash", "--noprofile", "--norc"],
        input=printed.stdout,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert pasted.stdout.splitlines() == promised, pasted.stderr
    assert promised.count(REJECTED) == 1
    assert promised.count(ACCEPTED) == 3
    assert pasted.returncode == 0
    journal = lab.management.get("/journal").text
    assert '"patch albconfigs"' in journal
    assert '"UploadPCACert"' in journal
    assert "BEGIN CERTIFICATE" not in journal
    assert lab.status["credentials"]["accessKeySecret"] not in journal
