"""What the next resource needs, loaded while this one waits."""

import importlib
from contextlib import suppress
from threading import Thread

from alb_mtls.imports import import_turn


def load_beside(*modules: str) -> Thread:
    """Import modules in a thread of their own; who needs one that cannot be imported is who reports it."""

    def load() -> None:
        for module in modules:
            with suppress(ImportError), import_turn:
                importlib.import_module(module)

    thread = Thread(target=load, name="load-beside", daemon=True)
    thread.start()
    return thread
