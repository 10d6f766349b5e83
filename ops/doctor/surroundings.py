"""Examining the environment of the program: logs that would show secrets."""

import os
from collections.abc import Iterator, Mapping

from ops.doctor.diagnosis import Line, fine, problem

# Variable: what it makes a program write down.
_LEAKS = {
    "PULUMI_DEBUG_GRPC": "the Pulumi CLI writes every value of every resource, keys included, into a file",
    "TF_LOG": "pulumi-alicloud writes its requests into the log, credentials among them",
}
# `-v=9` shows secrets (docs/facts/pulumi.md, Logs that show secrets), and the CLI takes its flags from variables too.
_VERBOSE = ("PULUMI_OPTION_VERBOSE", "PULUMI_OPTION_LOGTOSTDERR", "PULUMI_OPTION_LOGFLOW")
_SDK_DEBUG = "DEBUG"


def examine_surroundings(environment: Mapping[str, str] = os.environ) -> Iterator[Line]:
    """Look for settings that put secrets into logs."""
    topic = "logging"
    leaks = [f"{name} is set: {what}" for name, what in _LEAKS.items() if environment.get(name)]
    leaks += [
        f"{name} is set: verbose logging of the Pulumi CLI shows secrets in the clear"
        for name in _VERBOSE
        if environment.get(name)
    ]
    if "sdk" in environment.get(_SDK_DEBUG, "").split(","):
        leaks.append(f"{_SDK_DEBUG}=sdk is set: the Alibaba Cloud SDKs print headers, security tokens among them")
    for leak in leaks:
        yield problem(topic, leak, f"unset {leak.split()[0].partition('=')[0]}, and delete what it has written")
    if not leaks:
        yield fine(topic, "nothing in the environment makes a program write secrets down")
