"""A machine of the test's own: a PATH with nothing on it, an empty cache, and a Go that only pretends."""

import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.toolchain import building
from tools.toolchain.programs import BY_NAME, Program, cache_folder

_FAKE_GO = """PATH=/usr/bin:/bin; cd {here}
case $1 in
list) echo {here}/sdk ;;
build)
  for package; do :; done
  while [ $# -gt 0 ]; do [ "$1" = -o ] && output=$2; shift; done
  [ -e "$output" ] && echo "not an object file" && exit 1
  echo "$package" >> builds; env > environment; echo half > "$output"
  {while_building}
  echo '#!/bin/sh' > "$output"; chmod 755 "$output" ;;
esac"""


@dataclass(frozen=True)
class Machine:
    """Installs programs that only print a version, and a Go that writes down what it builds."""

    folder: Path

    def install(self, name: str, prints: str = "", *, folder: str = "bin") -> Path:
        """Install a program that prints a text."""
        return self.script(self.folder / folder / name, f"echo {shlex.quote(prints)}")

    def script(self, path: Path, text: str = "") -> Path:
        """Install a program."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def install_go(self, *, while_building: str = "true") -> None:
        """Install a Go that builds empty programs, and runs some shell when half of one is written."""
        self.script(self.folder / "bin" / "go", _FAKE_GO.format(here=self.folder, while_building=while_building))
        for script in BY_NAME["pulumi"].scripts:
            self.script(self.folder / "sdk" / script).chmod(0o444)

    def builds(self) -> list[str]:
        """The packages that Go was asked to build, in order."""
        log = self.folder / "builds"
        return log.read_text().splitlines() if log.exists() else []

    def put_into_cache(self, name: str) -> Path:
        """Have a program lie in the cache as if it had been built."""
        folder = cache_folder(BY_NAME[name])
        program, *_ = [self.script(folder / file) for file in files(BY_NAME[name])]
        return program


def files(program: Program) -> list[str]:
    """Return the names of a program's binary and of all that has to lie beside it."""
    return [program.name, *(part.name for part in program.parts), *(Path(path).name for path in program.scripts)]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on which nothing is installed and nothing was built."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    (tmp_path / "meminfo").write_text("MemAvailable: 8000000 kB\n")
    monkeypatch.setattr(building, "_MEMORY_OF_THE_MACHINE", tmp_path / "meminfo")
    monkeypatch.setattr(building, "_LIMIT_OF_THE_CONTAINER", tmp_path / "memory.max")
    monkeypatch.delenv("GOMAXPROCS", raising=False)
    return Machine(tmp_path)
