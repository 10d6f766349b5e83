"""Begin to watch the engine, then be `python -m pulumi.dynamic`."""

import runpy

from components.providers.engine_watch import watch_engine

if __name__ == "__main__":
    watch_engine()
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
