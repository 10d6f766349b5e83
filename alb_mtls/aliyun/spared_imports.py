"""Imports of the SDKs without four packages that they load and no call here needs.

darabonba-core and alibabacloud-tea import aiohttp for asynchronous calls and websocket for such connections,
alibabacloud-credentials imports aiofiles for asynchronous calls and apscheduler for the role of an ECS instance:
together more CPU time than all else that a call to the cloud loads
(docs/decisions/2026-11-28-what-program-and-provider-load.md). While the SDKs are imported a stand-in has the place of
each. Afterwards `import aiohttp` finds the package itself, and whatever an SDK uses of a stand-in comes from there.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Final

from alb_mtls.imports import import_turn

_NAMES: Final = {
    "aiofiles": (),
    "aiohttp": ("ClientResponse", "ClientSession"),
    "apscheduler.schedulers.background": ("BackgroundScheduler",),
    "websocket": (),
    "websocket._abnf": ("ABNF",),
}
"""What the SDKs read of each while they are imported; they call these later, if at all."""


@contextmanager
def spared_imports() -> Iterator[None]:
    """Import the SDKs inside this; a package that is loaded already stays as it is."""
    with import_turn:
        made = [_StandIn(module, names) for module, names in _NAMES.items() if module not in sys.modules]
        try:
            yield
        finally:
            for one in made:
                one.leave()


class _StandIn(ModuleType):
    """A module until its first use, which loads the real one."""

    def __init__(self, name: str, names: tuple[str, ...]) -> None:
        super().__init__(name)
        vars(self).update({one: _Later(name, one) for one in names})
        self._names = names
        sys.modules[name] = self

    def leave(self) -> None:
        """Give the place in `sys.modules` back."""
        for one in self._names:
            vars(self).pop(one, None)
        self._names = ()
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]

    def __getattr__(self, name: str) -> Any:
        # The import system looks for such names, of a package for instance, without a need for them.
        if name.startswith("__"):
            raise AttributeError(name)
        return _real(self.__name__, name)


class _Later:
    """A class of such a module, loaded when it is used in any way: called, derived from, read, joined with `|`."""

    def __init__(self, module: str, name: str) -> None:
        self._at = (module, name)

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return _real(*self._at)(*arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(_real(*self._at), name)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return (_real(*self._at),)

    def __instancecheck__(self, one: object) -> bool:
        return isinstance(one, _real(*self._at))

    def __or__(self, other: Any) -> Any:
        return _real(*self._at) | other

    def __ror__(self, other: Any) -> Any:
        return other | _real(*self._at)


def _real(module: str, name: str) -> Any:
    # Another thread may import an SDK at this moment, with a stand-in of its own.
    with import_turn:
        # All of its package: the real one imports its own modules.
        package = module.partition(".")[0]
        for standing in [sys.modules.get(one) for one in _NAMES if one.partition(".")[0] == package]:
            if isinstance(standing, _StandIn):
                standing.leave()
        return getattr(importlib.import_module(module), name)
