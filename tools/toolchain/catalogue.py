"""The programs: where each is built from, and from which version on an installed one will do."""

import re
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.errors import ToolchainError
from tools.toolchain.versions import Version

PROJECT = Path(__file__).resolve().parents[2]
MODULES = PROJECT / "tools" / "go"


@dataclass(frozen=True, kw_only=True)
class ModuleFile:
    """A file that is copied, executable, from the source of a Go module of the same build."""

    module: str
    path: str

    @property
    def name(self) -> str:
        """The name it is given beside the program."""
        return Path(self.path).name


@dataclass(frozen=True, kw_only=True)
class Program:
    """A program, its pinned source and its requirements.

    Attributes:
        name: The name of its binary.
        folder: Its Go tools module, below tools/go.
        module: The Go module whose version in that module's go.mod is the program's own.
        package: The Go package that is built.
        version_variables: Linker variables with a template each of `{version}`, `{major}`, `{minor}`.
        version_arguments: What makes an installed one print its version.
        oldest: The oldest installed version that is taken.
        oldest_because: Why no older one is.
        beside: Programs without which an installed one is not complete.
        files: Files that are laid beside the one that is built.
        belongs_to: The program whose installation brings this one; they are chosen together.
        usual_minutes: Time of a cold build on 2 cores (docs/facts/toolchain.md, Build times).
        module_gigabytes: Its share of the 3.8 GB of downloaded modules that all six were measured to take.
        build_gigabytes: Its share of the 4.4 GB of Go's build cache that all six were measured to take.
        binary_gigabytes: What the binary takes.
    """

    name: str
    folder: str
    module: str
    package: str
    version_variables: tuple[tuple[str, str], ...] = ()
    version_arguments: tuple[str, ...] = ("--version",)
    oldest: Version
    oldest_because: str
    beside: tuple[str, ...] = ()
    files: tuple[ModuleFile, ...] = ()
    belongs_to: str = ""
    usual_minutes: float
    module_gigabytes: float
    build_gigabytes: float
    binary_gigabytes: float

    @property
    def source(self) -> Path:
        """The folder of its Go tools module."""
        return MODULES / self.folder

    @property
    def pinned(self) -> str:
        """The version that is built, as go.mod writes it.

        Raises:
            ToolchainError: go.mod does not name the module.
        """
        return pinned_version(self.source / "go.mod", self.module)


def pinned_version(go_mod: Path, module: str) -> str:
    """Return the version at which a go.mod requires a module.

    Raises:
        ToolchainError: It does not require it.
    """
    found = re.search(rf"^(?:require)?\s*{re.escape(module)} (v\S+)", go_mod.read_text(), re.MULTILINE)
    if found is None:
        message = f"{go_mod} does not require {module}: restore it with `git checkout -- {go_mod}`"
        raise ToolchainError(message)
    return found[1]


_PULUMI_SDK = "github.com/pulumi/pulumi/sdk/v3"
_KUBERNETES_VERSION = "k8s.io/component-base/version"

PROGRAMS = (
    Program(
        name="zlint",
        folder="zlint",
        module="github.com/zmap/zlint/v3",
        package="github.com/zmap/zlint/v3/cmd/zlint",
        version_variables=(("main.version", "{version}"),),
        version_arguments=("-version",),
        oldest=Version(3, 7),
        oldest_because="the set of lints is that of 3.7",
        usual_minutes=1,
        module_gigabytes=0.1,
        build_gigabytes=0.1,
        binary_gigabytes=0.01,
    ),
    Program(
        name="kube-apiserver",
        folder="kubernetes",
        module="k8s.io/kubernetes",
        package="k8s.io/kubernetes/cmd/kube-apiserver",
        version_variables=(
            (f"{_KUBERNETES_VERSION}.gitVersion", "{version}"),
            (f"{_KUBERNETES_VERSION}.gitMajor", "{major}"),
            (f"{_KUBERNETES_VERSION}.gitMinor", "{minor}"),
        ),
        oldest=Version(1, 34),
        oldest_because="that is two minor releases below the one the lab was measured with",
        usual_minutes=7,
        module_gigabytes=1.2,
        build_gigabytes=1.5,
        binary_gigabytes=0.11,
    ),
    Program(
        name="etcd",
        folder="kubernetes",
        module="go.etcd.io/etcd/server/v3",
        package="go.etcd.io/etcd/server/v3",
        oldest=Version(3, 5, 13),
        oldest_because="kube-apiserver reads from its cache only with the watch progress that 3.5.13 got right",
        usual_minutes=0.3,
        module_gigabytes=0.1,
        build_gigabytes=0.1,
        binary_gigabytes=0.03,
    ),
    Program(
        name="caddy",
        folder="caddy",
        module="github.com/caddyserver/caddy/v2",
        package="github.com/caddyserver/caddy/v2/cmd/caddy",
        version_variables=(("github.com/caddyserver/caddy/v2.CustomVersion", "{version}"),),
        version_arguments=("version",),
        oldest=Version(2, 11),
        oldest_because="refusals and reloads were measured with 2.11",
        usual_minutes=2,
        module_gigabytes=0.6,
        build_gigabytes=0.8,
        binary_gigabytes=0.06,
    ),
    Program(
        name="pulumi",
        folder="pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        version_variables=((f"{_PULUMI_SDK}/go/common/version.Version", "{version}"),),
        version_arguments=("version",),
        oldest=Version(3, 259),
        oldest_because="the order of deletes and restores was proved with 3.259",
        beside=("pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"),
        files=(
            ModuleFile(module=_PULUMI_SDK, path="python/cmd/pulumi-language-python-exec"),
            ModuleFile(module=_PULUMI_SDK, path="python/dist/pulumi-resource-pulumi-python"),
        ),
        usual_minutes=8,
        module_gigabytes=1.7,
        build_gigabytes=1.7,
        binary_gigabytes=0.12,
    ),
    Program(
        name="pulumi-language-python",
        folder="language-python",
        module=_PULUMI_SDK,
        package=f"{_PULUMI_SDK}/python/cmd/pulumi-language-python",
        oldest=Version(3, 68),
        oldest_because="the pulumi of the same installation decides",
        belongs_to="pulumi",
        usual_minutes=0.5,
        module_gigabytes=0.2,
        build_gigabytes=0.2,
        binary_gigabytes=0.02,
    ),
)
BY_NAME = {program.name: program for program in PROGRAMS}
