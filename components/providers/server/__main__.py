"""Begin to watch the engine, then be `python -m pulumi.dynamic`."""

import runpy

from components.providers.engine_watch import watch_engine
from components.providers.server.naming import name_resources

if __name__ == "__main__":
    watch_engine()
    name_resources()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
