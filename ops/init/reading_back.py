"""A new stack file, read as the program reads it, before it is written."""

from datetime import datetime

from ops.errors import WrongConfiguration
from ops.init.questions import Questions
from ops.settings import printed_of, settings_of_printed

# Which flag gives the value of a key; the longest beginning counts.
_FLAGS = {
    "alicloud:region": "--region",
    "clients": "--client",
    "rootCa.certificateFile": "--certificate-file",
    "rootCa.keyFile": "--key-file",
    "rootCa.keyPassphrase": "ALB_MTLS_CA_KEY_PASSPHRASE",
    "rootCa.subject": "--subject",
    "rootCa": "--root-ca",
    "listeners": "--listener",
    "cas": "--cas-endpoint",
    "alb": "--alb-endpoint",
    "proof.serverCa": "--server-ca",
    "proof": "--proof-host",
}


def refuse_unreadable(text: str, stack: str, now: datetime, questions: Questions) -> None:
    """Let the questions remember what the program would refuse in a stack file, each with the flag that gives it.

    Args:
        text: of the file.
        stack: name of the stack.
        now: aware, in UTC.
        questions: remembers.
    """
    try:
        settings_of_printed(printed_of(text), stack, now)
    except WrongConfiguration as error:
        for problem in error.problems:
            questions.refuse(_flag(problem), problem)


def _flag(problem: str) -> str:
    found = [key for key in _FLAGS if problem.startswith(key)]
    return _FLAGS[max(found, key=len)] if found else "the stack file"
