"""Each command of the first steps is one that `make lab` prints, which a test pastes into bash, or a target of make."""

import re
from typing import Any

from lab.paths import LabPaths
from lab.ports import DEFAULT_LISTENER_PORTS, DEFAULT_PORTS
from lab.pulumi_way import pulumi_text
from tests.helpers.documents import REPOSITORY, read

STATUS: Any = {
    "endpoints": {"cas": f"127.0.0.1:{DEFAULT_PORTS['cas']}", "alb": f"127.0.0.1:{DEFAULT_PORTS['alb']}"},
    "albconfigs": {
        "alb": {"listeners": {"443/HTTPS": {"address": f"127.0.0.1:{DEFAULT_LISTENER_PORTS['alb', '443/HTTPS']}"}}}
    },
}
PRINTED = pulumi_text(LabPaths.of(), STATUS)
# With the lines that go on with them.
COMMANDS = [
    re.sub(r"\n *> ", "\n", command)
    for command in re.findall(r"^ *\$ (.+(?:\n *> .+)*)$", read("start/first-steps.md"), re.MULTILINE)
]


def test_each_command_is_one_that_make_lab_prints_or_a_target_of_make() -> None:
    targets = re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text("utf-8"), re.MULTILINE)
    known = {f"make {target}" for target in targets}
    assert [command for command in COMMANDS if command not in known and f"{command}\n" not in PRINTED] == []


def test_each_command_that_make_lab_prints_is_one_of_the_page() -> None:
    text = "\n".join(COMMANDS)
    printed = [line for line in PRINTED.splitlines() if line and not line.startswith(("#", "cd "))]
    assert [line for line in printed if line not in text] == []
