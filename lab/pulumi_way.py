"""The job with the program of this project, as text to paste into bash; `lab.procedure` has the same by hand."""

import shlex
from typing import TYPE_CHECKING

from lab.paths import PROJECT
from lab.procedure import ACCEPTED, REJECTED, Step, as_text, request_function
from lab.stack_file import STACK, own_file, where

if TYPE_CHECKING:
    from lab.paths import LabPaths
    from lab.status import Status

_OWN_FILE = "The dev stack's file with the ports of this lab"


def pulumi_text(paths: "LabPaths", status: "Status") -> str:
    """Return all commands for a running lab.

    Raises:
        StackFileMissingError: the dev stack has no file.
    """
    return as_text(_steps(paths, status))


def _steps(paths: "LabPaths", status: "Status") -> list[Step]:
    folder = paths.folder.relative_to(PROJECT)
    file, named = own_file(paths, status), where(paths, status)
    client = folder / "alice"
    certificate = f'--cert "{client}/alice.chain.pem" --key "{client}/alice.key"'
    address = status["albconfigs"]["alb"]["listeners"]["443/HTTPS"]["address"]
    return [
        Step(
            title="The lab's environment, and a short name for a long command",
            commands=f"""
cd {shlex.quote(str(PROJECT))}
eval "$(.venv/bin/{paths.command("env")})"
{request_function(folder / paths.server_ca.name, address)}
""",
        ),
        *([Step(title=_OWN_FILE, commands=f"{paths.command('stack-file')} > {file}")] if file else []),
        Step(title="A stack; its state is kept in the lab", commands=f"pulumi stack select --create {STACK}"),
        Step(title="What would happen, and to whom", commands=f"pulumi preview {named}"),
        Step(title="Do it; it ends when handshakes have proven it", commands=f"pulumi up --yes {named}"),
        Step(title="A request without a certificate is rejected", commands="request", answer=REJECTED),
        Step(
            title="A request with alice's certificate is accepted",
            commands=f"python -m ops export alice --stack {STACK} --out {client}\nrequest {certificate}",
            answer=ACCEPTED,
        ),
        Step(
            title="All proofs once more; a way around the listener, such as port 80 of this lab, is a finding",
            commands=f'python -m ops verify {named} || echo "exit code $?"',
            answer="exit code 1",
        ),
        Step(title="Give everything back exactly as it was", commands=f"pulumi destroy --yes {named}"),
        Step(title="Done; the stack's file stays", commands=f"pulumi stack rm --yes {STACK}"),
    ]
