"""The version of this program, the only place that states it; CHANGELOG.md has a heading for each."""

from typing import Final

VERSION: Final = "0.1.0"

USER_AGENT: Final = f"alb-mtls/{VERSION}"
"""What audit logs of cluster and cloud show beside a call."""
