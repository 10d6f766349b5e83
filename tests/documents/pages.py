"""Which pages come from the code."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.documents.commands import commands_page

PAGES: Final[Mapping[str, Callable[[], str]]] = {"reference/commands.md": commands_page}
"""What makes each page, by its name below docs/."""
