"""What of the Pulumi CLI and its variables an `up` refuses. README.md has the table of everything that is supported."""

import re
from collections.abc import Mapping
from typing import Final

from alb_mtls.redaction import quoted

# From here on the order of deletes and restores was proved (tests/stack).
OLDEST_CLI: Final = "3.259.0"
NEXT_MAJOR: Final = 4
SUPPORTED_CLI: Final = f">={OLDEST_CLI} <{NEXT_MAJOR}.0.0"
"""As the engine compares it."""

_SKIP_CHECKPOINTS = "PULUMI_SKIP_CHECKPOINTS"
_TRUE = frozenset({"1", "true"})
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
_LONGEST_WORDS = 300


def other_cli(answer: str) -> str:
    """Return the sentence that refuses a CLI; `answer` says what it is."""
    return (
        f"this program needs the Pulumi CLI in version {OLDEST_CLI} or later, below {NEXT_MAJOR} "
        f"({quoted(answer, _LONGEST_WORDS)}); nothing was touched in cluster and cloud. Install such "
        "a version, and look at it with: pulumi version"
    )


def is_supported(version: str) -> bool:
    """Say whether a version, as `pulumi version` prints it, is one with which this program was tried."""
    found = _VERSION.match(version)
    if found is None:
        return False
    numbers = tuple(map(int, found.groups()))
    return tuple(map(int, OLDEST_CLI.split("."))) <= numbers < (NEXT_MAJOR, 0, 0)


def is_set(environment: Mapping[str, str], name: str) -> bool:
    """Say whether a variable holds what Pulumi takes for true."""
    return environment.get(name, "").strip().lower() in _TRUE


def without_checkpoints(environment: Mapping[str, str]) -> str | None:
    """Return the sentence that refuses a variable with which the state is saved only at the end of a run.

    The id of the deployment, the token of a claim and the name of the repository must be saved before anything is
    written: else a killed run leaves a listener that its own stack is refused.
    """
    if not is_set(environment, _SKIP_CHECKPOINTS):
        return None
    return (
        f"{_SKIP_CHECKPOINTS} is set: Pulumi then saves the state only at the end, and a run that is killed loses "
        f"what it has claimed and uploaded; nothing was touched in cluster and cloud. Run it again "
        f"without that variable: unset {_SKIP_CHECKPOINTS}"
    )
