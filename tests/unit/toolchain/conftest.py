"""A machine of the test's own: a PATH with nothing on it, an empty cache, and a Go that only pretends."""

import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.toolchain.catalogue import BY_NAME
from tools.toolchain.selection import choose

_FAKE_GO = """#!/bin/sh
PATH=/usr/bin:/bin
here={here}
case $1 in
env) printf '%s\\n' {version} "$here/modules" "$here/build-cache" {sumdb} ;;
list) echo "$here/modules/source" ;;
build)
  echo "$*" >> "$here/builds"
  env > "$here/environment"
  for last; do :; done
  if [ -e "$here/fails-on" ] && [ "$last" = "$(cat "$here/fails-on")" ]; then
    echo "some/package"; echo "no space for the linker" >&2; exit 1
  fi
  while [ $# -gt 0 ]; do [ "$1" = -o ] && output=$2; shift; done
  if [ -e "$output" ]; then echo "output already exists and is not an object file" >&2; exit 1; fi
  echo "some/package"
  echo whole > "$output"; chmod 755 "$output" ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Installs programs that only tell a version, and a Go that writes down what it is asked to build."""

    folder: Path

    @property
    def bin(self) -> Path:
        """The first folder of PATH."""
        return self.folder / "bin"

    def install(self, name: str, prints: str, *, folder: Path | None = None) -> Path:
        """Install a program that prints a text."""
        return self.script(name, f"#!/bin/sh\necho {shlex.quote(prints)}\n", folder=folder)

    def script(self, name: str, text: str, *, folder: Path | None = None) -> Path:
        """Install a script."""
        path = (folder or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def install_go(self, version: str = "go1.26.8", *, sumdb: str = "a.checksum.database") -> None:
        """Install a Go that builds files instead of programs."""
        text = _FAKE_GO.format(here=shlex.quote(str(self.folder)), version=version, sumdb=sumdb)
        self.script("go", text)
        for file in BY_NAME["pulumi"].files:
            source = self.folder / "modules" / "source" / file.path
            source.parent.mkdir(parents=True, exist_ok=True)
            source.write_text("a script")
            source.chmod(0o444)

    def fail_on(self, package: str) -> None:
        """Have Go fail on a package; on none with an empty name."""
        (self.folder / "fails-on").write_text(package)

    def builds(self) -> list[str]:
        """The packages that Go was asked to build, in order."""
        return [line.split()[-1] for line in self.build_commands()]

    def build_commands(self) -> list[str]:
        """The arguments of each build."""
        log = self.folder / "builds"
        return log.read_text().splitlines() if log.exists() else []

    def build_environment(self) -> dict[str, str]:
        """The environment of the last build."""
        return dict(line.partition("=")[::2] for line in (self.folder / "environment").read_text().splitlines())

    def put_into_cache(self, name: str) -> Path:
        """Have a program lie in the cache as if it had been built."""
        path = choose(BY_NAME[name]).path
        for file in (name, *(file.name for file in BY_NAME[name].files)):
            self.install(file, "built", folder=path.parent)
        return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine on which nothing is installed and nothing was built."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)
    return Machine(folder=tmp_path)
