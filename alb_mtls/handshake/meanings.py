"""What it means, for people, that a client was wrongly accepted or rejected, and what to do about it."""

from collections.abc import Mapping

from alb_mtls.handshake.checks import Client

_OF_NO_CA = "the listener does not check certificates against the CA; compare the CA on the listener with that in CAS"
_AT_NO_TIME = "the listener does not check when a certificate begins and ends; report this to the cloud"
_STILL_TRUSTED = (
    "the listener still trusts that generation, on some machines of the ALB at least; run the command again, with "
    "a longer proof.deadlineSeconds if it fails again, and compare the CA on the listener with that in CAS"
)
IMPOSTORS: Mapping[Client, str] = {
    Client.OTHER_CA: _OF_NO_CA,
    Client.OTHER_CA_SAME_NAME: _OF_NO_CA,
    Client.SELF_SIGNED: _OF_NO_CA,
    Client.EXPIRED: _AT_NO_TIME,
    Client.NOT_YET_VALID: _AT_NO_TIME,
    Client.WRONG_USAGE: (
        "the listener does not check what a certificate is for, so every server with a certificate of this CA is a "
        "client; use a CA that signs clients only"
    ),
    Client.OLD_GENERATION: _STILL_TRUSTED,
    Client.OLD_GENERATION_WITH_ALL: _STILL_TRUSTED,
}
"""By client with a certificate that must be rejected: what it means that it was accepted, and what to do."""

TAKES_NO_CROSS = (
    ", and accepted one that its own CA has signed: a listener that takes no longer chain (a verify depth that is too "
    "small) does so, and rejects all clients of the newer generation until it trusts that one, so that no rollover "
    "keeps all clients there: set rootCa.trusted to the newer generation and name the older one in rootCa.abandoned, "
    "whose clients are rejected from then on, or take the newer one out of rootCa.generations"
)
"""What it means that a client of a newer generation is rejected, and what to do; goes on after the rejection."""

_FOLLOWS_THE_CROSS = (
    ", and accepted one that sends none: it follows that certificate to the older generation, which it does not trust, "
    "and rejects every client until it has files without it; name the older generation in rootCa.abandoned and take it "
    "out of rootCa.generations together with the swap, so that clients are handed no cross certificate"
)
CROSSED: Mapping[Client, str] = {
    Client.WITH_CROSS: TAKES_NO_CROSS,
    Client.STILL_WITH_CROSS: _FOLLOWS_THE_CROSS,
}
"""By client that sends a cross certificate: what it means that it was rejected; goes on after the rejection."""

_UNTIL_THEY_END = (
    "each run opens new ones, so run the command again with a proof.deadlineSeconds that is longer than they last; if "
    "that fails too, report it to the cloud"
)
RESUMED: Mapping[Client, str] = {
    Client.RESUMED_WITHOUT: f"the listener resumes old TLS sessions; {_UNTIL_THEY_END}",
    Client.RESUMED_OLD_GENERATION: (
        f"the listener resumes TLS sessions that clients of the former CA have opened; {_UNTIL_THEY_END}"
    ),
    Client.RESUMED_ELSEWHERE: (
        "whoever can open a session there gets in here; request client certificates on every HTTPS listener of this "
        "ALB, or move this one to an ALB of its own"
    ),
}
"""By client that resumes a session which must count for nothing: what it means that it was accepted."""
