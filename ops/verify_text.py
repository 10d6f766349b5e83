"""How `verify` reads to a person."""

from collections.abc import Iterator

from alb_mtls.handshake.checks import Proof
from ops.output import Output
from ops.status_text import print_findings
from ops.verify import Verification, Verified

_YES_OR_NO = {True: "yes", False: "NO"}


def print_verification(verification: Verification, output: Output) -> None:
    """Print what each listener has shown, then what is wrong and what is not known."""
    output.line(f"stack {verification.project}/{verification.stack}")
    for one in verification.listeners:
        output.line(f"{one.listener.key.label}: {_summary(one)}")
        if one.proof is not None:
            columns = ("address", "TLS", "HTTP", "client", "must be", "was", "as it must")
            output.line(f"CAs that the listener names to its clients: {_offered(one.proof)}")
            output.table(f"probed as {one.probed_as}", columns, _checks(one.proof))
    print_findings(verification.findings, verification.unknown, output)


def _summary(one: Verified) -> str:
    if one.proof is None or one.failed:
        return "NOT PROVEN" if one.findings else "not known"
    if not one.listener.deployed.enabled:
        return "proven: every client is accepted, as desired"
    if not one.proof.proven:
        return "clients without a certificate of this CA are rejected; that a client with one is accepted was not shown"
    return f"proven in {one.proof.rounds} rounds: a certificate of this CA is accepted, everything else is rejected"


def _checks(proof: Proof) -> Iterator[tuple[str, ...]]:
    for check in proof.checks:
        route = check.route
        yield (
            route.target.label,
            route.tls,
            route.http,
            str(check.client),
            str(check.expected),
            check.result.summary,
            _YES_OR_NO[check.passed],
        )


def _offered(proof: Proof) -> str:
    names = sorted({name for check in proof.checks for name in check.result.ca_names_text})
    return "; ".join(names) or "none"
