"""The error codes on the wire, with the cloud's words where they are published.

Each is named after its code without the dots. Messages never repeat a parameter that may be a certificate,
a key or a token. lab/README.md says which codes are documented and which are ours.
"""

from typing import Any


class CloudFault(Exception):
    """An error answer.

    Attributes:
        code: `Code` of the answer.
        http_status: HTTP status.
        words: `Message` of the answer, `{}` for each part that a fault is made with.
        message: `Message` of the answer.
        effect: what the journal notes although the call failed, most often nothing.
    """

    code = "InternalError"
    http_status = 400
    effect = ""
    words = ""

    def __init__(self, *parts: object) -> None:
        """Put the parts into the words."""
        self.message = self.words.format(*parts)
        super().__init__(self.message)

    def details(self) -> dict[str, Any]:
        """Return the members of the answer that only this error has."""
        return {}


def fault(code: str, words: str, *, http_status: int = 400, effect: str = "") -> type[CloudFault]:
    """Return the class of an error code that is always worded alike; the arguments are its attributes."""
    attributes = {"code": code, "words": words, "http_status": http_status, "effect": effect}
    return type(code.replace(".", ""), (CloudFault,), attributes)


class InternalError(CloudFault):
    """The service failed; the call may be repeated."""

    http_status = 500
    words = "The request processing has failed due to some unknown error."


class MissingParameter(CloudFault):
    """A mandatory parameter or header is missing or empty."""

    words = "{} is mandatory for this action."

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.code = f"Missing{name.replace('-', '')}"


class NoPermission(CloudFault):
    """The RAM user may not call this API."""

    http_status = 403
    words = "You are not authorized to do this action. You should be authorized by RAM."

    def __init__(self, *, code: str, action: str, principal: str, kind: str) -> None:
        super().__init__()
        self.code = code
        self._action = action
        self._principal = principal
        self._kind = kind

    def details(self) -> dict[str, Any]:
        """Return who lacks which permission, in the shape of RAM."""
        return {
            "AccessDeniedDetail": {
                "AuthAction": self._action,
                "AuthPrincipalDisplayName": self._principal,
                "AuthPrincipalOwnerId": "1234567890123456",
                "AuthPrincipalType": "SubUser",
                "NoPermissionType": self._kind,
                "PolicyType": "AccountLevelIdentityBasedPolicy",
                "EncodedDiagnosticMessage": "AQFkZWZhdWx0LWxhYg==",
            }
        }


# The service cannot be reached behind its gateway.
ServiceUnavailable = fault(
    "ServiceUnavailable", "The request has failed due to a temporary failure of the server.", http_status=503
)
ThrottlingUser = fault("Throttling.User", "Request was denied due to user flow control.")
InvalidActionNotFound = fault(
    "InvalidAction.NotFound", "Specified api is not found, please check your url and method.", http_status=404
)
InvalidVersion = fault("InvalidVersion", "Specified parameter Version is not valid.")
InvalidParameter = fault("InvalidParameter", "The specified parameter {} is not valid: expected {}.")
InvalidAccessKeyIdNotFound = fault("InvalidAccessKeyId.NotFound", "Specified access key is not found.", http_status=404)
InvalidSecurityTokenMismatch = fault(
    "InvalidSecurityToken.MismatchWithAccessKey", "Specified SecurityToken mismatch with the AccessKey."
)
IncompleteSignature = fault("IncompleteSignature", "The request signature does not conform to Aliyun standards: {}.")
# The cloud quotes the canonical request as well, with every parameter and the security token.
SignatureDoesNotMatch = fault(
    "SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:{}"
)
InvalidTimeStampFormat = fault("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
# The clocks of caller and cloud differ too much, or the request was kept too long.
InvalidTimeStampExpired = fault("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
SignatureNonceUsed = fault("SignatureNonceUsed", "Specified signature nonce was used already.")
