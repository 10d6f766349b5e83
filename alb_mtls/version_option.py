"""`--version` of the commands; apart from the version itself, which the program loads and no command line."""

from typing import Annotated

import typer

from alb_mtls.version import VERSION


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the value alone
    if wanted:
        typer.echo(f"alb-mtls {VERSION}")
        raise typer.Exit


VersionOption = Annotated[
    bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
]
"""An option of an app's callback, which it ends before any command runs."""
