"""Imports inside functions, one thread at a time.

Python locks each module that it imports. Where two threads import modules of one package in another order, each waits
for what the other has: Python finds that out and gives one of them a module that is imported in part, so that its
import fails for a name that is there (docs/decisions/2026-11-28-threads-import-in-turn.md).

Trap: Python's locks come after this one, always. A module that took it at its top, while a thread that has it waits
for that module, would hang the process for good. In a block of it stands nothing but imports
(tests/unit/test_imports_in_turn.py).
"""

from threading import RLock
from typing import Final

import_turn: Final = RLock()
"""To be held by `with` around every import inside a function."""
