"""How long `make demo` takes where nothing is there yet, and again once it is set up."""

import os
from contextlib import suppress

from pydantic import BaseModel

from tools.bench.clone import clone, make
from tools.bench.errors import BenchError
from tools.bench.section import Bench, Goal, Section
from tools.bench.table import Table


class Cold(BaseModel):
    """Seconds of the first `make demo`, and of a second."""

    first: float
    again: float


def measure(bench: Bench) -> Cold:
    """Play the demo in a fresh clone, with a home that is empty.

    Raises:
        BenchError: it failed.
    """
    tree, home = clone(bench.folder), bench.folder / "home"
    home.mkdir()
    # Caches of Go, pip and our tools are below the home; whatever else leads to them is taken away.
    of_home = {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "PULUMI_HOME": str(home / ".pulumi")}
    # Else nobody but root could remove what Go has fetched.
    flags = f"{os.environ.get('GOFLAGS', '')} -modcacherw".strip()
    caches = {"GOPATH": str(home / "go"), "GOCACHE": str(home / ".cache" / "go-build"), "GOFLAGS": flags}
    environment = {**of_home, **caches, "PIP_CACHE_DIR": str(home / ".cache" / "pip")}
    try:
        bench.report("cold: make demo in a fresh clone with an empty home")
        first = make(tree, "demo", **environment)
        make(tree, "demo-down", **environment)
        bench.report("cold: make demo again")
        again = make(tree, "demo", **environment)
    finally:
        with suppress(BenchError):
            make(tree, "demo-down", **environment)
    return Cold(first=first.seconds, again=again.seconds)


def _tables(figures: Cold) -> list[Table]:
    return [
        Table(
            title="The demo",
            columns=("`make demo`", "time"),
            rows=[
                ("cold: a fresh clone, an empty home, nothing cached", f"{figures.first:.0f} s"),
                ("again, once it is set up", f"{figures.again:.0f} s"),
            ],
            notes=["The first fetches and builds whatever it runs; how long that takes depends on the network too."],
        )
    ]


def _goals(figures: Cold) -> list[Goal]:
    minutes, seconds = divmod(round(figures.first), 60)
    return [
        Goal(
            figure="cold `make demo`: a fresh clone, nothing cached",
            aim="shown",
            measured=f"{minutes} min {seconds} s; {figures.again:.0f} s once it is set up",
        )
    ]


SECTION = Section(name="cold", figures=Cold, measure=measure, tables=_tables, goals=_goals, by_default=False)
