"""The command `inventory`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.command import FINE, JsonOption, StackOption, end
from ops.errors import OpsError
from ops.inventory import denied, inventory_of
from ops.inventory_text import DigestChoice, print_deny_list, print_inventory
from ops.output import Output
from ops.stack import StackSource, read_state


def inventory(
    *,
    stack: StackOption = None,
    deny_list: Annotated[
        bool,
        typer.Option("--deny-list", help="Only the fingerprints of forgotten certificates, one a line."),
    ] = False,
    superseded: Annotated[
        bool,
        typer.Option(
            "--superseded",
            help="In a deny list: also superseded ones. Clients that have not fetched their new files are locked out.",
        ),
    ] = False,
    digest: Annotated[
        DigestChoice, typer.Option("--digest", help="Of the fingerprints in a deny list: that of your ALB's header.")
    ] = DigestChoice.SHA256,
    as_json: JsonOption = False,
) -> None:
    """List every certificate that the stack knows of: current, superseded and forgotten, of all generations."""
    output = Output(as_json=as_json)

    def run() -> int:
        if not deny_list and (superseded or digest is not DigestChoice.SHA256):
            message = "--superseded and --digest are for a deny list; add --deny-list"
            raise OpsError(message)
        now = datetime.now(UTC)
        state = read_state(StackSource(stack=stack))
        entries = inventory_of(state, now)
        if deny_list:
            listed = denied(entries, state, now, superseded=superseded)
            left_off = [] if superseded else [one for one in entries if one.may_be_in_use and one.status == "forgotten"]
            print_deny_list(listed, digest.digests, output, left_off=left_off)
        elif as_json:
            output.document({"at": now.isoformat(), "certificates": [one.to_json() for one in entries]})
        else:
            print_inventory(entries, now, output)
        return FINE

    end(output, run)
