"""The sentence for people when something fails: one of our own, or that the error is unexpected."""

import traceback
from pathlib import Path

from alb_mtls.aliyun.errors import CloudError
from alb_mtls.cluster.errors import ClusterError
from alb_mtls.handshake.errors import HandshakeError
from alb_mtls.pki.errors import PkiError
from alb_mtls.redaction import one_line


class OperationFailed(Exception):  # noqa: N818 - its name is what a person reads in front of the sentence
    """An operation on a resource failed; the text is one sentence with cause and remedy, free of secrets."""


def user_message(error: Exception) -> str:
    """Return the sentence for people about an error: its own, or that it is unexpected; never a secret."""
    if isinstance(error, CloudError | ClusterError | HandshakeError | PkiError | OperationFailed):
        return one_line(str(error))
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return (
        f"unexpected {type(error).__name__} in {where}: {one_line(str(error))} (a defect of alb-mtls: please report it)"
    )
