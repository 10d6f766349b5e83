"""What can go wrong with a call to the cloud, one class for each thing a person does about it.

The text of every error is one sentence or two: what failed, on which named thing, what to do next. No error
carries a request, a PEM, a key or a token: the SDKs' own exceptions quote the whole URL, so they are never
chained.
"""


class CloudError(Exception):
    """A call to CAS or ALB failed for good.

    Attributes:
        api: The API that was called, such as `UploadPCACert`.
        target: The thing it was about, such as `repository alb-mtls-1a2b3c4d`.
        code: The error code of the cloud, or None when no answer came.
        request_id: What Alibaba Cloud support needs, or None.
    """

    def __init__(
        self, sentence: str, *, api: str, target: str, code: str | None = None, request_id: str | None = None
    ) -> None:
        """Take the finished `sentence`; the request id is appended to it."""
        super().__init__(f"{sentence} (request {request_id})" if request_id else sentence)
        self.api = api
        self.target = target
        self.code = code
        self.request_id = request_id


class NoCredential(CloudError):
    """No credential was found, or what `alicloud:` has of it cannot be used."""


class InvalidCredentials(CloudError):
    """The access key is unknown, inactive or does not match its secret, or the token is not valid."""


class AccessDenied(CloudError):
    """The caller is known but lacks a RAM permission; `action` is its name."""

    def __init__(
        self,
        sentence: str,
        *,
        api: str,
        target: str,
        action: str,
        code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        """Take the finished `sentence` and the RAM `action`, such as `yundun-cert:UploadPCACert`."""
        super().__init__(sentence, api=api, target=target, code=code, request_id=request_id)
        self.action = action


class Unreachable(CloudError):
    """The endpoint cannot be connected to at all."""


class RetriesExhausted(CloudError):
    """Every repetition failed until the deadline: throttled, busy, server errors, or lost replies."""


class NotFound(CloudError):
    """The requested thing does not exist."""


class QuotaUsedUp(CloudError):
    """The account has no room for another one."""


class InUse(CloudError):
    """A delete was rejected because something still uses the thing, or because it is not empty."""


class DeadlinePassed(CloudError):
    """Something that was waited for did not come about in time; the text has the last state."""


class RequestRejected(CloudError):
    """Rejected for a reason that has no class of its own; the text has the code and the cloud's words."""
