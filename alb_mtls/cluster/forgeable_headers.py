"""Ways on which a client can send the identity headers of a listener itself to what is behind it. Pure.

A backend that reads such a header takes it for the ALB's, whoever wrote it.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from alb_mtls.cluster.findings import BYPASSES, Finding, FindingCode
from alb_mtls.cluster.identity_headers import header_fields_of, switched_on
from alb_mtls.cluster.listener import Element, listener_label

_WAYS: Final = BYPASSES | {FindingCode.UNMANAGED_LISTENER}
_REMEDY: Final = (
    "close this way; or give the headers names that are kept secret, or the listener a port of the backend of its own"
)


def forgeable_on(names: Collection[str], ways: Iterable[Finding]) -> Iterator[Finding]:
    """Yield a finding for each way past a listener: whoever comes there sends which headers they like.

    Args:
        names: of the identity headers that the listener has, or will have; none yields nothing.
        ways: what was found of the listener.
    """
    for subject in sorted({way.subject for way in ways if way.code in _WAYS}) if names else ():
        evidence = (
            f"on this way clients need no certificate of this listener's CA, and can send {listed_names(names)} "
            "themselves, or have them set for a certificate of another CA; the backend takes them for this listener's"
        )
        yield Finding(code=FindingCode.FORGEABLE_HEADERS, subject=subject, evidence=evidence, remedy=_REMEDY)


def forgeable_at(
    names: Collection[str], element: Element, *, alb_config: str, sets: Collection[str] | None, reached: str
) -> Iterator[Finding]:
    """Yield the finding about another listener that requests client certificates too, where it sets fewer headers.

    Args:
        names: of the identity headers of the listener that is protected.
        element: the other one.
        alb_config: its AlbConfig.
        sets: names of the headers that the same run switches on there; None when that is what the AlbConfig says.
        reached: what both forward to.
    """
    there = {name.lower() for name in (switched_on(header_fields_of(element)).values() if sets is None else sets)}
    missing = [name for name in names if name.lower() not in there]
    if not missing:
        return
    yield Finding(
        code=FindingCode.FORGEABLE_HEADERS,
        subject=f"listener {listener_label(element)} of AlbConfig {alb_config}",
        evidence=(
            f"it forwards to {reached} too, and requests client certificates, but does not set "
            f"{listed_names(missing)}: its clients can send them, and the backend takes them for the ALB's"
        ),
        remedy="give it the same identityHeaders as this listener, or take that route away",
    )


def listed_names(names: Collection[str]) -> str:
    """Return names of headers for a message."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
