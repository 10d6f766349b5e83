"""Which Pulumi CLI may run the program. README.md has the table of everything that is supported."""

from typing import Final

import pulumi

from alb_mtls.redaction import quoted
from components.printing import stop

# From here on the order of deletes and restores was proved (tests/stack).
OLDEST_CLI: Final = "3.259.0"
NEXT_MAJOR: Final = 4
_LONGEST_WORDS = 300


def refuse_other_cli() -> None:
    """Refuse a Pulumi CLI that this program was never tried with; without an engine nothing is compared.

    Raises:
        pulumi.RunError: names the versions that are supported.
    """
    try:
        pulumi.require_pulumi_version(f">={OLDEST_CLI} <{NEXT_MAJOR}.0.0")
    except pulumi.RunError:
        raise
    except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower
        answer = quoted(str(error), _LONGEST_WORDS)
    else:
        return
    # Raised out here so that it has no context, which would be printed too.
    sentence = (
        f"this program needs the Pulumi CLI in version {OLDEST_CLI} or later, below {NEXT_MAJOR} ({answer}); nothing "
        "was touched. Install such a version, and look at it with: pulumi version"
    )
    raise stop(sentence)
