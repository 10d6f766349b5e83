"""`ci/oidc_token.py FILE`: write the token by which GitHub shows Alibaba Cloud which job of which repository this is.

Standard library only. docs.github.com, "OpenID Connect reference": a job with `id-token: write` gets the two variables.
The audience is what Alibaba Cloud's own action requests (aliyun/configure-aliyun-credentials-action).
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

_SECONDS = 30


def main() -> int:
    """Write it, or say why there is none; the exit code."""
    url = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", "")
    audience = os.environ.get("ALIBABA_CLOUD_OIDC_AUDIENCE", "sts.aliyuncs.com")
    separator = "&" if "?" in url else "?"
    request = urllib.request.Request(f"{url}{separator}audience={urllib.parse.quote(audience)}")  # noqa: S310 - GitHub's
    # Not sent on to where a redirect leads.
    request.add_unredirected_header("Authorization", f"Bearer {os.environ.get('ACTIONS_ID_TOKEN_REQUEST_TOKEN', '')}")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            token = json.loads(answer.read())["value"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"{error.code}" if isinstance(error, urllib.error.HTTPError) else type(error).__name__
        print(
            f"GitHub gave no OIDC token for {audience} ({why}): the job needs `id-token: write` in its permissions, or "
            "leave ALIBABA_CLOUD_OIDC_PROVIDER_ARN empty to use access keys.",
            file=sys.stderr,
        )
        return 1
    with os.fdopen(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(token)
    return 0


if __name__ == "__main__":
    sys.exit(main())
