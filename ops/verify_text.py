"""How `verify` reads to a person."""

from collections.abc import Iterator

from alb_mtls.handshake.checks import Proof
from ops.output import Output
from ops.status_text import print_accepted, print_findings
from ops.verify import Verification, Verified

_YES_OR_NO = {True: "yes", False: "NO"}


def print_verification(verification: Verification, output: Output) -> None:
    """Print what each listener has shown, then what is wrong and what is not known."""
    output.line(f"stack {verification.project}/{verification.stack}")
    for one in verification.listeners:
        output.line(f"{one.listener.key.label}: {_summary(one)}")
        if one.proof is not None:
            columns = ("address", "TLS", "HTTP", "client", "must be", "was", "as it must")
            for sentence in _reach(one.proof):
                output.line(sentence)
            output.line(f"CAs that the listener names to its clients: {_offered(one.proof)}")
            output.table(f"probed as {one.probed_as}", columns, _checks(one.proof))
    print_findings(verification.findings, verification.unknown, output)
    print_accepted(verification.accepted, output)


def _summary(one: Verified) -> str:
    if one.proof is None or one.failed:
        return "NOT PROVEN" if one.findings else "not known"
    if not one.listener.deployed.enabled:
        return "proven: every client is accepted, as desired"
    if not one.proof.proven:
        return "clients without a certificate of this CA are rejected; that a client with one is accepted was not shown"
    return "proven: a certificate of this CA is accepted, everything else is rejected"


def _reach(proof: Proof) -> Iterator[str]:
    """Yield how far a proof reaches."""
    asked, known = proof.addresses_asked, proof.addresses_known
    if proof.proven:
        yield (
            f"{proof.connections} fresh connections in a row to each of {len(asked)} addresses were answered as they "
            f"must be: of the machines that connections from here are spread over, at most {proof.bound:.1%} do not "
            "(95 %)"
        )
    missing = [address for address in known if address not in asked]
    if missing:
        yield f"not probed of the {len(known)} addresses of the ALB: {', '.join(missing)}"
    for one in proof.not_tried:
        yield f"not tried: {one}"


def _checks(proof: Proof) -> Iterator[tuple[str, ...]]:
    for check in proof.checks:
        route = check.route
        yield (
            route.target.label,
            route.tls,
            ", ".join(filter(None, (route.http, route.way.name))),
            str(check.client),
            str(check.expected),
            check.result.summary,
            _YES_OR_NO[check.passed],
        )


def _offered(proof: Proof) -> str:
    names = sorted({name for check in proof.checks for name in check.result.ca_names_text})
    return "; ".join(names) or "none"
