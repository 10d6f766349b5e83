"""Stack files whose root CA comes from files, or is made here, for tests about the files that they name."""

from typing import Any

from alb_mtls.pki.encoding import certificate_pem
from alb_mtls.pki.subject import Subject
from tests.helpers.certificates import make_client, make_root

ROOT = make_root()
OTHER = make_root(subject=Subject(common_name="other"))
ALICE = make_client(ROOT)
SOUND = certificate_pem(ROOT.certificate)


def imported(**more: Any) -> dict[str, Any]:
    """Return a stack of an imported root that lies in `ca.pem`, with its key in `ca.key`."""
    return {"rootCa": {"source": "imported", "certificateFile": "ca.pem", "keyFile": "ca.key"}, **more}


def keyless(**more: Any) -> dict[str, Any]:
    """Return a stack of an imported root that lies in `ca.pem`, and whose key is elsewhere."""
    return {"rootCa": {"source": "imported", "certificateFile": "ca.pem"}, **more}


def generated() -> dict[str, Any]:
    subject = {"country": "CN", "state": "bj", "locality": "bj", "organization": "a", "organizationalUnit": "t"}
    return {"subject": subject}


def proof_client(**more: Any) -> dict[str, Any]:
    """Return a stack whose proof asks with a client of its own."""
    client = {"certificateFile": "alice.pem", "keyFile": "key.pem"}
    return imported(proof={"client": client, "serverCa": "server.pem"}, **more)
