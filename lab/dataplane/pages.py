"""The HTML that listeners answer with by themselves."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.dataplane.client_verifier import Verdict


def title_page(title: str) -> str:
    """Return the page of a status, such as `503 Service Temporarily Unavailable`."""
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"


def refusal_page(verdict: "Verdict") -> str:
    """Return the page of a client that is rejected, as nginx writes it (docs/facts/x509-and-tls.md, Rejections)."""
    heading = "<center><h1>400 Bad Request</h1></center>"
    reason = f"<center>{verdict.removeprefix('400 ')}</center>"
    return f"<html>\n<head><title>{verdict}</title></head>\n<body>\n{heading}\n{reason}\n</body>\n</html>\n"
