"""Which pages come from the code."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from tests.documents.commands import commands_page
from tests.documents.errors import errors_page
from tests.documents.messages import FOLDER, GROUPS, messages_index, messages_page

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "reference/commands.md": commands_page,
    "reference/errors.md": errors_page,
    f"{FOLDER}/README.md": messages_index,
    **{f"{FOLDER}/{group.name}.md": partial(messages_page, group) for group in GROUPS},
}
"""What makes each page, by its name below docs/."""
