"""What whoever receives a client's files must do with them, and the page for each kind of client. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from alb_mtls.pki.encoding import fingerprint, load_certificate, load_chain
from ops.state_records import ClientRecord, CrossRecord

_FOLDER = "docs/how-to/handing-over"
OVERVIEW = f"{_FOLDER}/README.md"
PAGES = {
    kind: f"{_FOLDER}/{page}.md"
    for kind, page in {
        "curl": "curl",
        "Python": "python",
        "Java": "java",
        "Go or Node.js": "go-and-node",
        "browser or operating system": "browsers",
        "Kubernetes Secret": "kubernetes",
        "cert-manager": "cert-manager",
    }.items()
}
"""The page of each kind of client, in this repository."""


@dataclass(frozen=True, kw_only=True)
class HandingOver:
    """What goes to the receiver beside the files.

    Attributes:
        steps: what the receiver must do, in order.
        pages: by kind of client, where each command stands.
    """

    steps: tuple[str, ...]
    pages: dict[str, str] = field(default_factory=lambda: dict(PAGES))

    def to_json(self) -> dict[str, Any]:
        """Return it for scripts."""
        return {"steps": list(self.steps), "pages": self.pages}


def handing_over(client: ClientRecord, crosses: Iterable[CrossRecord] = ()) -> HandingOver:
    """Return what the receiver of this client's files must do.

    Args:
        client: of the stack.
        crosses: cross certificates of the stack.

    Raises:
        PkiError: a certificate in the state cannot be read.
    """
    name, chain = client.name.rpartition("/")[2], load_chain(client.chain_pem)
    end = chain[0].not_valid_after_utc
    if client.private_key_pem is None:
        first = f"put {name}.chain.pem beside the client's own key, in the place of the former one"
    else:
        first = (
            f"put {name}.chain.pem and {name}.key, or {name}.p12, where only the client's account can read them; "
            "the password of the .p12 must come by another way"
        )
    sent = {fingerprint(one) for one in chain[1:]}
    crossed = {one: fingerprint(load_certificate(one.pem)) for one in crosses}
    # What a listener that trusts the newer root does not need.
    if sent - {known for one, known in crossed.items() if not one.in_use}:
        second = (
            f"configure the client with {name}.chain.pem, not {name}.crt: it must send all {len(chain)} certificates, "
            "or it is rejected"
        )
    else:
        second = (
            f"configure the client with {name}.chain.pem, not {name}.crt, which is not enough when a CA is replaced"
        )
    third = f"install new files before {end:%Y-%m-%d %H:%M} UTC, when this certificate ends"
    if client.renewal is not None:
        third += f"; a `pulumi up` from {client.renewal.due:%Y-%m-%d} on makes them, and another export writes them"
    elif client.validity is not None:
        third += ", with its root CA; the next generation of that CA makes new ones (docs/how-to/rollover.md)"
    ahead = [one for one, known in crossed.items() if one.in_use and known in sent]
    swaps = [
        f"install these files before the stack's rootCa.trusted becomes {one.generation}: from then on a certificate "
        f"of generation {one.signer_generation} is rejected"
        for one in ahead
    ]
    return HandingOver(steps=(first, second, *swaps, third))
