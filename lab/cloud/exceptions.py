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
        message: `Message` of the answer.
        effect: what the journal notes although the call failed, most often nothing.
    """

    code = "InternalError"
    http_status = 400
    effect = ""

    def __init__(self, message: str) -> None:
        """Take the words for people."""
        super().__init__(message)
        self.message = message

    def details(self) -> dict[str, Any]:
        """Return the members of the answer that only this error has."""
        return {}


class InternalError(CloudFault):
    """The service failed; the call may be repeated."""

    http_status = 500

    def __init__(self) -> None:
        super().__init__("The request processing has failed due to some unknown error.")


class ServiceUnavailable(CloudFault):
    """The service cannot be reached behind its gateway."""

    code = "ServiceUnavailable"
    http_status = 503

    def __init__(self) -> None:
        super().__init__("The request has failed due to a temporary failure of the server.")


class ThrottlingUser(CloudFault):
    """Too many calls of one API by one user."""

    code = "Throttling.User"

    def __init__(self) -> None:
        super().__init__("Request was denied due to user flow control.")


class InvalidActionNotFound(CloudFault):
    """The service has no API of that name."""

    code = "InvalidAction.NotFound"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("Specified api is not found, please check your url and method.")


class InvalidVersion(CloudFault):
    """The service has no such version."""

    code = "InvalidVersion"

    def __init__(self) -> None:
        super().__init__("Specified parameter Version is not valid.")


class MissingParameter(CloudFault):
    """A mandatory parameter or header is missing or empty."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is mandatory for this action.")
        self.code = f"Missing{name.replace('-', '')}"


class InvalidParameter(CloudFault):
    """A parameter has a value that it cannot have."""

    code = "InvalidParameter"

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"The specified parameter {name} is not valid: expected {expected}.")


class InvalidAccessKeyIdNotFound(CloudFault):
    """The access key does not exist."""

    code = "InvalidAccessKeyId.NotFound"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("Specified access key is not found.")


class InvalidSecurityTokenMismatch(CloudFault):
    """The STS token belongs to another key, or to none."""

    code = "InvalidSecurityToken.MismatchWithAccessKey"

    def __init__(self) -> None:
        super().__init__("Specified SecurityToken mismatch with the AccessKey.")


class IncompleteSignature(CloudFault):
    """The signature is missing, of another method, or leaves out what has to be signed."""

    code = "IncompleteSignature"

    def __init__(self, why: str) -> None:
        super().__init__(f"The request signature does not conform to Aliyun standards: {why}.")


class SignatureDoesNotMatch(CloudFault):
    """The request was not signed with the secret of its key, or was changed on the way."""

    code = "SignatureDoesNotMatch"

    def __init__(self, string_to_sign: str) -> None:
        # The cloud quotes the canonical request as well, with every parameter and the security token.
        super().__init__(
            f"Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}"
        )


class InvalidTimeStampFormat(CloudFault):
    """The date of the request is not one."""

    code = "InvalidTimeStamp.Format"

    def __init__(self) -> None:
        super().__init__("Specified time stamp or date value is not well formatted.")


class InvalidTimeStampExpired(CloudFault):
    """The clocks of caller and cloud differ too much, or the request was kept too long."""

    code = "InvalidTimeStamp.Expired"

    def __init__(self) -> None:
        super().__init__("Specified time stamp or date value is expired.")


class SignatureNonceUsed(CloudFault):
    """The same request came twice."""

    code = "SignatureNonceUsed"

    def __init__(self) -> None:
        super().__init__("Specified signature nonce was used already.")


class NoPermission(CloudFault):
    """The RAM user may not call this API."""

    http_status = 403

    def __init__(self, *, code: str, action: str, principal: str) -> None:
        super().__init__("You are not authorized to do this action. You should be authorized by RAM.")
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
