"""The programs: what each is built from, which installed ones are recent enough, and where they are."""

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[2]
MODULES = PROJECT / "tools" / "go"
PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"
_SECONDS_TO_ANSWER = 20


class ToolchainError(Exception):
    """The toolchain cannot do what it was asked for; the message is one sentence with the remedy."""


class ProgramMissingError(ToolchainError):
    """A program is neither installed nor built."""


class Program(NamedTuple):
    """A program and the Go package that it is built from.

    Attributes:
        name: The name of its binary.
        folder: Its Go tools module, below tools/go.
        module: The Go module whose version in that go.mod is the program's own.
        command: The path of its command in that module, with its slash; None where it is ours, beside the go.mod.
        oldest: The oldest installed release that is taken; another major version is not. Empty: none is.
        version_argument: What makes it print its version.
        stamps: The linker's options that make it know its version, a template of `{version}`, `{major}` and `{minor}`.
        scripts: Files of Pulumi's SDK, of the version of the same build, that are laid beside it.
        parts: Programs without which it does not work: all are taken or built together, in one folder.
    """

    name: str
    folder: str
    module: str
    command: "str | None"
    oldest: tuple[int, ...] = ()
    version_argument: str = "--version"
    stamps: str = ""
    scripts: tuple[str, ...] = ()
    parts: "tuple[Program, ...]" = ()

    @property
    def package(self) -> str:
        """Its Go package, as `go build` takes it in its folder."""
        return "." if self.command is None else self.module + self.command


# What the lab and the demo run, in the order of building: the two that take longest begin, and etcd takes what
# kube-apiserver has compiled.
LAB = (
    Program(
        name="kube-apiserver",
        folder="kubernetes",
        module="k8s.io/kubernetes",
        command="/cmd/kube-apiserver",
        oldest=(1, 34),
        stamps="-X VERSION.gitVersion={version} -X VERSION.gitMajor={major} -X VERSION.gitMinor={minor}".replace(
            "VERSION", "k8s.io/component-base/version"
        ),
    ),
    Program(
        name="pulumi",
        folder="pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        command="/cmd/pulumi",
        oldest=(3, 259),  # the order of deletes and restores was proved from 3.259 on
        version_argument="version",
        stamps=f"-X {PULUMI_SDK}/go/common/version.Version={{version}}",
        scripts=("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"),
        # Why one so old: docs/facts/toolchain.md, Pulumi's command line and language host. It shares the folder because
        # pulumi warns of a language host that does not lie beside it, and the host looks beside itself for its script.
        parts=(
            Program(
                name="pulumi-language-python",
                folder="language-python",
                module=PULUMI_SDK,
                command="/python/cmd/pulumi-language-python",
            ),
        ),
    ),
    Program(
        name="caddy",
        folder="caddy",
        module="github.com/caddyserver/caddy/v2",
        command="/cmd/caddy",
        oldest=(2, 11),  # refusals and reloads were measured with 2.11
        version_argument="version",
        stamps="-X github.com/caddyserver/caddy/v2.CustomVersion={version}",
    ),
    Program(
        name="etcd",
        folder="kubernetes",
        module="go.etcd.io/etcd/server/v3",
        command="",
        oldest=(3, 5, 13),  # kube-apiserver's cache needs the watch progress that 3.5.13 got right
    ),
)
# And what only tests, checks and the rehearsal run.
PROGRAMS = (
    *LAB,
    Program(
        name="zlint",
        folder="zlint",
        module="github.com/zmap/zlint/v3",
        command="/cmd/zlint",
        oldest=(3, 7),  # the set of lints is that of 3.7
        version_argument="-version",
        stamps="-X main.version={version}",
    ),
    Program(
        name="actionlint",
        folder="actionlint",
        module="github.com/rhysd/actionlint",
        command="/cmd/actionlint",
        oldest=(1, 7, 12),  # what it knows of GitHub's events and runners is that of its release
        version_argument="-version",
    ),
    # A store for states, as clouds offer it: no registry for Python has one whose requirements suit ours.
    Program(name="s3-server", folder="s3-server", module="github.com/rclone/gofakes3", command=None),
)
BY_NAME = {program.name: program for program in PROGRAMS}


def cache_root() -> Path:
    """Return the folder of everything that was built, which may not exist yet."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG base directory specification has relative paths ignored.
    return (configured if configured.is_absolute() else Path.home() / ".cache") / "alb-mtls"


def cache_folder(program: Program) -> Path:
    """Return the folder of a program that is built: the SHA-256 of its go.sum and source, and its parts'."""
    digest = hashlib.sha256()
    for each in (program, *program.parts):
        source = MODULES / each.folder
        for file in (source / "go.sum", *sorted(source.glob("*.go"))):
            digest.update(file.read_bytes())
    return cache_root() / digest.hexdigest() / "bin"


def find(program: Program) -> "Path | None":
    """Return the binary of a program: an installed one that is recent enough, else the built one, else None."""
    installed = [os.environ.get("KUBEBUILDER_ASSETS", ""), *os.environ.get("PATH", "").split(os.pathsep)]
    for folder in installed if program.oldest else ():
        # `python -m lab env` puts the cache on PATH; what lies there is not an installation.
        if _is_whole(program, folder) and not Path(folder).is_relative_to(cache_root()):
            version = _version_of(Path(folder, program.name), program.version_argument)
            if version >= program.oldest and version[0] == program.oldest[0]:
                return Path(folder, program.name).absolute()
    built = cache_folder(program)
    return built / program.name if _is_whole(program, str(built)) else None


def locate(name: str) -> Path:
    """Return the binary of a program.

    Args:
        name: pulumi, kube-apiserver, etcd, caddy, zlint, actionlint or s3-server.

    Raises:
        ProgramMissingError: It is neither installed recently enough nor built yet.
        KeyError: There is no such program.
    """
    found = find(BY_NAME[name])
    if found is None:
        message = f"{name} is neither installed in a recent version nor built: run `make setup`"
        raise ProgramMissingError(message)
    return found


def bin_directories() -> list[Path]:
    """Return the folders to put on PATH so that every program of the lab is found under its name.

    Those of the cache come first: a folder of installed programs may hold one that is too old.

    Raises:
        ProgramMissingError: A program is neither installed recently enough nor built yet.
    """
    folders = dict.fromkeys(locate(program.name).parent for program in LAB)
    return sorted(folders, key=lambda folder: not folder.is_relative_to(cache_root()))


def _is_whole(program: Program, folder: str) -> bool:
    files = (program.name, *(part.name for part in program.parts), *(Path(script).name for script in program.scripts))
    return all(shutil.which(file, path=folder) for file in files)


def _version_of(binary: Path, argument: str) -> tuple[int, ...]:
    """Return the first version that a program prints; empty where it cannot be run, fails or prints none."""
    # Without it `pulumi version` asks Pulumi's site for updates.
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [str(binary), argument], env=environment, capture_output=True, timeout=_SECONDS_TO_ANSWER, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    printed = (answer.stdout + answer.stderr).decode(errors="replace")
    found = re.search(r"(?<![\w.])v?(\d+)\.(\d+)(?:\.(\d+))?", printed)
    return tuple(int(number or 0) for number in found.groups()) if found else ()
