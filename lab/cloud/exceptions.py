"""One class for each error code on the wire, with the cloud's words where they are published.

A class is named after its code without the dots. Messages never repeat a parameter that may be a certificate,
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


class InternalError(CloudFault):
    """The service failed; the call may be repeated."""

    http_status = 500
    words = "The request processing has failed due to some unknown error."


class ServiceUnavailable(CloudFault):
    """The service cannot be reached behind its gateway."""

    code = "ServiceUnavailable"
    http_status = 503
    words = "The request has failed due to a temporary failure of the server."


class ThrottlingUser(CloudFault):
    """Too many calls of one API by one user."""

    code = "Throttling.User"
    words = "Request was denied due to user flow control."


class InvalidActionNotFound(CloudFault):
    """The service has no API of that name."""

    code = "InvalidAction.NotFound"
    http_status = 404
    words = "Specified api is not found, please check your url and method."


class InvalidVersion(CloudFault):
    """The service has no such version."""

    code = "InvalidVersion"
    words = "Specified parameter Version is not valid."


class MissingParameter(CloudFault):
    """A mandatory parameter or header is missing or empty."""

    words = "{} is mandatory for this action."

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.code = f"Missing{name.replace('-', '')}"


class InvalidParameter(CloudFault):
    """A parameter has a value that it cannot have."""

    code = "InvalidParameter"
    words = "The specified parameter {} is not valid: expected {}."


class InvalidAccessKeyIdNotFound(CloudFault):
    """The access key does not exist."""

    code = "InvalidAccessKeyId.NotFound"
    http_status = 404
    words = "Specified access key is not found."


class InvalidSecurityTokenMismatch(CloudFault):
    """The STS token belongs to another key, or to none."""

    code = "InvalidSecurityToken.MismatchWithAccessKey"
    words = "Specified SecurityToken mismatch with the AccessKey."


class IncompleteSignature(CloudFault):
    """The signature is missing, of another method, or leaves out what has to be signed."""

    code = "IncompleteSignature"
    words = "The request signature does not conform to Aliyun standards: {}."


class SignatureDoesNotMatch(CloudFault):
    """The request was not signed with the secret of its key, or was changed on the way."""

    code = "SignatureDoesNotMatch"
    # The cloud quotes the canonical request as well, with every parameter and the security token.
    words = "Specified signature is not matched with our calculation. server string to sign is:{}"


class InvalidTimeStampFormat(CloudFault):
    """The date of the request is not one."""

    code = "InvalidTimeStamp.Format"
    words = "Specified time stamp or date value is not well formatted."


class InvalidTimeStampExpired(CloudFault):
    """The clocks of caller and cloud differ too much, or the request was kept too long."""

    code = "InvalidTimeStamp.Expired"
    words = "Specified time stamp or date value is expired."


class SignatureNonceUsed(CloudFault):
    """The same request came twice."""

    code = "SignatureNonceUsed"
    words = "Specified signature nonce was used already."


class NoPermission(CloudFault):
    """The RAM user may not call this API."""

    http_status = 403
    words = "You are not authorized to do this action. You should be authorized by RAM."

    def __init__(self, *, code: str, action: str, principal: str) -> None:
        super().__init__()
        self.code = code
        self._action = action
        self._principal = principal

    def details(self) -> dict[str, Any]:
        """Return who lacks which permission, in the shape of RAM."""
        return {
            "AccessDeniedDetail": {
                "AuthAction": self._action,
                "AuthPrincipalDisplayName": self._principal,
                "AuthPrincipalOwnerId": "1234567890123456",
                "AuthPrincipalType": "SubUser",
                "NoPermissionType": "ImplicitDeny",
                "PolicyType": "AccountLevelIdentityBasedPolicy",
                "EncodedDiagnosticMessage": "AQFkZWZhdWx0LWxhYg==",
            }
        }
