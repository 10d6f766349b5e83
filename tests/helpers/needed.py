"""Programs that a test needs and that nobody here builds: without one it is skipped, but not in CI."""

import os
import shutil

import pytest


def need(*programs: str) -> None:
    """Skip a test for want of a program; fail it where `CI` is set."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{', '.join(missing)} missing; CI=1 skips nothing")
    if missing:
        pytest.skip(f"{', '.join(missing)} missing")
