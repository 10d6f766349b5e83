"""Provides the programs that no package registry ships: pulumi, kube-apiserver, etcd, caddy, zlint, and more.

Standard library only: it runs under the system's Python before there is a virtual environment.
`python3 -m tools.toolchain` provides all of them; `locate` and `bin_directories` tell where they are.
"""

from tools.toolchain.programs import ProgramMissingError, ToolchainError, bin_directories, locate

__all__ = ["ProgramMissingError", "ToolchainError", "bin_directories", "locate"]
